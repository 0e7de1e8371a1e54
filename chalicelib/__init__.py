"""Rollcall: the accounts of a learning platform, event-sourced and able to forget."""
