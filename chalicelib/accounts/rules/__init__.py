"""The rules of each account field: from a decoded JSON value to the one that is stored, or a `RuleError`."""
