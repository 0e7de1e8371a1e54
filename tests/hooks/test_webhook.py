"""Hooks as webhooks (spec 20, section 8.2)."""

import hashlib
import hmac
import json
import logging
import socket
import subprocess
import sys
import time
import traceback
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.hooks.port import HookCall, HookFailedError, HookName
from chalicelib.hooks.webhook import (
    MOST_ANSWER_BYTES,
    SECONDS,
    Endpoint,
    HookUnavailableError,
    MisconfiguredWebhookError,
    Webhooks,
    short_pause,
)
from tests.hooks.receiver import Receiver, Reply
from tests.support.threads import at_once

NOW = datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=UTC)
SECRET = "secret-marker-é"
DETAILS = {"original_username": "name-marker", "original_email": "address-marker@b.example"}
OTHERS = [hook for hook in HookName if hook is not HookName.ORGANISATIONS]


def call_of(hook: HookName = HookName.LMS) -> HookCall:
    return HookCall(hook, "step-1", 5, DETAILS)


def no_pause(attempt: int) -> None:
    return


FAR_TOO_LONG = 20
"""Seconds that no test waits: every one gives a call much less."""


def webhooks(receiver: Receiver, **options: Any) -> Webhooks:
    endpoints = {hook: Endpoint(receiver.url, SECRET) for hook in HookName}
    return Webhooks(endpoints, lambda: NOW, **{"plain_http": True, "pause": no_pause, **options})


def failure(hooks: Webhooks, hook: HookName = HookName.LMS) -> HookFailedError:
    with pytest.raises(HookFailedError) as caught:
        hooks.call(call_of(hook))
    return caught.value


def test_posts_the_call(receiver: Receiver) -> None:
    """Spec 20, section 8.2: a call is one POST of JSON to the hook's URL; 2xx = done."""
    webhooks(receiver).call(call_of())

    (taken,) = receiver.taken
    assert ("POST", "/hook?token=query-marker") == (taken.method, taken.path)
    assert "application/json" == taken.headers["Content-Type"]
    assert {"hook": "lms", "id": "step-1", "account_id": 5, **DETAILS} == json.loads(taken.body)


def test_signature(receiver: Receiver) -> None:
    """Spec 20, section 8.2: the Unix seconds, and HMAC-SHA-256 of timestamp, dot and body by the hook's secret."""
    webhooks(receiver).call(call_of())

    (taken,) = receiver.taken
    signed = b"1767323045." + taken.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert "1767323045" == taken.headers["X-Rollcall-Timestamp"]
    assert f"sha256={expected}" == taken.headers["X-Rollcall-Signature"]


def test_each_hook_has_its_own_endpoint(receiver: Receiver) -> None:
    """A call goes to the URL of its hook, signed with the secret of its hook."""
    endpoints: dict[HookName, Endpoint] = {}
    for hook in OTHERS:
        endpoints[hook] = Endpoint(f"http://localhost:{receiver.port}/{hook}", f"secret of {hook}")
    hooks = Webhooks(endpoints, lambda: NOW, plain_http=True, pause=no_pause)
    for hook in OTHERS:
        hooks.call(call_of(hook))

    assert [f"/{hook}" for hook in OTHERS] == [taken.path for taken in receiver.taken]
    for hook, taken in zip(OTHERS, receiver.taken, strict=True):
        digest = hmac.new(f"secret of {hook}".encode(), b"1767323045." + taken.body, hashlib.sha256).hexdigest()
        assert f"sha256={digest}" == taken.headers["X-Rollcall-Signature"]


@pytest.mark.parametrize("hook", list(HookName))
def test_a_hook_without_endpoint_is_off(hook: HookName, receiver: Receiver) -> None:
    """Spec 20, section 8.2: a hook that has no URL is off: no call, no failure, no answer."""
    endpoints = {other: Endpoint(receiver.url, SECRET) for other in HookName if other is not hook}
    assert Webhooks(endpoints, lambda: NOW, plain_http=True).call(call_of(hook)) is None
    assert [] == receiver.taken


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize("hook", OTHERS)
def test_every_2xx_is_done(receiver: Receiver, hook: HookName, status: int) -> None:
    """Any 2xx is done at the first try, whatever its body says."""
    receiver.replies = [Reply(status)]
    assert webhooks(receiver).call(call_of(hook)) is None
    assert 1 == len(receiver.taken)


