"""The step `retire` for an account with pictures: every object goes, wherever the step dies (spec 30, section 7)."""

import json

import pytest

from chalicelib.images.album import Album
from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.images.incoming import process
from chalicelib.images.store import INCOMING
from tests.support.dying import killed_at
from tests.support.pictures import picture

ACCOUNTS = "/api/user/v1/accounts"


class Leaver:
    """Somebody with a picture, an old set of objects, and an upload that has arrived, who is to be retired."""

    def __init__(self, stage, ports, bucket, granted):
        self.stage, self.bucket = stage, bucket
        self.username = stage.new_account("ada")
        self.account = stage.id_of(self.username)
        shown = granted(self.account)
        bucket.send(shown.id, picture())
        process(ports, INCOMING + shown.id, stage.clock())
        stage.wiring.uploads.remember_picture(self.account, "d" * 32)
        stage.wiring.pictures.write("d" * 32, {500: b"an old set", 30: b"of objects"})
        self.waiting = granted(self.account)
        bucket.send(self.waiting.id, picture())
        self._leave()

    def _leave(self):
        api = self.stage.api
        password = {"password": "local-Passw0rd"}
        assert 204 == api.post_json(f"{ACCOUNTS}/deactivate_logout", password, as_=self.username).status
        body = json.dumps({"username": self.username, "new_state": "RETIRING_LMS", "response": ""}).encode()
        headers = {"Content-Type": "application/json"}
        moved = api.request(
            "PATCH", f"{ACCOUNTS}/update_retirement_status", as_="superuser", headers=headers, body=body
        )
        assert 204 == moved.status

    def retire(self):
        """Ask for the step; the status."""
        return self.stage.api.post_json(f"{ACCOUNTS}/retire", {"username": self.username}, as_="superuser").status

    def is_forgotten(self):
        """Whether nothing is left of the pictures, and the history says so once."""
        ledger = self.stage.wiring.ledger
        events = [type(event).__name__ for event in ledger.history(self.account)]
        there = self.stage.wiring.uploads.open_of(self.account)
        return (
            [] == self.bucket.keys()
            and ([], []) == (there.uploads, there.pictures)
            and ["ProfileImageRemoved", "ProfileErased"] == events[-2:]
            and ledger.load(self.account).state.image is None
            and ledger.verify(self.account).ok
        )


@pytest.fixture
def leaver(stage, ports, bucket, granted):
    return Leaver(stage, ports, bucket, granted)


def test_everything_goes(leaver):
    """The shown set, one that was replaced, what was sent and not looked at, in all versions."""
    assert 4 + 2 + 1 == len(leaver.bucket.keys())
    assert (204, True) == (leaver.retire(), leaver.is_forgotten())
    assert 204 == leaver.retire()


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("nth", range(1, 22))
def test_a_crash_between_any_two_steps(leaver, nth, landed):
    """Killed at the n-th call of AWS, before or after it has landed: the same call again finishes it."""
    leaver.stage.api.token("superuser")
    with killed_at(nth, landed=landed) as calls:
        leaver.retire()
    assert nth == calls.made, "the step makes fewer calls: try only so many"
    assert (204, True) == (leaver.retire(), leaver.is_forgotten())


def test_s3_away(leaver, monkeypatch):
    """While pictures cannot be deleted the step fails, and nothing claims success."""

    def away(*_):
        raise PicturesUnavailableError("SlowDown")

    with monkeypatch.context() as patch:
        patch.setattr(Album, "forget", away)
        assert 503 == leaver.retire()
    assert not leaver.stage.wiring.ledger.load(leaver.account).state.erased
    assert (204, True) == (leaver.retire(), leaver.is_forgotten())
