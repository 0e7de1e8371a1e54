"""The part of the job `expire` that is about pictures (spec 30, section 9)."""

from dataclasses import replace
from datetime import timedelta

from chalicelib.images.incoming import process
from chalicelib.images.store import INCOMING, key_of
from chalicelib.images.sweeping import LEASE, sweep
from chalicelib.images.uploads import Status
from tests.support.calls import meanwhile
from tests.support.pictures import picture


def aged(stage, ports):
    """The ports of a service whose clock is an hour ahead of everything in the bucket."""
    return replace(ports, clock=lambda: stage.clock() + timedelta(hours=1), s3_time=lambda _: stage.clock())


def test_orphans_go(stage, ports, bucket, granted, store):
    """Objects that no account shows are deleted, those that one shows are not."""
    username = stage.new_account("ada")
    upload = granted(stage.id_of(username))
    bucket.send(upload.id, picture())
    process(ports, INCOMING + upload.id, stage.clock())
    shown = bucket.keys()
    store.write("e" * 32, {500: b"x", 30: b"y"})
    swept = sweep(aged(stage, ports))
    assert shown == bucket.keys()
    assert (6, 1, 0) == (swept.examined, swept.pictures, swept.uploads)


def test_young_objects_stay(stage, ports, bucket, store):
    """What was written a moment ago may still be waiting for its event."""
    store.write("e" * 32, {30: b"y"})
    assert 0 == sweep(replace(ports, s3_time=lambda _: stage.clock())).pictures
    assert [key_of("e" * 32, 30)] == bucket.keys()


def test_a_clock_that_is_ahead(stage, ports, bucket):
    """A sweep by a clock that is twenty minutes ahead leaves a picture alone whose event is just being stored."""
    username = stage.new_account("ada")
    ahead = replace(ports, clock=lambda: stage.clock() + timedelta(minutes=20), s3_time=lambda _: stage.clock())
    headers = {"Content-Type": "image/jpeg", "Content-Disposition": "attachment; filename=ada.jpg"}
    path = f"/api/user/v1/accounts/{username}/image"
    swept = []
    assert 200 == stage.api.get("/api/user/v1/me", as_=username).status  # a login is a commit of its own
    with meanwhile(stage.wiring.dynamodb, "TransactWriteItems", lambda: swept.append(sweep(ahead))):
        assert 204 == stage.api.request("POST", path, as_=username, headers=headers, body=picture()).status
    image = stage.wiring.ledger.load(stage.id_of(username)).state.image
    assert [(len(image.sides), 0)] == [(each.examined, each.pictures) for each in swept]
    assert {key_of(image.id, side) for side in image.sides} == set(bucket.keys())


def test_the_picture_before_goes(stage, ports, bucket, granted):
    """An upload that is processed late takes the place of the picture that the account has."""
    account = stage.id_of(stage.new_account("ada"))
    first, lost = granted(account), granted(account, seconds=7200)
    bucket.send(first.id, picture())
    process(ports, INCOMING + first.id, stage.clock())
    before = stage.wiring.ledger.load(account).state.image
    bucket.send(lost.id, picture())
    sweep(aged(stage, ports))
    after = stage.wiring.ledger.load(account).state.image
    assert before.id != after.id
    assert {key_of(after.id, side) for side in after.sides} == set(bucket.keys())


def test_uploads_that_ran_out(stage, ports, bucket, granted):
    """An object whose notification was lost is processed; one that came late, or that is nobody's, is deleted."""
    account = stage.id_of(stage.new_account("ada"))
    lost = granted(account, seconds=7200)
    late = granted(account, seconds=-7200)
    for upload in (lost, late):
        bucket.send(upload.id, picture())
    bucket.put(INCOMING + "nobody")
    old = replace(ports, clock=lambda: stage.clock() + timedelta(hours=1), s3_time=lambda _: stage.clock())
    assert 3 == sweep(old).uploads
    statuses = [stage.wiring.uploads.find(upload.id).status for upload in (lost, late)]
    assert [Status.DONE, Status.EXPIRED] == statuses
    assert [] == bucket.keys(INCOMING)


def test_two_at_once(stage, ports, bucket, store):
    """A run that finds another at work does nothing."""
    store.write("e" * 32, {30: b"y"})
    with stage.wiring.leases.try_hold(LEASE, "somebody", 60) as held:
        assert held
        assert 0 == sweep(aged(stage, ports)).examined
    assert 1 == sweep(aged(stage, ports)).pictures
