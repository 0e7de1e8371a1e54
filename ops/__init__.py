"""The operator's command line: `rollcall`, or `python -m ops`. Never packaged."""
