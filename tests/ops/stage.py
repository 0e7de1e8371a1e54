"""A local stage as a process of its own, for commands to work on."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.http.service_process import CHEAP_PASSWORDS, CLEAN_EXITS, ServiceProcess


@contextmanager
def running_process() -> Iterator[ServiceProcess]:
    """A stage that is ready; it must end cleanly and without a traceback."""
    running = ServiceProcess(CHEAP_PASSWORDS)
    running.wait_until_ready()
    yield running
    status = running.interrupt()
    assert status in CLEAN_EXITS, running.output()
    assert "Traceback" not in running.output(), running.output()
