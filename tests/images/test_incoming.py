"""What arrives in S3: every situation of spec 30, section 8."""

from datetime import timedelta

import pytest

from chalicelib.images.errors import PicturesUnavailableError
from chalicelib.images.incoming import handle, process
from chalicelib.images.store import INCOMING, key_of
from chalicelib.images.uploads import Status
from tests.support.dying import killed_at
from tests.support.pictures import picture

SIDES = (500, 120, 50, 30)


class World:
    """An account and what happens to its pictures."""

    def __init__(self, stage, ports, bucket, granted):
        self.stage, self.ports, self.bucket, self.granted = stage, ports, bucket, granted
        self.username = stage.new_account("ada")
        self.account = stage.id_of(self.username)

    @property
    def state(self):
        return self.stage.wiring.ledger.load(self.account).state

    def events(self):
        """The types of the events about pictures."""
        return [name for name in self.stage.events_of(self.username) if name.startswith("ProfileImage")]

    def sent(self, content=None, **grant):
        """An upload that has arrived."""
        upload = self.granted(self.account, **grant)
        self.bucket.send(upload.id, picture() if content is None else content)
        return upload

    def notify(self, upload, after=0):
        """The notification, as many seconds from now as said."""
        process(self.ports, INCOMING + upload.id, self.stage.clock() + timedelta(seconds=after))

    def status(self, upload):
        return self.stage.wiring.uploads.find(upload.id).status

    def objects(self):
        """The keys that there ought to be."""
        return sorted(key_of(self.state.image.id, side) for side in SIDES) if self.state.image else []


@pytest.fixture
def world(stage, ports, bucket, granted):
    return World(stage, ports, bucket, granted)


def test_accepted(world):
    """An upload becomes the picture: one event, one set of objects, and the incoming object is gone."""
    upload = world.sent()
    world.notify(upload)
    assert (Status.DONE, upload.id) == (world.status(upload), world.state.image.upload)
    assert (["ProfileImageSet"], world.objects()) == (world.events(), world.bucket.keys())


def test_rejected(world):
    """A refused upload changes nothing, says why, and is gone."""
    good = world.sent()
    world.notify(good)
    bad = world.sent(b"no picture at all".ljust(200, b"!"))
    world.notify(bad)
    assert Status.REJECTED == world.status(bad)
    assert world.stage.wiring.uploads.find(bad.id).user_message
    assert good.id == world.state.image.upload
    assert (["ProfileImageSet", "ProfileImageRefused"], world.objects()) == (world.events(), world.bucket.keys())


def test_too_large(world):
    """An object above the limit is refused without being read whole."""
    upload = world.sent(picture() + b"\0" * 1_100_000)
    world.notify(upload)
    assert Status.REJECTED == world.status(upload)
    assert [] == world.bucket.keys()


def test_the_same_notification_twice(world):
    """One event, one set; the status does not move, days later either."""
    upload = world.sent()
    world.notify(upload)
    before = world.state
    world.notify(upload)
    world.bucket.send(upload.id, picture(colour=(1, 2, 3)))
    world.notify(upload)
    assert (before, Status.DONE) == (world.state, world.status(upload))
    assert world.objects() == world.bucket.keys()


@pytest.mark.parametrize("key", ["incoming/nobody", "incoming/" + "f" * 32, "incoming/a+b%2F..", "incoming/"])
def test_a_key_that_nobody_was_granted(world, key):
    """The object is deleted, and nothing else happens."""
    world.bucket.put(key)
    process(world.ports, key, world.stage.clock())
    assert [] == world.bucket.keys()


@pytest.mark.parametrize("letter", ["\n", "\x7f", "\ud800", "\ufffe", "\uffff"])
def test_a_key_that_s3_cannot_tell(world, letter):
    """It is left to the bucket's lifecycle: no error, so no endless retry (spec 30, section 8)."""
    process(world.ports, f"incoming/a{letter}", world.stage.clock())
    assert [] == world.events()


def test_a_key_outside_is_left_alone(world):
    """What is not below the incoming prefix is none of its business."""
    upload = world.sent()
    world.notify(upload)
    served = world.objects()
    process(world.ports, served[0], world.stage.clock())
    process(world.ports, "else/where", world.stage.clock())
    assert served == world.bucket.keys()


def test_gone(world):
    """A notification for an object that is gone does nothing, and the upload still waits."""
    upload = world.granted(world.account)
    world.notify(upload)
    assert Status.WAITING == world.status(upload)
    assert [] == world.events()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_arrival_wins(world, order):
    """In whichever order two uploads are notified, the one that arrived later is the picture."""
    first, second = world.sent(), world.sent(picture(colour=(9, 9, 9)))
    moments = {first: 1, second: 2}
    for index in order:
        upload = (first, second)[index]
        world.notify(upload, after=moments[upload])
    assert second.id == world.state.image.upload
    assert (Status.DONE if order == (0, 1) else Status.SUPERSEDED) == world.status(first)
    assert world.objects() == world.bucket.keys()


