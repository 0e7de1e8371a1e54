"""The local stage's helpers and starting (spec 00)."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.http import expectations as expect
from tests.http.service_client import Service, unique_email
from tests.http.service_process import REPOSITORY, environment, free_ports


def test_an_empty_outbox(service: Service) -> None:
    """An address without mail has an empty list (spec 00, local-only helpers)."""
    assert [] == service.outbox(unique_email())


def test_the_outbox_is_ordered(service: Service) -> None:
    """A mail has the five members; `links` are absolute URLs (spec 00, local-only helpers)."""
    fields = service.registration()
    expect.status(200, service.register(**fields))
    (mail,) = service.outbox(fields["email"])
    assert {"to", "subject", "text", "links", "sent_at"} == set(mail)
    assert fields["email"] in str(mail["to"])
    assert mail["subject"]
    assert all(urlsplit(link).scheme in ("http", "https") for link in mail["links"])
    assert all(link in mail["text"] for link in mail["links"])


def test_an_unknown_job(service: Service) -> None:
    """A job that does not exist is a 4xx (spec 00, local-only helpers)."""
    assert 400 <= service.http.post("/_local/run/no_such_job").status_code < 500


@pytest.mark.parametrize(
    "username",
    [
        "learner",
        "staff",
        "superuser",
        "retirement_service_worker",
        "username_replacement_service_worker",
    ],
)
def test_every_seed_account_can_log_in(service: Service, username: str) -> None:
    """Every seed's password is the same, by username and by address (spec 00, seed accounts)."""
    assert username == service.login(username).account()["username"]
    expect.status(200, service.password_grant(f"{username}@example.com", "local-Passw0rd"))


@pytest.mark.skipif("ROLLCALL_URL" in os.environ, reason="the service is not ours to start beside")
def test_a_used_port_is_a_clear_error(service: Service) -> None:
    """Starting on a port that is used ends at once, saying which port (spec 00)."""
    port = urlsplit(service.url).port or 0
    (aws_port,) = free_ports(1)
    second = subprocess.run(
        [sys.executable, "-m", "local"],
        cwd=REPOSITORY,
        env=environment(port, aws_port),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode != 0
    assert str(port) in second.stdout + second.stderr
    assert "Traceback" not in second.stdout + second.stderr
    expect.status(200, service.http.get("/heartbeat"))
