"""Tables that are restored to what they were, and what a replay must come to."""

from contextlib import contextmanager
from dataclasses import dataclass, replace

from chalicelib.accounts.context import Context
from chalicelib.accounts.images import NewImage
from chalicelib.events.addresses import EmailChangeConfirmed
from chalicelib.events.aggregate import Decision
from chalicelib.events.event import Actor, Role
from chalicelib.events.images import Way
from chalicelib.images.picture import Picture
from chalicelib.pipeline.leaving import request_retirement
from chalicelib.pipeline.ports import Asked
from chalicelib.projections.checking import Checker
from ops.erasure.replaying import Replay
from tests.support.pictures import picture

EVERYTHING = ("ledger", "keys", "views", "short_lived", "clients")
"""Every table but the erasure ledger, which is only restored by name."""


class Backup:
    """Tables as they are now, to be put back later."""

    def __init__(self, world):
        self._world = world
        self._items = {table: world.scan(table) for table in (*EVERYTHING, "erasures")}

    def restore(self, *tables):
        """Make these tables (none: all of them) what they were; whatever has come since is gone."""
        client = self._world.wiring.dynamodb
        for table in tables or EVERYTHING:
            model = getattr(self._world.wiring.tables, table)
            name = model.Meta.table_name
            names = [each["AttributeName"] for each in client.describe_table(TableName=name)["Table"]["KeySchema"]]
            kept = {_place(item, names): item for item in self._items[table]}
            standing = {_place(item, names): item for item in self._world.scan(table)}
            gone = [standing[place] for place in standing.keys() - kept.keys()]
            changed = [item for place, item in kept.items() if standing.get(place) != item]
            requests = [{"DeleteRequest": {"Key": {each: item[each] for each in names}}} for item in gone]
            requests += [{"PutRequest": {"Item": item}} for item in changed]
            for start in range(0, len(requests), 25):
                client.batch_write_item(RequestItems={name: requests[start : start + 25]})
        self._world._seen.clear()


class Objects:
    """The objects of the bucket as they are now, to be put back later."""

    def __init__(self, world):
        self._s3, self._bucket = world.wiring.client("s3"), world.wiring.settings.image_bucket
        self.bodies = {key: self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read() for key in self.keys()}

    def keys(self):
        """The keys of the objects that there are."""
        return {each["Key"] for each in self._s3.list_objects_v2(Bucket=self._bucket).get("Contents", ())}

    def restore(self):
        """Put them back."""
        for key, body in self.bodies.items():
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=body)


def _place(item, names):
    return tuple(tuple(item[name].items()) for name in names)


@dataclass
class Person:
    """Somebody: username, account, newest address, and the id of the picture that they showed."""

    username: str
    account: str
    email: str
    image: str = ""


class People:
    """Three people who leave a world, each another way, and the backup that was made after each step.

    Ada is reported, retired and cleaned up; Bob cancels; Eve cancels, changes her address, leaves again and is retired.
    """

    def __init__(self, world):
        self.world = world
        self.backups = {"empty": Backup(world)}
        self.ada, self.bob, self.eve = (self._person(stem) for stem in ("ada", "bob", "eve"))
        self._picture(self.ada)
        assert 200 == world.api.grant(self.ada.username).status
        self._step("registered")
        for person in (self.ada, self.bob, self.eve):
            assert 204 == world.leave(person.username).status
        self._step("left")
        for person in (self.bob, self.eve):
            assert 200 == self._cancel(person).status
        self._leave_again(self.eve)
        assert 204 == world.move(self.ada.username, "LOCKING_ACCOUNT").status
        self._step("working")
        assert 204 == world.report(self.ada.username).status
        self._step("reported")
        self._retire(self.ada)
        self._step("retired")
        assert 200 == world.take_reports().status
        self._step("handed out")
        assert 204 == world.clean_reports(self.ada.username).status
        assert 204 == world.move(self.ada.username, "COMPLETE").status
        self._step("complete")
        assert 204 == world.clean_up(self.ada.username).status
        self._step("cleaned up")
        self.end = self.backups["cleaned up"]
        assert () == verified(world)

    def restore_erasures(self, step="cleaned up"):
        """Make the erasure ledger what it was."""
        self.backups[step].restore("erasures")

    def _person(self, stem):
        username = self.world.new_account(stem, orgs=["edX"], preferences={"colour": "blue"})
        return Person(username, self.world.id_of(username), f"{username}@example.com")

    def _picture(self, person):
        person.image = "d" * 32
        show_picture(self.world, person.account, person.image)

    def _context(self):
        return context(self.world)

    def _cancel(self, person):
        return self.world.api.post_json(
            "/api/user/v1/accounts/cancel_retirement",
            {"retirement_id": self.world.state(person.account).row.number},
            as_="superuser",
        )

    def _leave_again(self, person):
        person.email = f"again.{person.username}@example.com"
        wiring, world = self.world.wiring, self.world
        found = wiring.ledger.load(person.account)
        change = EmailChangeConfirmed(**self._context().next(found.state), before=found.state.email, after=person.email)
        wiring.ledger.execute(person.account, lambda _: Decision((change,)))
        asked = Asked(self._context)
        request_retirement(wiring, wiring.ledger.load(person.account), asked)
        assert 204 == world.move(person.username, "LOCKING_ACCOUNT").status
        self._retire(person)

    def _retire(self, person):
        steps = [self.world.step(name, person.username).status for name in ("retire_misc", "retire")]
        assert [204, 204] == steps

    def _step(self, name):
        self.world.catch_up()
        self.backups[name] = Backup(self.world)


def context(world):
    """Of a decision that nobody asked for."""
    return Context(world.clock(), Actor(role=Role.SYSTEM), "test")


def show_picture(world, account, image):
    """Give an account a picture of this id."""
    wiring = world.wiring
    new = NewImage(image, wiring.album.sides, wiring.clock(), Way.REQUEST)
    sent = Picture(picture(), "a.jpg", "image/jpeg")
    wiring.album.set(account, sent, wiring.picture_limits, new, lambda: context(world))


def numbers(replayed, *names):
    """Some figures of a run."""
    return tuple(getattr(replayed, name) for name in names)


@contextmanager
def quiet(_what, _total):
    """Tells nobody."""
    yield lambda _: None


def replay(world, threads=8):
    """Replay the erasure ledger in a process of its own."""
    wiring = world.other_process().wiring

    def context():
        return Context(wiring.clock(), Actor(role=Role.SYSTEM), "rollcall erase")

    return Replay(wiring, context, quiet, threads).run()


def verified(world):
    """What verification finds, in a process of its own that does not sleep."""
    wiring = world.other_process().wiring
    return Checker(replace(wiring.stores, wait=lambda _: None), 0).all().findings
