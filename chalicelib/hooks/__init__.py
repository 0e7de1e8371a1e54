"""Hooks: what a retirement asks of the services that hold other data of the same person."""
