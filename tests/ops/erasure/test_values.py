"""What is collected of a person, and the file that it goes to."""

import json
import stat

import pytest

from ops.erasure import values
from ops.erasure.collecting import texts_of
from ops.erasure.values import UnreadableValuesError, Values
from ops.erasure.whom import OtherAccountError, account_of
from ops.running import CannotRunError
from tests.pipeline.marked import PROFILE_FIELDS
from tests.pipeline.world import running_world

ADA = "a" * 32


@pytest.fixture(scope="module")
def world():
    """A world of one's own."""
    with running_world() as running:
        yield running


def texts(world, account):
    """Everything that is collected now."""
    return set(texts_of(world.wiring, world.ledger.load(account)))


def test_everything_is_collected_and_old_values_too(world):
    """Names, addresses, profile, preferences and their keys, what was asked for, and what a driver wrote."""
    username = world.new_account("collected", orgs=["Some Org"], preferences={"my-own-key": "my own value"})
    account = world.id_of(username)
    for fields in (PROFILE_FIELDS, {"bio": "newer"}, {"email": "asked-for@example.com"}):
        assert 200 == world.api.patch(username, fields).status
    expected = {username, f"{username}@example.com", "Ada", "1990", "qzxmarkbio", "newer", "asked-for@example.com"}
    expected |= {"qzxmarkbeatle", "favorite_beatle", "Some Org", "my-own-key", "my own value"}
    assert expected <= texts(world, account)
    assert 204 == world.leave(username).status
    assert 204 == world.move(username, "RETIRING_LMS", "what a driver wrote").status
    assert expected | {"what a driver wrote"} <= texts(world, account)
    assert 204 == world.step("retire", username).status
    left = texts(world, account)
    assert {username, f"{username}@example.com", "Ada", "Some Org", "what a driver wrote"} == left
    assert not any("retired" in each for each in left)
    assert 204 == world.move(username, "COMPLETE").status
    assert 204 == world.clean_up(username).status
    assert set() == texts(world, account)


def test_names_lead_to_accounts(world):
    """By username, id, number and retired username; after the cleanup by the file alone."""
    username = world.new_account("named")
    account = world.id_of(username)
    number = str(world.state(account).number)
    collected = Values(account=account, values=())
    for name in (username, account, number):
        assert account == account_of(world.wiring, name) == account_of(world.wiring, name, collected)
    world.leave(username)
    world.move(username, "RETIRING_LMS")
    world.step("retire", username)
    assert account == account_of(world.wiring, username)
    world.move(username, "COMPLETE")
    world.clean_up(username)
    assert account == account_of(world.wiring, world.state(account).username) == account_of(world.wiring, number)
    with pytest.raises(CannotRunError, match="--values"):
        account_of(world.wiring, username)
    assert account == account_of(world.wiring, username, collected)
    with pytest.raises(OtherAccountError):
        account_of(world.wiring, world.new_account("other"), collected)


def test_the_file_is_its_owners_alone_and_never_overwritten(tmp_path):
    """Mode 0600 from the first moment on."""
    path, collected = tmp_path / "values", Values(account=ADA, values=("Ada Løvelace", "\ud800"))
    values.write(path, collected)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    with pytest.raises(FileExistsError):
        values.write(path, Values(account=ADA, values=()))
    assert ["Ada Løvelace", "\ud800"] == json.loads(path.read_text())["values"]


def test_nothing_is_left_of_a_file_that_fails(tmp_path, monkeypatch):
    """A disk that is full leaves no half of a person."""

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ops.erasure.values.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        values.write(tmp_path / "values", Values(account=ADA, values=("Ada",)))
    assert [] == list(tmp_path.iterdir())


def test_an_operator_may_write_the_file(tmp_path):
    """An account and values are enough."""
    path = tmp_path / "values"
    path.write_text(json.dumps({"account": ADA, "values": ["Ada"]}))
    assert ("Ada",) == values.read(path).values


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nonsense Ada", "the document"),
        ('{"values": ["Ada"]}', "account"),
        ('{"account": "Ada", "values": ["Ada"]}', "account"),
        (f'{{"account": "{ADA}", "values": "Ada"}}', "values"),
        (f'{{"account": "{ADA}", "values": ["x"], "Ada": 1}}', "another member"),
        (f'{{"account": "{ADA}", "values": ["x"], "format": 2}}', "format"),
    ],
)
def test_another_file_is_refused_without_being_told(tmp_path, content, said):
    """What it lacks is named, nothing of what it holds."""
    path = tmp_path / "values"
    path.write_text(content)
    with pytest.raises(UnreadableValuesError) as raised:
        values.read(path)
    assert said in str(raised.value)
    assert "Ada" not in str(raised.value)
