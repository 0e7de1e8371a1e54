"""Items that `rollcall erase --check` plants in every table, to prove that it finds what it looks for.

They stand for seconds, and for longer only if the command was killed; they are nobody's, and a verification passes
them over.
"""

import re

PREFIX = "ERASURE-CHECK#"
SORT_KEY = "MARK"
PLANTED = re.compile(r"ERASURE-CHECK#[0-9a-f]{32}")
"""The partition key of such an item, which may be anybody's who checks at the moment."""