def test_a_later_removal_wins(world):
    """A removal after the arrival, before the processing: superseded, and no picture."""
    upload = world.sent()
    arrived = world.stage.clock()
    world.stage.clock.advance(seconds=1)
    assert (
        204
        == world.stage.api.request("DELETE", f"/api/user/v1/accounts/{world.username}/image", as_=world.username).status
    )
    process(world.ports, INCOMING + upload.id, arrived)
    assert (Status.SUPERSEDED, None) == (world.status(upload), world.state.image)
    assert (["ProfileImageRemoved"], []) == (world.events(), world.bucket.keys())


def test_late(world):
    """What arrives after the grant has run out is deleted unread."""
    upload = world.sent(seconds=10)
    world.notify(upload, after=11)
    assert (Status.EXPIRED, [], []) == (world.status(upload), world.events(), world.bucket.keys())


def test_s3_and_the_clock_of_the_service(world):
    """S3's moments are shifted to the clock of the service before they are compared."""
    from dataclasses import replace

    upload = world.sent(seconds=10)
    shifted = replace(world.ports, s3_time=lambda moment: moment + timedelta(seconds=100))
    process(shifted, INCOMING + upload.id, world.stage.clock())
    assert Status.EXPIRED == world.status(upload)


def test_several_records(world):
    """Each record of a document is handled by itself; keys are decoded."""
    first, second = world.sent(), world.sent()
    moment = (world.stage.clock() + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    records = [
        {"eventTime": moment, "s3": {"bucket": {"name": world.bucket.name}, "object": {"key": f"incoming%2F{each.id}"}}}
        for each in (first, second)
    ]
    others = [1, {}, {"s3": {}}, {**records[0], "eventName": "ObjectRemoved:Delete"}]
    others.append({"s3": {"bucket": {"name": "elsewhere"}, "object": {"key": "incoming/x"}}})
    assert 2 == handle(world.ports, {"Records": [*others, *records]})
    assert 0 == handle(world.ports, {"Event": "s3:TestEvent"})
    assert {Status.DONE} == {world.status(first), world.status(second)}
    assert second.id == world.state.image.upload


def test_a_retired_account(world):
    """A late notification for an erased account deletes the object and does nothing else."""
    upload = world.granted(world.account)
    api, accounts = world.stage.api, "/api/user/v1/accounts"
    password = {"password": "local-Passw0rd"}
    assert 204 == api.post_json(f"{accounts}/deactivate_logout", password, as_=world.username).status
    moved = {"username": world.username, "new_state": "RETIRING_LMS", "response": ""}
    import json

    answer = api.request(
        "PATCH",
        f"{accounts}/update_retirement_status",
        as_="superuser",
        headers={"Content-Type": "application/json"},
        body=json.dumps(moved).encode(),
    )
    assert 204 == answer.status
    assert 204 == api.post_json(f"{accounts}/retire", {"username": world.username}, as_="superuser").status
    world.bucket.send(upload.id, picture())
    process(world.ports, INCOMING + upload.id, world.stage.clock())
    assert [] == world.bucket.keys()
    assert world.stage.wiring.uploads.find(upload.id) is None
    assert world.state.image is None


@pytest.mark.parametrize("nth", range(1, 40))
@pytest.mark.parametrize("landed", [False, True])
def test_a_crash_between_any_two_steps(world, nth, landed):
    """Killed at the n-th call of AWS, before or after it has landed: the same notification again finishes it."""
    old = world.sent()
    world.notify(old)
    upload = world.sent(picture(colour=(5, 5, 5)))
    with killed_at(nth, landed=landed) as calls:
        world.notify(upload, after=5)
    world.stage.clock.advance(seconds=120)
    world.notify(upload, after=-110)
    assert Status.DONE == world.status(upload)
    assert (["ProfileImageSet"] * 2, upload.id) == (world.events(), world.state.image.upload)
    there = set(world.bucket.keys())
    assert set(world.objects()) <= there
    known = set(world.stage.wiring.uploads.open_of(world.account).pictures)
    assert there <= {key_of(image, side) for image in known | {world.state.image.id} for side in SIDES}
    if calls.made < nth:
        assert world.objects() == world.bucket.keys()


def test_s3_away_is_tried_again(world, monkeypatch):
    """Without S3 nothing is stored, and the notification is to come again."""
    upload = world.sent()

    def away(*_, **__):
        raise PicturesUnavailableError("SlowDown")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.ports.store), "write", away)
        with pytest.raises(PicturesUnavailableError):
            world.notify(upload)
    assert ([], Status.WAITING) == (world.events(), world.status(upload))
    world.notify(upload)
    assert Status.DONE == world.status(upload)
