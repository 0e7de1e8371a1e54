"""Certificates: the same bytes for everybody, verified by tools that know nothing of this service, kept for good."""

import json
import re
import subprocess

import pytest

from chalicelib.events.catalogue import EVENT_TYPES
from ops.erasure import certificate
from ops.erasure.certificate import MOST_FINDINGS, Signer
from ops.erasure.checking import Checked
from ops.erasure.choosing import Chosen
from ops.erasure.remains import Fence, Remnant
from tests.docs.pages import page
from tests.pipeline.world import running_world
from tests.support.clock import NOON

ID = "c" * 32


@pytest.fixture(scope="module")
def world():
    """A world of one's own."""
    with running_world() as running:
        yield running


def checked(account="a" * 32, *, findings=()):
    """What a check came to."""
    done = Checked(account, 7, Chosen((), 3, 1, 1), True, 400, tables={"t": 5}, findings=list(findings))
    done.fences = [Fence("profile", None, 6, "2026-01-01T00:00:00+00:00")]
    return done


def signed(world, done):
    """A certificate in its envelope."""
    statement = certificate.statement_of(done, ID, "http://127.0.0.1:8000", NOON)
    signature = Signer(world.wiring).sign(certificate.digest_of(statement))
    return certificate.envelope_of(statement, signature)


def verified(folder, envelope):
    """What the commands of docs/command-line.md say of an envelope."""
    commands = re.search(r"```sh\n(jq .*?)```", page("docs/command-line.md").text, re.DOTALL).group(1)
    (folder / "certificate.json").write_text(json.dumps(envelope, indent=2))
    ran = subprocess.run(["bash", "-c", commands], cwd=folder, capture_output=True, text=True, check=False)
    return ran.stdout.strip()


def test_openssl_verifies_a_certificate(world, tmp_path):
    """With the very commands of the page; the order of members and the spaces of the file do not matter."""
    envelope = signed(world, checked())
    assert "Verified OK" == verified(tmp_path, envelope)
    turned_round = dict(reversed(envelope["certificate"].items()))
    assert "Verified OK" == verified(tmp_path, {**envelope, "certificate": turned_round})


@pytest.mark.parametrize(
    "change", [{"verdict": "forgotten"}, {"account": "b" * 32}, {"findings": []}, {"issued_at": "2020-01-01"}]
)
def test_a_changed_certificate_is_not_verified(world, tmp_path, change):
    """Whatever is changed."""
    envelope = signed(world, checked(findings=[Remnant("table", 'é\u0000"\\/', "a claim")]))
    assert "Verified OK" == verified(tmp_path, envelope)
    changed = {**envelope, "certificate": envelope["certificate"] | change}
    assert "Verification failure" == verified(tmp_path, changed)


def test_a_certificate_with_many_findings_is_signed_and_bounded(world, tmp_path):
    """More than KMS signs at once, and less than an item holds."""
    findings = [Remnant("table", f"A#{number:032d} HEAD", "a row with content") for number in range(4000)]
    envelope = signed(world, checked(findings=findings))
    told = envelope["certificate"]
    assert (MOST_FINDINGS, 4000 - MOST_FINDINGS) == (len(told["findings"]), told["further_findings"])
    assert "not forgotten" == told["verdict"]
    assert "Verified OK" == verified(tmp_path, envelope)
    certificate.keep(world.wiring, envelope)


def test_what_is_signed_is_canonical():
    """Members in order, no spaces, ASCII alone."""
    assert b'{"a":["\\u00e9",1],"b":null}' == certificate.canonical({"b": None, "a": ["é", 1]})


def test_a_certificate_is_kept_and_noted(world):
    """Beside the erasure ledger, and by an event of the account, which stays verifiable; it holds no value."""
    username = world.new_account()
    account = world.id_of(username)
    envelope = signed(world, checked(account))
    certificate.keep(world.wiring, envelope | {"certificate": envelope["certificate"] | {"certificate": "d" * 32}})
    system = _context(world)
    assert certificate.note(world.wiring, envelope["certificate"], envelope["digest"], system)
    event = list(world.ledger.history(account))[-1]
    assert (EVENT_TYPES["CertificateIssued"], ID, envelope["digest"], True, True) == (
        type(event),
        event.certificate,
        event.digest,
        event.clean,
        event.values_given,
    )
    world.catch_up()
    assert world.wiring.checker.check(account).ok
    (kept,) = [item for item in world.scan("erasures") if item["pk"]["S"] == f"certificate#{account}#{'d' * 32}"]
    assert envelope["signature"] == json.loads(kept["envelope"]["S"])["signature"]
    assert username not in kept["envelope"]["S"]


def test_an_account_that_is_gone_takes_no_event(world):
    """The certificate counts all the same."""
    statement = certificate.statement_of(checked("b" * 32), ID, "http://127.0.0.1:8000", NOON)
    assert not certificate.note(world.wiring, statement, certificate.digest_of(statement), _context(world))


def _context(world):
    from chalicelib.api.services import context
    from chalicelib.events.event import Actor, Role

    return context(world.wiring, Actor(role=Role.STAFF), "rollcall erase")
