"""HTTP clients on raw sockets with kept connections, one thread each, in a process of their own.

`python -m bench.clients` reads one JSON object, `{"port", "seconds", "requests": [[text, ...], ...]}`, from its
input; each list is sent in a circle by one client. It writes `{"seconds": [...], "statuses": {...}, "elapsed"}`.
"""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from socket import create_connection, socket
from statistics import median, quantiles
from typing import Any

from bench.caller import MERGE_PATCH
from bench.stage_process import HOST, REPOSITORY

PIECE = 65536


class UnexpectedAnswerError(Exception):
    """Some answers were not 200."""


@dataclass(frozen=True)
class Load:
    """What some seconds of requests came to: how many a second, and how long they took (milliseconds)."""

    rate: float
    middle: float
    slow: float


def request(method: str, path: str, token: str = "", body: str = "", content_type: str = MERGE_PATCH) -> str:
    """A request's text, with a token or without."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Accept: */*"]
    if token:
        lines += [f"Authorization: JWT {token}"]
    if body:
        lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body.encode())}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def load(port: int, seconds: float, requests: Sequence[Sequence[str]]) -> Load:
    """Send `requests` for so many seconds, one client a list, all at once. Raises `UnexpectedAnswerError`."""
    order = json.dumps({"port": port, "seconds": seconds, "requests": requests})
    done = subprocess.run(
        [sys.executable, "-m", "bench.clients"], cwd=REPOSITORY, input=order, capture_output=True, text=True, check=True
    )
    report = json.loads(done.stdout)
    if set(report["statuses"]) != {"200"}:
        raise UnexpectedAnswerError(report["statuses"])
    times = report["seconds"]
    slow = quantiles(times, n=100)[98] if len(times) > 1 else times[0]
    return Load(len(times) / report["elapsed"], median(times) * 1000, slow * 1000)


def answer(connection: socket) -> bytes:
    """Read one answer with a Content-Length; its status."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(PIECE)
    head, _, body = read.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(PIECE)
    return head.split(b" ", 2)[1]


def client(port: int, end: float, texts: Sequence[bytes], report: dict[str, Any]) -> None:
    """Send the texts in a circle on one connection until `end`."""
    with create_connection((HOST, port)) as connection:
        turn = 0
        while (start := time.perf_counter()) < end:
            connection.sendall(texts[turn % len(texts)])
            status = answer(connection)
            report["seconds"].append(time.perf_counter() - start)
            report["statuses"][status.decode()] += 1
            turn += 1


def main() -> None:
    """Carry out the order on the input."""
    order = json.load(sys.stdin)
    report: dict[str, Any] = {"seconds": [], "statuses": Counter()}
    start = time.perf_counter()
    end = start + order["seconds"]
    threads = [
        threading.Thread(target=client, args=(order["port"], end, [text.encode() for text in texts], report))
        for texts in order["requests"]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report["elapsed"] = time.perf_counter() - start
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
