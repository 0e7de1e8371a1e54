"""The type of a decoded JSON value, as every rule takes it."""

from pydantic import JsonValue

__all__ = ["JsonValue"]
