"""The service's own pages, and the files they and the API serve."""