def test_only_the_organisations_hook_is_read(receiver: Receiver) -> None:
    """The body of another hook's answer is nobody's names."""
    receiver.replies = [Reply(body=b'["edX"]')]
    assert webhooks(receiver).call(call_of(HookName.CERTIFICATES)) is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 429])
def test_passing_failures_are_tried_again(receiver: Receiver, status: int) -> None:
    """A 5xx or 429 is tried again, three tries in all, with a pause between; the third may be the one that works."""
    receiver.replies = [Reply(status), Reply(status), Reply(200)]
    pauses: list[int] = []
    webhooks(receiver, pause=pauses.append).call(call_of())

    assert 3 == len(receiver.taken)
    assert [0, 1] == pauses
    assert 1 == len({taken.body for taken in receiver.taken})


@pytest.mark.parametrize("status", [500, 503, 429])
def test_three_tries_are_all(receiver: Receiver, status: int) -> None:
    """After three tries the call has failed with the last status, as one that may work later."""
    receiver.replies = [Reply(status)]
    pauses: list[int] = []
    error = failure(webhooks(receiver, pause=pauses.append))

    assert (HookName.LMS, f"status {status}", True) == (
        error.hook,
        error.reason,
        isinstance(error, HookUnavailableError),
    )
    assert (3, [0, 1]) == (len(receiver.taken), pauses)


def test_each_try_is_signed_anew(receiver: Receiver) -> None:
    """A later try carries its own time, so that the other side may refuse old ones; its id stays."""
    receiver.replies = [Reply(500), Reply(200)]
    moments = iter([NOW, NOW + timedelta(seconds=3)])
    endpoints = {HookName.LMS: Endpoint(receiver.url, SECRET)}
    Webhooks(endpoints, lambda: next(moments), plain_http=True, pause=no_pause).call(call_of())

    assert ["1767323045", "1767323048"] == [taken.headers["X-Rollcall-Timestamp"] for taken in receiver.taken]
    assert 2 == len({taken.headers["X-Rollcall-Signature"] for taken in receiver.taken})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_other_refusals_fail_at_once(receiver: Receiver, status: int) -> None:
    """Another 4xx says that trying again is of no use."""
    receiver.replies = [Reply(status), Reply(200)]
    error = failure(webhooks(receiver))

    assert f"status {status}" == error.reason
    assert not isinstance(error, HookUnavailableError)
    assert 1 == len(receiver.taken)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    """Spec 20, section 8.2: a redirect is a failure at once; nothing is sent to where it leads."""
    receiver.replies = [Reply(status, headers={"Location": f"http://localhost:{receiver.port}/elsewhere"}), Reply(200)]
    assert f"status {status}" == failure(webhooks(receiver)).reason
    assert ["/hook?token=query-marker"] == [taken.path for taken in receiver.taken]


def test_slow_hooks_time_out(receiver: Receiver) -> None:
    """A hook that takes too long is given up, and tried again."""
    receiver.replies = [Reply(wait=FAR_TOO_LONG), Reply(200)]
    began = time.monotonic()
    webhooks(receiver, seconds=1).call(call_of())

    assert time.monotonic() - began < FAR_TOO_LONG
    assert 2 == len(receiver.taken)


def test_always_slow_hooks_fail(receiver: Receiver) -> None:
    """A hook that is too slow three times has failed for its slowness."""
    receiver.replies = [Reply(wait=FAR_TOO_LONG)]
    error = failure(webhooks(receiver, seconds=0.05))
    assert ("timeout", 3) == (error.reason, len(receiver.taken))


def test_trickling_answers_time_out(receiver: Receiver) -> None:
    """A body that comes byte by byte does not stretch the time of a try."""
    receiver.replies = [Reply(body=json.dumps(["x" * 40]).encode(), between=0.5), Reply(body=b'["edX"]')]
    began = time.monotonic()
    assert ("edX",) == webhooks(receiver, seconds=1).call(call_of(HookName.ORGANISATIONS))
    assert time.monotonic() - began < 0.5 * 40


def test_five_seconds_are_the_default(receiver: Receiver) -> None:
    """Spec 20, section 8.2: a hook that answers well within five seconds is waited for."""
    receiver.replies = [Reply(wait=1.0)]
    webhooks(receiver).call(call_of())
    assert (5, 1) == (SECONDS, len(receiver.taken))


