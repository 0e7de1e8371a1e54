"""Asking dependencies whether they answer, all of them at once and none for long."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from botocore.exceptions import BotoCoreError, ClientError

HEALTH_SECONDS = 1.5


def failing(probes: Mapping[str, Callable[[], object]]) -> list[str]:
    """The names of the probes that fail or have not answered after 1.5 seconds together."""
    pool = ThreadPoolExecutor(len(probes))
    try:
        running = {name: pool.submit(_answers, probe) for name, probe in probes.items()}
        answered, _ = wait(running.values(), timeout=HEALTH_SECONDS)
        return [name for name, probe in running.items() if probe not in answered or not probe.result()]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _answers(probe: Callable[[], object]) -> bool:
    try:
        probe()
    except (BotoCoreError, ClientError):
        return False
    return True
