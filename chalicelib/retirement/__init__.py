"""The retirement process: states, decisions, and what a row shows. Pure."""