def test_refused_connections_are_tried_again() -> None:
    """Where nobody listens, the call fails after three tries, and as a connection, not a time-out."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    pauses: list[int] = []
    endpoints = {HookName.LMS: Endpoint(f"http://127.0.0.1:{port}/", SECRET)}
    error = failure(Webhooks(endpoints, lambda: NOW, plain_http=True, pause=pauses.append))

    assert ("connection", True, [0, 1]) == (error.reason, isinstance(error, HookUnavailableError), pauses)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".example"])
def test_unknown_hosts_are_failures(host: str) -> None:
    """A host that cannot be found is a connection that failed."""
    endpoints = {HookName.LMS: Endpoint(f"https://{host}/", SECRET)}
    assert "connection" == failure(Webhooks(endpoints, lambda: NOW, pause=no_pause)).reason


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"[]", ()),
        (b'["edX", "mb_coaching"]', ("edX", "mb_coaching")),
        ('["Zoë"]'.encode(), ("Zoë",)),
        (b' [\n"a",\t"a", ""] ', ("a", "a", "")),
        (b'["\\ud83d\\ude00"]', ("\N{GRINNING FACE}",)),
        (json.dumps(["x" * (MOST_ANSWER_BYTES - 4)]).encode(), ("x" * (MOST_ANSWER_BYTES - 4),)),
    ],
)
def test_organisations(receiver: Receiver, body: bytes, names: tuple[str, ...]) -> None:
    """Spec 20, section 8.2: the organisations hook answers a JSON list of strings, in its order, up to 64 KiB."""
    receiver.replies = [Reply(body=body)]
    assert names == webhooks(receiver).call(call_of(HookName.ORGANISATIONS))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "answer is not a list of strings"),
        (b"edX", "answer is not a list of strings"),
        (b"\xff\xfe\xff", "answer is not a list of strings"),
        (b'["edX"', "answer is not a list of strings"),
        (b'"edX"', "answer is not a list of strings"),
        (b"null", "answer is not a list of strings"),
        (b'{"orgs": ["edX"]}', "answer is not a list of strings"),
        (b'["edX", 1]', "answer is not a list of strings"),
        (b'["edX", null]', "answer is not a list of strings"),
        (b'[["edX"]]', "answer is not a list of strings"),
        (b'["\\ud800"]', "answer is not a list of strings"),
        (b"[" * 30_000, "answer is not a list of strings"),
        (b"9" * 10_000, "answer is not a list of strings"),
        (json.dumps(["x" * (MOST_ANSWER_BYTES - 3)]).encode(), "answer is too long"),
        (b" " * 1_000_000, "answer is too long"),
    ],
    ids=range(15),
)
def test_malformed_organisations(receiver: Receiver, body: bytes, reason: str) -> None:
    """Anything but a list of strings of bearable length is a failure at once, never an empty list."""
    receiver.replies = [Reply(body=body)]
    assert reason == failure(webhooks(receiver), HookName.ORGANISATIONS).reason
    assert 1 == len(receiver.taken)


@pytest.mark.parametrize("body", [b"[]", b'["edX"]', b""])
def test_cut_answers_are_tried_again(receiver: Receiver, body: bytes) -> None:
    """An answer that ends before its length is a connection that broke, even if what came would do."""
    receiver.replies = [Reply(body=body, length=100)]
    error = failure(webhooks(receiver), HookName.ORGANISATIONS)
    assert ("connection", 3) == (error.reason, len(receiver.taken))


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "hooks.example/x",
        "//hooks.example/x",
        "http://hooks.example/url-marker",
        "HTTP://hooks.example/url-marker",
        "ftp://hooks.example/url-marker",
        "file:///url-marker",
        "https://",
        "https:///url-marker",
        "https://:443/url-marker",
        "https://user:url-marker@hooks.example/",
        "https://@hooks.example/url-marker",
        "https://hooks.example:port/url-marker",
        "https://hooks.example:70000/url-marker",
        "https://[::1/url-marker",
        "https://hooks.example/url-marker with space",
        "https://hooks.example\\@url-marker/",
        "https://hooks.example/url-marker\r\nX: y",
        "https://hööks.example/url-marker",
    ],
)
def test_unusable_urls_are_refused(url: str) -> None:
    """Spec 20, section 8.2: https only. A URL that cannot be used is refused at the start, and not quoted."""
    with pytest.raises(MisconfiguredWebhookError) as caught:
        Webhooks({HookName.LMS: Endpoint(url, SECRET)}, lambda: NOW)

    assert HookName.LMS is caught.value.hook
    assert "The webhook of lms is misconfigured" in str(caught.value)
    assert "marker" not in "".join(traceback.format_exception(caught.value, chain=True))


@pytest.mark.parametrize("url", ["https://hooks.example", "HTTPS://Hooks.example:8443/a?b=c", "https://[::1]/x"])
def test_usable_urls(url: str) -> None:
    """Every https URL with a host is accepted, with plain http allowed or not."""
    for plain_http in (False, True):
        assert Webhooks({HookName.LMS: Endpoint(url, SECRET)}, lambda: NOW, plain_http=plain_http)


def test_plain_http_is_for_the_local_stage() -> None:
    """Plain http passes where it is allowed; other schemes never do."""
    assert Webhooks({HookName.LMS: Endpoint("http://h.example/", SECRET)}, lambda: NOW, plain_http=True)
    with pytest.raises(MisconfiguredWebhookError):
        Webhooks({HookName.LMS: Endpoint("ftp://h.example/", SECRET)}, lambda: NOW, plain_http=True)


def test_no_secret_is_refused() -> None:
    """A URL without a secret is refused: anybody could sign its calls."""
    with pytest.raises(MisconfiguredWebhookError, match="secret"):
        Webhooks({HookName.LMS: Endpoint("https://h.example/", "")}, lambda: NOW)


BAD_HEADER = {"Bad\r\n : header": "x\r\n\tno colon here"}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, body=b'["answer-marker"'),
        Reply(302, headers={"Location": "http://localhost:1/location-marker"}),
        Reply(404, body=b"answer-marker"),
        Reply(500, body=b"answer-marker"),
        Reply(500, body=b"answer-marker", headers=BAD_HEADER),
        Reply(wait=FAR_TOO_LONG),
        Reply(body=b'["answer-marker"]', length=100),
    ],
    ids=["malformed", "redirect", "4xx", "5xx", "bad header", "slow", "cut"],
)
def test_nothing_personal_or_secret_is_told(receiver: Receiver, caplog: pytest.LogCaptureFixture, reply: Reply) -> None:
    """Neither the log, at any level, nor an error's text or trace has a secret, a URL, a person, or an answer."""
    receiver.replies = [reply]
    with caplog.at_level(logging.DEBUG):
        error = failure(webhooks(receiver, seconds=0.1), HookName.ORGANISATIONS)

    told = [repr(error), str(error), caplog.text, *traceback.format_exception(error)]
    # The trace quotes this test's own lines, in which no marker stands.
    assert [] == [text for text in told if "-marker" in text]
    assert error.__cause__ is None


