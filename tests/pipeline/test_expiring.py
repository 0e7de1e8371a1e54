"""The job `expire` as a whole: one run at a time (spec 50, section 7)."""

from datetime import timedelta

from chalicelib.leases import JOB_SECONDS
from chalicelib.pipeline import expiring
from chalicelib.pipeline.expiring import LEASE


def test_two_at_once(world, monkeypatch):
    """A run that finds another at work does nothing and answers zeros, by a clock that is twenty minutes ahead, too."""
    wiring = world.wiring
    wiring.pictures.write("e" * 32, {30: b"y"})
    monkeypatch.setattr(wiring, "s3_time", lambda _: world.clock() - timedelta(days=1))
    names = {"examined", "pictures", "uploads", "exports", "addresses"}
    with wiring.leases.try_hold(LEASE, "somebody", JOB_SECONDS) as held:
        assert held
        world.clock.advance(minutes=20)
        assert dict.fromkeys(names, 0) == expiring.run(wiring)


def test_a_run_that_died(world, monkeypatch):
    """Its lease runs out, and the next run does the work: an orphan goes."""
    wiring = world.wiring
    assert wiring.leases._taken(LEASE, "dead", JOB_SECONDS)
    wiring.pictures.write("e" * 32, {30: b"y"})
    world.clock.advance(seconds=JOB_SECONDS + 1)
    monkeypatch.setattr(wiring, "s3_time", lambda _: world.clock() - timedelta(days=1))
    assert 1 == expiring.run(wiring)["pictures"]
