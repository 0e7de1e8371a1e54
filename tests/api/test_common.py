"""What all answers have in common (spec 10, section 2; spec 50, section 5)."""

import re
from datetime import timedelta

import pytest

from chalicelib.api.access_tokens import access_token
from chalicelib.api.blueprint import ROUTES
from chalicelib.api.rights import Right

ME = "/api/user/v1/me"
CONCRETE = {
    "username": "learner",
    "key": "k",
    "name": "default_30.png",
    "upload_id": "f" * 32,
    "session_id": "f" * 32,
    "id": "1",
    "link": "x",
}
PROTECTED = [route for route in ROUTES if not route.public]
PUBLIC = [route for route in ROUTES if route.public]


def concrete(route):
    """A path of the route."""
    return re.sub(r"{(\w+)}", lambda found: CONCRETE[found[1]], route.path)


def named(route):
    """The route's name among the tests."""
    return f"{route.method} {route.path}"


def holder_of(route):
    """A caller who may use the route."""
    if route.right is Right.REPLACE:
        return "username_replacement_service_worker"
    return "learner" if route.right is None else "superuser"


@pytest.mark.parametrize("route", PROTECTED, ids=named)
@pytest.mark.parametrize(
    "authorization",
    [None, "", "JWT", "JWT ", "Bearer", "x", "JWT x", "JWT a.b.c", "Basic bGVhcm5lcjp4", "Token x", "JWT \xe9"],
)
def test_401(api, route, authorization):
    """No token, or a bad one: 401 with `detail` and a challenge, never 403."""
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = api.request(route.method, concrete(route), headers=headers, body=b"{}")
    assert (401, {"detail"}, 'JWT realm="api"') == (
        answer.status,
        answer.json.keys(),
        answer.headers["www-authenticate"],
    )


@pytest.mark.parametrize("scheme", ["JWT", "Bearer", "jwt", "BEARER"])
def test_both_schemes(api, scheme):
    """Both prefixes accept the token, in any capitalisation."""
    token = api.token("learner")
    assert 200 == api.get(ME, headers={"Authorization": f"{scheme} {token}"}).status


def forged(stage, **changes):
    """A token that is signed well, with other claims."""
    wiring = stage.wiring
    account = wiring.ledger.load(stage.id_of("learner")).state
    real = wiring.verifier.verify(stage.api.token("learner"), stage.clock())
    made = access_token(wiring, account, real.sid, account.token_generation, "password")
    return wiring.signer.sign(wiring.verifier.verify(made, stage.clock()).model_copy(update=changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "f" * 32},
        {"sid": "f" * 32},
        {"gen": 1},
        {"gen": -1},
        {"iss": "https://elsewhere.example"},
        {"aud": "elsewhere"},
    ],
    ids=str,
)
def test_tokens_that_do_not_count(stage, api, changes):
    """A token of nobody, without its session, of another generation, issuer or audience: 401."""
    assert 401 == api.get(ME, token=forged(stage, **changes)).status


def test_an_honest_forgery_counts(stage, api):
    """Without any of these changes the same token counts: the positive control."""
    assert 200 == api.get(ME, token=forged(stage)).status


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_a_changed_token(api, cut):
    """Any part changed: 401."""
    parts = api.token("learner").split(".")
    parts[cut] = parts[cut][:-4] + ("AAAA" if parts[cut][-4:] != "AAAA" else "BBBB")
    assert 401 == api.get(ME, token=".".join(parts)).status


def test_expiry(stage, api, new_account):
    """A token runs out by the service's clock, and not before."""
    token = api.token(new_account())
    stage.clock.advance(seconds=3599)
    assert 200 == api.get(ME, token=token).status
    stage.clock.advance(seconds=2)
    assert 401 == api.get(ME, token=token).status


@pytest.mark.parametrize("name", ["abc", "A.b_c-9", "x" * 128])
def test_the_request_id_is_echoed(api, name):
    """`X-Request-ID` is echoed if it is acceptable."""
    assert name == api.get(ME, as_="learner", headers={"X-Request-ID": name}).headers["x-request-id"]


@pytest.mark.parametrize("name", ["", "x" * 129, "a b", "é", "a\nb", 'x"'])
def test_or_else_a_new_one(api, name):
    """Else a new one."""
    given = api.get(ME, headers={"X-Request-ID": name}).headers["x-request-id"]
    assert name != given
    assert re.fullmatch("[0-9a-f]{32}", given)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_headers_of_every_answer(api, route):
    """Every answer names its request and forbids sniffing; answers about people are not stored."""
    caller = {} if route.public else {"as_": "superuser"}
    path = concrete(route).replace("learner/deactivate", "nobody/deactivate")
    answer = api.request(route.method, path, body=b"{}" if route.takes else None, **caller)
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert answer.headers["x-request-id"]
    if not route.public or route.takes or "activate" in route.path:
        assert "no-store" == answer.headers["cache-control"]


@pytest.mark.parametrize("query", ["email=x", "email=", "lms_user_id=1", "email=a&username=b"])
@pytest.mark.parametrize("path", [ME, "/api/user/v1/accounts/learner", "/api/user/v1/accounts/nobody"])
def test_look_up_parameters(api, new_account, path, query):
    """Their mere presence needs staff or superuser, also on `me` and on one account, and also when empty."""
    assert 403 == api.get(path, as_=new_account(), query=query).status
    assert 403 != api.get(path, as_="staff", query=query).status


def test_look_up_parameters_of_a_bare_superuser(api, bare_superuser):
    """A superuser may send them."""
    assert 200 == api.get(ME, as_=bare_superuser, query="email=x").status


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_an_unserved_method(api, route):
    """A method that no path of ours serves: 405, 401 before it where a token is due."""
    served = {each.method for each in ROUTES if each.path == route.path}
    method = next(each for each in ("DELETE", "PUT", "POST") if each not in served)
    answer = api.request(method, concrete(route), **({} if route.public else {"as_": holder_of(route)}))
    assert (405, {"detail"}) == (answer.status, answer.json.keys())
    assert method not in answer.headers["allow"]


@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "image/avif,image/webp", "application/json"])
def test_any_accept_header(api, accept):
    """What the client accepts changes nothing."""
    headers = {} if accept is None else {"Accept": accept}
    assert 200 == api.get(ME, as_="learner", headers=headers).status


def test_a_session_that_ran_out(stage, api, new_account):
    """Without a refresh a session ends after 28 days, its tokens with it."""
    username = new_account()
    token = api.token(username)
    stage.wiring.sessions.revoke(stage.id_of(username), stage.wiring.verifier.verify(token, stage.clock()).sid)
    assert 401 == api.get(ME, token=token).status
    assert timedelta(days=28).total_seconds() == stage.wiring.settings.refresh_token_seconds