def test_a_good_call_is_not_logged(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """Neither is anything told of a call that works."""
    with caplog.at_level(logging.DEBUG):
        webhooks(receiver).call(call_of())
    assert "marker" not in caplog.text


def test_others_may_log(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """What others send through urllib3 is logged as before."""
    import urllib3

    webhooks(receiver).call(call_of())
    with caplog.at_level(logging.DEBUG, "urllib3"):
        urllib3.request("GET", f"http://localhost:{receiver.port}/others", headers={"Content-Length": "0"})
    assert "/others" in caplog.text


def test_endpoints_do_not_show() -> None:
    """A logged endpoint shows neither secret nor URL."""
    assert "Endpoint()" == repr(Endpoint("https://h.example/?token=query-marker", SECRET))


def test_pause_is_short() -> None:
    """The pause between tries is there, and short."""
    began = time.monotonic()
    short_pause(0)
    assert 0.04 < time.monotonic() - began < 5


def test_calls_side_by_side(receiver: Receiver) -> None:
    """Threads share the hooks; each call is sent once."""
    hooks = webhooks(receiver)
    ids = [f"step-{number}" for number in range(8)]
    at_once(*(partial(hooks.call, HookCall(HookName.LMS, step, 5)) for step in ids))
    assert set(ids) == {json.loads(taken.body)["id"] for taken in receiver.taken}
    assert 8 == len(receiver.taken)


def test_importing_is_cheap() -> None:
    """Who imports the webhooks has not imported urllib3 yet."""
    code = "import sys, chalicelib.hooks.webhook; print('urllib3' in sys.modules)"
    assert "False\n" == subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
