"""What is left of a person (spec 20, sections 8.1 and 14): markers in every personal field, looked for everywhere."""

import base64
import json
import logging
from hashlib import sha1, sha256
from urllib.parse import parse_qs, quote

import boto3
import pytest

from chalicelib.api.blueprint import ROUTES
from chalicelib.events.catalogue import EVENT_TYPES
from chalicelib.events.classification import Purpose, Sensitivity, classes_of
from chalicelib.events.sealing import Place, SealBrokenError, unlabelled
from tests.pipeline.marked import Person
from tests.pipeline.world import WORKER, running_world

OTHERS = {
    ("SocialLoginsRedacted", "logins"),
    ("PendingAddressRedacted", "address"),
    ("ProfileUpdated", "preferences_before"),
    ("ProfileUpdated", "preferences_after"),
}
"""Fields that can hold no marker: overwritten values, and `account_privacy`, which is a choice."""

CALLERS = (None, "learner", "staff", "superuser", WORKER, "username_replacement_service_worker")
ROWS = ("retirement_queue", "retirement_status", "retirements_by_status_and_date", "retirement_partner_report")
NEEDLE = "xmark"
"""Every marker holds it."""


def forms(text):
    """A text in the forms in which it could hide."""
    raw = text.encode()
    found = {text.encode(), text.upper().encode(), raw.hex().encode(), quote(text).encode()}
    found |= {json.dumps(text)[1:-1].encode(), text.encode("utf-16-le"), text.encode("utf-16-be")}
    for skipped in range(3):
        found.add(base64.b64encode(b"x" * skipped + raw)[4 if skipped else 0 : -4])
    for hashed in (sha1, sha256):
        found |= {hashed(raw).hexdigest().encode(), base64.b64encode(hashed(raw).digest()).rstrip(b"=")}
    return {form for form in found if len(form) > 5}


def blobs(world):
    """(table, item, purpose, blob) of everything sealed."""
    for table in ("ledger", "views"):
        for item in world.scan(table):
            for name, value in item.items():
                if "B" in value and name not in ("d",):
                    yield table, item, name, value["B"]


def opened(world):
    """What opens with the keys that exist: by purpose, everything that comes out about anybody whose text is marked."""
    fresh = world.other_process()
    keys = []
    for item in world.scan("keys"):
        if item["pk"]["S"].startswith("KEK") or item["state"]["S"] != "ACTIVE":
            continue
        subject, _, purpose = item["pk"]["S"].partition("#")
        keys.append(fresh.wiring.keys.open(subject, Purpose(purpose), item))
    found = {}
    for _, item, _, blob in blobs(world):
        _, content = unlabelled(blob)
        for key in keys:
            for text in _tries(item, key, content):
                if NEEDLE.encode() in text.lower():
                    found.setdefault(key.purpose, []).append(text)
    return found


def _tries(item, key, content):
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    account = key.subject.partition(".")[0]
    version = int(item["v"]["N"]) if "v" in item else int(sk[2:]) if sk.startswith("E#") else 0
    if account not in pk and item.get("a", {}).get("S") != account:
        return
    for kind in ("event", "head", "credential", "answer", "view"):
        for purpose in Purpose:
            for schema in (1, 2, 3):
                try:
                    yield key.open(content, Place(kind, account, version, purpose, schema))
                except SealBrokenError:
                    continue


def raw_findings(world, texts):
    """Where a marker stands readable, in any form, in any item of any table."""
    needles = {form for text in texts for form in forms(text)}
    found = []
    for table in ("ledger", "keys", "erasures", "short_lived", "clients", "views"):
        for item in world.scan(table):
            raw = repr(item).encode() + b"".join(v["B"] for v in item.values() if "B" in v)
            if any(needle in raw or needle in raw.lower() for needle in needles):
                found.append((table, item["pk"]["S"] if "pk" in item else ""))
    return found


def outside(world):
    """Everything in buckets and queues."""
    region = world.wiring.settings.aws_region
    s3, sqs = boto3.client("s3", region_name=region), boto3.client("sqs", region_name=region)
    for bucket in s3.list_buckets()["Buckets"]:
        for version in s3.list_object_versions(Bucket=bucket["Name"]).get("Versions", ()):
            where = {"Bucket": bucket["Name"], "Key": version["Key"], "VersionId": version["VersionId"]}
            yield version["Key"].encode() + s3.get_object(**where)["Body"].read()
    for queue in sqs.list_queues().get("QueueUrls", ()):
        yield from (m["Body"].encode() for m in sqs.receive_message(QueueUrl=queue).get("Messages", ()))


def taken(route, queries):
    """The queries, the empty one among them, of parameters that a route says it has."""
    names = {parameter.name for parameter in route.parameters if parameter.place == "query"}
    return [query for query in queries if set(parse_qs(query)) <= names]


