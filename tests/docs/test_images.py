"""docs/images.md tells statuses, settings and differences as they are, and its commands are run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from chalicelib.api.pictures import UploadGrant
from chalicelib.images.refusals import Reason
from chalicelib.images.sweeping import Swept
from chalicelib.images.uploads import Status
from chalicelib.settings import Settings
from tests.docs.pages import by_name, page, rows
from tests.http.service_process import ServiceProcess
from tests.tour.tour import fits, run, steps

IMAGES = page("docs/images.md")
COMMANDS = steps(f"\n## Tour\n{re.sub('^## ', '### ', IMAGES.text, flags=re.MULTILINE)}\n## ")


@pytest.fixture(scope="module")
def printed() -> Iterator[list[str]]:
    """What each of the page's shell blocks prints on a service of its own."""
    service = ServiceProcess()
    try:
        service.wait_until_ready()
        yield run(COMMANDS, f"127.0.0.1:{service.port}")
    finally:
        service.interrupt()


@pytest.mark.server
@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_a_command(printed: list[str], number: int) -> None:
    """Each shell block prints what the page shows after it."""
    assert number < len(printed), "the shell ended before this step"
    assert fits(COMMANDS[number].shown, printed[number]), f"{COMMANDS[number].command}\nprinted:\n{printed[number]}"


@pytest.mark.parametrize("part", ["$IMAGE/uploads", "status_url", "-X DELETE", "has_image"])
def test_the_commands_are_whole(part: str) -> None:
    """Sending in both ways, the status and the removal are among the commands."""
    assert any(part in each.command for each in COMMANDS)


def test_every_status_is_told() -> None:
    """Each status of an upload has its row, and each key of a grant."""
    told = by_name(IMAGES.section("The grant"))
    assert {*Status, *UploadGrant.model_fields} == set(told)


def test_every_reason_is_told() -> None:
    """Each reason to refuse a picture has its row, in the order of the checks."""
    assert list(Reason) == list(by_name(IMAGES.section("What is accepted")))


def test_the_sweep_is_told() -> None:
    """Each count of the job's answer is there."""
    section = IMAGES.section("What a crash leaves")
    assert [] == [field.name for field in fields(Swept) if f"`{field.name}`" not in section]


def test_every_setting_is_told() -> None:
    """Each setting about pictures has its row."""
    names = {name.upper() for name in Settings.model_fields if "image" in name}
    assert names == set(by_name(IMAGES.section("Settings"))) & {name.upper() for name in Settings.model_fields}


def test_every_difference_is_told() -> None:
    """Each question where the contract's sources disagree has its row: spec 30, I1 to I11 (section 0)."""
    told = [cells[0] for cells in rows(IMAGES.section("Differences to Open edX"))]
    assert [f"I{number}" for number in range(1, 12)] == told[1:]
