"""The event store: what an event is, how it is sealed and chained, and the ledger that keeps it."""
