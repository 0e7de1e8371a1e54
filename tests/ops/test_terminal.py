"""What a person at a terminal sees that a script does not: progress, and a question before what cannot be undone."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time

import pytest

from tests.ops.command import COMMAND, SECONDS


def _heed_ctrl_c():
    """Tests that are started in the background may ignore it, and hand that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command at a terminal of its own: what it shows, and what is typed."""

    def __init__(self, rollcall, *arguments):
        self._own, other = pty.openpty()
        environment = rollcall.environment(TERM="xterm", COLUMNS="100")
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], env=environment, stdin=other, stdout=other, stderr=other, preexec_fn=_heed_ctrl_c
        )
        os.close(other)
        self.shown = ""

    def until(self, text):
        """Read until a text is shown."""
        end = time.monotonic() + SECONDS
        while text not in self.shown:
            assert time.monotonic() < end, self.shown
            self._read()

    def type(self, text):
        """Type a line."""
        os.write(self._own, f"{text}\n".encode())

    def ctrl_c(self):
        """Ctrl-C, and again until it is heeded, as a person would: one that comes between the question and the waiting
        for its answer is noticed by Python after the answer only."""
        for _ in range(SECONDS // 5):
            self.process.send_signal(signal.SIGINT)
            if select.select([self._own], [], [], 5)[0]:
                return
        raise AssertionError("Ctrl-C is not heeded")

    def end(self):
        """Read to the end; the exit status."""
        end = time.monotonic() + SECONDS
        while self._read():
            assert time.monotonic() < end, self.shown
        os.close(self._own)
        return self.process.wait(SECONDS)

    def _read(self):
        assert select.select([self._own], [], [], SECONDS)[0], self.shown
        try:
            read = os.read(self._own, 4096)
        except OSError:  # how Linux tells that nobody has the other side any more
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)


@pytest.fixture
def person(service):
    """Somebody of one's own."""
    return service.new_account()


def test_progress_is_shown_at_a_terminal(rollcall, person):
    """A bar with how many there are."""
    terminal = Terminal(rollcall, "verify", "--sample", "2")
    assert 0 == terminal.end()
    assert "Verifying accounts" in terminal.shown
    assert "2/2" in terminal.shown


def test_retiring_asks_for_the_name_again(rollcall, person):
    """Another name, and nothing is done; the same one, and it is; --yes does not ask."""
    terminal = Terminal(rollcall, "retire", person.username, "--request")
    terminal.until("Type the username again")
    terminal.type("somebody-else")
    assert 3 == terminal.end()
    assert rollcall.json("show", person.username)["retirement"] is None
    terminal = Terminal(rollcall, "retire", person.username, "--request")
    terminal.until("Type the username again")
    terminal.type(person.username)
    assert 0 == terminal.end()
    assert "LMS_COMPLETE" in terminal.shown
    terminal = Terminal(rollcall, "retire", person.username, "--yes")
    assert 0 == terminal.end()
    assert "again" not in terminal.shown


def test_a_password_is_typed_twice_and_not_shown(rollcall):
    """Two that differ are wrong use."""
    terminal = Terminal(rollcall, "create-superuser", "typed", "typed@example.net")
    terminal.until("Password: ")
    terminal.type("rather-long-Passw0rd")
    terminal.until("Again: ")
    terminal.type("another-long-Passw0rd")
    assert 2 == terminal.end()
    assert "Passw0rd" not in terminal.shown


def test_ctrl_c_stops_without_a_traceback(rollcall, person):
    """The status says that it was stopped."""
    terminal = Terminal(rollcall, "retire", person.username, "--request")
    terminal.until("Type the username again")
    terminal.ctrl_c()
    assert 130 == terminal.end()
    assert "Traceback" not in terminal.shown
    assert "run it again" in terminal.shown
    assert rollcall.json("show", person.username)["retirement"] is None
