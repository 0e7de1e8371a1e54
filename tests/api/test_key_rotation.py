"""A change of the signing key, told by settings alone (spec 40, section 6)."""

from collections.abc import Callable, Iterator

import pytest

from app import make_app
from chalicelib.settings import Settings
from chalicelib.wiring import Wiring
from local.front.function import keep_requests_apart
from tests.support.api import Api
from tests.support.aws_calls import NO_KEY
from tests.support.oauth import refresh
from tests.support.stage import TINY_ARGON2, Stage

Deploy = Callable[..., Api]
OLD = "alias/rollcall-tokens"


@pytest.fixture(scope="module")
def new(stage: Stage) -> str:
    """The id of another signing key."""
    made = stage.wiring.kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    return str(made["KeyMetadata"]["KeyId"])


@pytest.fixture(scope="module")
def deploy(stage: Stage) -> Iterator[Deploy]:
    """Puts the service up with other keys, on the same tables."""

    def with_keys(key: str, *, upcoming: list[str] | None = None, retired: list[str] | None = None) -> Api:
        keys = {"upcoming_signing_key_ids": upcoming or [], "retired_signing_key_ids": retired or []}
        wiring = Wiring(Settings(signing_key_id=key, rate_limits=False, **TINY_ARGON2, **keys), clock=stage.clock)
        wiring.mailer = stage.mailbox
        app = make_app(wiring)
        keep_requests_apart(app)
        return Api(app, stage.clock)

    return with_keys


def kids(api: Api) -> list[str]:
    """The published keys."""
    first, second = (api.get(path) for path in ("/oauth2/jwks", "/.well-known/jwks.json"))
    assert first.body == second.body
    assert "max-age=3600" in first.headers["cache-control"]
    for key in first.json["keys"]:
        assert {"kty", "use", "alg", "kid", "n", "e"} == set(key)
    return [key["kid"] for key in first.json["keys"]]


def known(api: Api, token: str) -> int:
    """The status of a request with this token."""
    return api.get("/api/user/v1/me", token=token).status


def test_a_rotation(deploy: Deploy, new: str, stage: Stage):
    """Published before it signs; the old one is accepted while retired; then its tokens are over, sessions are not."""
    username = stage.new_account()
    before = deploy(OLD)
    (old_kid,) = kids(before)
    old = before.grant(username).json

    announced = deploy(OLD, upcoming=[new])
    assert old_kid == kids(announced)[0]
    assert 2 == len(kids(announced))
    between = announced.grant(username).json
    assert [200, 200] == [known(announced, pair["access_token"]) for pair in (old, between)]
    assert 200 == known(before, between["access_token"])

    switched = deploy(new, retired=[OLD])
    assert set(kids(announced)) == set(kids(switched))
    assert old_kid != kids(switched)[0]
    newest = switched.grant(username).json
    assert [200] * 3 == [known(switched, pair["access_token"]) for pair in (old, between, newest)]
    assert 200 == known(announced, newest["access_token"])
    assert 401 == known(before, newest["access_token"])

    done = deploy(new)
    assert old_kid not in kids(done)
    assert [401, 401, 200] == [known(done, pair["access_token"]) for pair in (old, between, newest)]
    renewed = refresh(done, old)
    assert 200 == renewed.status
    assert 200 == known(done, renewed.json["access_token"])


def test_a_key_under_two_names(deploy: Deploy, stage: Stage):
    """The alias and the key that it stands for are one key, published once: while an alias is moved both are listed."""
    key = stage.wiring.kms.describe_key(KeyId=OLD)["KeyMetadata"]["KeyId"]
    assert 1 == len(kids(deploy(OLD, retired=[key], upcoming=[OLD])))


def test_a_retired_key_that_is_gone(deploy: Deploy, new: str, stage: Stage):
    """A key that was deleted while it was still listed takes its own tokens along, and nobody else's."""
    made = stage.wiring.kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    stage.wiring.kms.schedule_key_deletion(KeyId=made, PendingWindowInDays=7)
    api = deploy(new, retired=[NO_KEY, made])
    username = stage.new_account()
    assert 200 == known(api, api.grant(username).json["access_token"])
