"""Whom the service calls: AWS and configured webhooks, never an address that somebody sent (OWASP API7)."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
HTTP_CLIENTS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
}
CALLERS = {"chalicelib/hooks/webhook.py"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_webhooks_open_addresses():
    """No module but that of the webhooks has anything that opens an address; theirs come from the settings."""
    callers = {
        str(path.relative_to(ROOT))
        for path in [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]
        if HTTP_CLIENTS & set(imported(path))
    }
    assert CALLERS == callers
