"""HTTP in, HTTP out: routes, authentication, and the one table from errors to answers."""
