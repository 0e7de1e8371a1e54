"""Exports of what is held on a person: where large ones wait for a few minutes."""