def told(world, person, *, rows):
    """Answers of every GET route, and of repeated requests, that hold a marker; `rows`: those about rows, too.

    Routes are asked what they take; and by the caller who is told most, once, what they should take no notice of.
    """
    found = []
    names = [person.username, "Qzxmarkuser", f"retired__user_{world.state(person.account).username_digits[0]}"]
    emails = ["qzxmarkmail2@example.com", world.state(person.account).email]
    queries = [f"username={name}" for name in names] + [f"email={quote(email)}" for email in emails]
    queries += ["", "cool_off_days=0&states=COMPLETE&states=RETIRING_LMS&states=PENDING", "include=responses"]
    today = world.clock().date().isoformat()
    queries += [f"start_date={today}&end_date={today}&state=COMPLETE"]
    assert all(any(query in taken(route, queries) for route in ROUTES if route.method == "GET") for query in queries)
    for route in ROUTES:
        if route.method != "GET" or (not rows and any(name in route.path for name in ROWS)):
            continue
        for name in names if "{" in route.path else [""]:
            path = route.path.replace("{username}", name).replace("{preference_key}", "qzxmarkkey")
            path = path.replace("{key}", "qzxmarkkey").replace("{name}", name)
            for caller in CALLERS:
                most = caller == "superuser" and name in ("", person.username)
                for query in queries if most else taken(route, queries):
                    answer = world.api.get(path, as_=caller, query=query)
                    if NEEDLE in answer.text.lower():
                        found.append((caller, path, query, answer.status))
    path, form, headers = person.creation
    replay = world.api.post_json(path, form, as_="superuser", headers=headers)
    if NEEDLE in replay.text.lower():
        found.append(("superuser", "replay", "", replay.status))
    return found


@pytest.fixture(scope="module")
def story():
    """What was found before, after `retire` and after both cleanups."""
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(f"{record.getMessage()} {vars(record)}")
    logger = logging.getLogger("rollcall")
    logger.addHandler(handler)
    try:
        with running_world() as world:
            world.api.token("staff")
            yield tell(world, lines)
    finally:
        logger.removeHandler(handler)


def tell(world, lines):
    found = {"lines": lines}
    person = Person(world)
    person.report()
    found["events"] = list(world.ledger.history(person.account))
    found["state"] = world.state(person.account)
    found["before"] = look(world, person, rows=True)
    assert ["qzxmarkrenamed"] == [each["original_username"] for each in world.take_reports().json]
    assert 204 == world.step("retire_misc", person.username).status
    assert 204 == world.step("retire", person.username).status
    world.catch_up()
    mails, calls = len(world.mailbox.mails), len(world.hooks.calls())
    found["retired"] = look(world, person, rows=False)
    assert 204 == world.move(person.username, "COMPLETE", "qzxmarkend").status
    assert 204 == world.clean_reports(person.username).status
    redaction = {f"redacted_{name}": f"qzxmark{name}" for name in ("username", "email", "name")}
    assert 204 == world.clean_up(person.username, **redaction).status
    world.catch_up()
    found["cleaned"] = look(world, person, rows=True)
    found["later"] = (world.mailbox.mails[mails:], world.hooks.calls()[calls:])
    found["feed"] = world.bus.taken
    return found


def look(world, person, *, rows):
    """Everything that can be found now."""
    texts = {"xmark", "Qzxmarkuser", "qzxmarkuser", "qzxmarkrenamed", "qzxmarkmail2@example.com", "Qzxmarkname Two"}
    return {
        "opened": opened(world),
        "raw": raw_findings(world, texts),
        "told": told(world, person, rows=rows),
        "outside": [body for body in outside(world) if NEEDLE.encode() in body.lower()],
    }


def test_every_personal_field_is_marked(story):
    """A personal field that this test does not mark fails it, so nobody adds one without looking here."""
    unmarked = []
    for event in story["events"]:
        kind = type(event)
        for name, mark in classes_of(kind).items():
            marked = any(
                NEEDLE in repr(getattr(other, name)).lower() for other in story["events"] if type(other) is kind
            )
            if mark.sensitivity is Sensitivity.PERSONAL and not marked and (kind.__name__, name) not in OTHERS:
                unmarked.append(f"{kind.__name__}.{name}")
    assert [] == sorted(set(unmarked))
    personal = {kind.__name__ for kind in EVENT_TYPES.values() if _is_personal(kind)}
    seen = {type(event).__name__ for event in story["events"]}
    assert {"AccountRegistered", "ProfileErased", "RetirementRedacted"} >= personal - seen


def _is_personal(kind):
    return any(mark.sensitivity is Sensitivity.PERSONAL for mark in classes_of(kind).values())


def test_before_everything_is_found(story):
    """The positive control: all three kinds of keys open markers, and answers tell them."""
    assert set(Purpose) == set(story["before"]["opened"])
    assert story["before"]["told"]
    assert any(caller == "superuser" for caller, *_ in story["before"]["told"])
    together = b"".join(text for texts in story["before"]["opened"].values() for text in texts).lower()
    for marker in ("bio", "goals", "mailing", "city", "beatle", "link", "key", "value", "org", "provider", "uid"):
        assert f"qzxmark{marker}".encode() in together


@pytest.mark.parametrize("moment", ["before", "retired", "cleaned"])
def test_nothing_is_readable_in_the_tables(story, moment):
    """At no time does an item hold a datum in the clear, in any form or as a plain hash; nor a bucket or a queue."""
    assert [] == story[moment]["raw"]
    assert [] == story[moment]["outside"]


def test_after_retire_only_rows_know(story):
    """The profile's key opens nothing any more; no endpoint but those of rows tells anything to anybody."""
    assert {Purpose.RETIREMENT, Purpose.PARTNER} == set(story["retired"]["opened"])
    assert [] == story["retired"]["told"]


def test_after_both_cleanups_nobody_knows(story):
    """No key that still exists opens anything personal, and nobody is told anything."""
    assert {} == story["cleaned"]["opened"]
    assert [] == story["cleaned"]["told"]


def test_nothing_personal_leaves(story):
    """No log line and no entry of the feed ever holds a datum; after `retire` no mail, and no call of a hook."""
    assert [] == [line for line in story["lines"] if NEEDLE in line.lower()]
    assert [] == [entry for entry in story["feed"] if NEEDLE in repr(entry).lower()]
    assert ([], []) == story["later"]
