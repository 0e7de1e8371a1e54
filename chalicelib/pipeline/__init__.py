"""Carrying retirements through: what the API's handlers, the scheduled job and the command line all call."""
