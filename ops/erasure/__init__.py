"""`rollcall erase`: forgetting for good, and proving it."""
