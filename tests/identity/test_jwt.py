"""Access tokens: signed by the key service, and refused for everything that is wrong with them."""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chalicelib.events.errors import KeyServiceUnavailableError
from chalicelib.identity.errors import InvalidTokenError
from chalicelib.identity.jwt import LONGEST_TOKEN, Claims, TokenSigner, TokenVerifier
from chalicelib.identity.public_keys import PublicKey
from tests.identity.key_service import KeysInMemory

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ISSUER = "https://rollcall.example/oauth2"
AUDIENCE = "rollcall"


def claims(**changed: Any) -> Claims:
    issued = int(NOW.timestamp())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": issued + 3600,
        "iat": issued,
        "sub": "0" * 32,
        "jti": "1" * 32,
        "sid": "2" * 32,
        "gen": 0,
        "preferred_username": "learner",
        "user_id": 7,
        "email": "learner@example.com",
        "email_verified": True,
        "name": "Zoë 学",
        "administrator": False,
        "superuser": False,
        "scopes": ("profile", "email"),
        "filters": ("user:me",),
        "version": "1.2.0",
        "grant_type": "password",
        "is_restricted": False,
    }
    return Claims(**(said | changed))


KMS = KeysInMemory()
KMS.make("current")
KMS.make("retired")
KMS.make("stranger")
KMS.make("next")
SIGNER = TokenSigner(KMS, "current")
VERIFIER = TokenVerifier(KMS, ["current", "retired"], ISSUER, AUDIENCE)
TOKEN = SIGNER.sign(claims())
HEADER, PAYLOAD, SIGNATURE = TOKEN.split(".")


def refusal(token: str, now: datetime = NOW) -> str:
    with pytest.raises(InvalidTokenError) as caught:
        VERIFIER.verify(token, now)
    return caught.value.reason


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: Any, payload: Any) -> str:
    """A token of any content with a signature that holds."""
    message = f"{header if isinstance(header, str) else segment(header)}.{segment(payload)}"
    answer = KMS.sign(
        KeyId="current",
        Message=hashlib.sha512(message.encode()).digest(),
        MessageType="DIGEST",
        SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_512",
    )
    return f"{message}.{segment(answer['Signature'])}"


def test_a_token_says_what_was_signed():
    """A token reads back to its claims, again and again."""
    assert [claims(), claims()] == [VERIFIER.verify(TOKEN, NOW), VERIFIER.verify(TOKEN, NOW)]


def test_others_can_read_it_with_the_published_keys():
    """A library that knows only the key set accepts the token by its `kid` (spec 40, section 6)."""
    keys = {key["kid"]: jwt.PyJWK(key) for key in VERIFIER.jwks()["keys"]}
    header = jwt.get_unverified_header(TOKEN)
    said = jwt.decode(
        TOKEN,
        keys[header["kid"]],
        algorithms=["RS512"],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert json.loads(claims().model_dump_json()) == said
    assert ("RS512", "JWT") == (header["alg"], header["typ"])


def test_key_set():
    """The key set shows the signing key first, then the retired ones, and public members only."""
    shown = VERIFIER.jwks()["keys"]
    kids = [TokenSigner(KMS, key).key.kid for key in ("current", "retired")]
    assert kids == [key["kid"] for key in shown]
    assert {("RSA", "sig", "RS512")} == {(key["kty"], key["use"], key["alg"]) for key in shown}
    assert [{"kty", "use", "alg", "kid", "n", "e"}] * 2 == [set(key) for key in shown]


def test_kid_is_the_thumbprint():
    """The `kid` is the RFC 7638 thumbprint of the public key, counted here as the RFC has it."""
    shown = VERIFIER.jwks()["keys"][0]
    members = {name: shown[name] for name in ("e", "kty", "n")}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    assert segment(hashlib.sha256(canonical).digest()) == shown["kid"]


def test_a_retired_key_still_counts():
    """Tokens of a retired key are accepted for as long as it is listed."""
    assert claims() == VERIFIER.verify(TokenSigner(KMS, "retired").sign(claims()), NOW)


def test_an_unlisted_key_does_not_count():
    """A well-made token of another key is refused by its `kid`."""
    assert "unknown_key" == refusal(TokenSigner(KMS, "stranger").sign(claims()))


def test_an_alias_that_moves_does_not_part_kid_and_signature():
    """A process that learnt its key by an alias goes on signing with that key when the alias moves."""
    KMS.aliases["alias/moving"] = "current"
    signer = TokenSigner(KMS, "alias/moving")
    signer.sign(claims())
    KMS.aliases["alias/moving"] = "next"
    assert claims() == VERIFIER.verify(signer.sign(claims()), NOW)


def test_expiry_by_the_clock_that_is_passed_in():
    """A token counts until the second it expires in, by the caller's clock, verified before or not."""
    ends = NOW + timedelta(seconds=3600)
    assert claims() == VERIFIER.verify(TOKEN, ends - timedelta(microseconds=1))
    assert "expired" == refusal(TOKEN, ends)
    assert claims() == VERIFIER.verify(TOKEN, NOW - timedelta(days=3650))


def test_another_issuer():
    """A token of another issuer is refused, although the key signed it."""
    assert "issuer" == refusal(SIGNER.sign(claims(iss="https://other.example")))


def test_another_audience():
    """A token for another audience is refused."""
    assert "audience" == refusal(SIGNER.sign(claims(aud="other")))


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", ""])
def test_none(alg: str):
    """A token without a signature is refused, however it says so."""
    kid = VERIFIER.jwks()["keys"][0]["kid"]
    for signature in ("", SIGNATURE):
        assert "unknown_key" == refusal(f"{segment({'alg': alg, 'kid': kid})}.{PAYLOAD}.{signature}")
    assert "signature" == refusal(f"{HEADER}.{PAYLOAD}.")


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_hs256_with_the_public_key(encoding: Encoding):
    """The public key is not taken for a shared secret."""
    secret = KMS.private("current").public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    kid = VERIFIER.jwks()["keys"][0]["kid"]
    message = f"{segment({'alg': 'HS256', 'kid': kid, 'typ': 'JWT'})}.{PAYLOAD}"
    mac = segment(hmac.digest(secret, message.encode(), "sha256"))
    assert "unknown_key" == refusal(f"{message}.{mac}")
    mac = segment(hmac.digest(secret, f"{HEADER}.{PAYLOAD}".encode(), "sha256"))
    assert "signature" == refusal(f"{HEADER}.{PAYLOAD}.{mac}")


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RS512", "typ": "JWT"},
        {"alg": "RS512", "kid": "unknown", "typ": "JWT"},
        {"alg": "RS512", "kid": ["x"], "typ": "JWT"},
        {"alg": "RS256", "kid": VERIFIER.jwks()["keys"][0]["kid"], "typ": "JWT"},
        {"alg": "RS512", "kid": "x", "jwk": VERIFIER.jwks()["keys"][0]},
        {"alg": "RS512", "kid": "../../dev/null", "jku": "https://attacker.example"},
        [],
        "null",
        "",
    ],
)
def test_other_headers(header: Any):
    """A header that this service does not write is refused, even over a signature that holds."""
    assert "unknown_key" == refusal(signed(header, json.loads(claims().model_dump_json())))


def test_a_changed_payload():
    """A signature holds for its own payload alone."""
    changed = segment(json.loads(claims(superuser=True).model_dump_json()))
    assert "signature" == refusal(f"{HEADER}.{changed}.{SIGNATURE}")


def test_parts_of_two_tokens():
    """Parts mixed from two logins are refused (spec 40, section 3)."""
    other = SIGNER.sign(claims(jti="9" * 32)).split(".")
    assert "signature" == refusal(f"{HEADER}.{other[1]}.{SIGNATURE}")
    assert "signature" == refusal(f"{HEADER}.{PAYLOAD}.{other[2]}")


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 2000, b'{"exp": 1e999}'])
def test_other_payloads(payload: bytes):
    """Even signed, what is not this service's claims is refused."""
    assert "claims" == refusal(signed(HEADER, payload))


@pytest.mark.parametrize("said", [{"exp": "9999999999"}, {"exp": None}, {"superuser": 1}, {"aud": [AUDIENCE]}])
def test_claims_of_another_type(said: dict[str, Any]):
    """Claims have exactly their types."""
    assert "claims" == refusal(signed(HEADER, json.loads(claims().model_dump_json()) | said))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        f"{TOKEN}.",
        f".{TOKEN}",
        f"{TOKEN}=",
        f"{TOKEN}\n",
        f" {TOKEN}",
        f"{HEADER}.{PAYLOAD}",
        f"{HEADER}.{PAYLOAD}=.{SIGNATURE}",
        f"{HEADER}.{PAYLOAD}.é",
        TOKEN.replace(".", "\uff0e"),
        "\ud800.\ud800.\ud800",
        "\x00" * 10,
        "a" * (LONGEST_TOKEN + 1),
        "." * (LONGEST_TOKEN + 1),
        f"{HEADER}.{'A' * 10_000_000}.{SIGNATURE}",
    ],
)
def test_malformed(token: str):
    """What is not three segments of base64url of a sane length is malformed."""
    assert refusal(token) in {"malformed", "unknown_key"}


segments = st.one_of(st.just(HEADER), st.just(PAYLOAD), st.just(SIGNATURE), st.text("Ab9-_=", max_size=20))
texts = st.text(st.characters(exclude_categories=()))


@settings(max_examples=300, deadline=None)
@given(st.one_of(texts, st.lists(st.one_of(segments, texts), max_size=5).map(".".join)))
def test_garbage_is_refused(token: str):
    """Any text is refused with InvalidTokenError, and nothing else is raised."""
    if token != TOKEN:
        assert refusal(token)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii"))
def test_one_wrong_character_is_refused(place: int, character: str):
    """A token with any one character changed is refused."""
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    if changed != TOKEN:
        assert refusal(changed)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_signed_garbage_is_refused(payload: bytes):
    """Even a payload that the key did sign is refused unless it is this service's claims."""
    assert "claims" == refusal(signed(HEADER, payload))


def test_the_error_repeats_no_token():
    """The text of a refusal holds nothing of the token."""
    with pytest.raises(InvalidTokenError) as caught:
        VERIFIER.verify(f"{HEADER}.{PAYLOAD}.AAAA", NOW)
    assert "token refused: signature" == str(caught.value)


def test_long_claims_are_signed_by_their_digest():
    """Claims beyond what KMS takes in one message are signed all the same."""
    long = claims(name="学" * 1300)
    assert long == VERIFIER.verify(SIGNER.sign(long), NOW)


def test_keys_are_fetched_once():
    """Signing asks for the public key once, verifying for each once."""
    kms = KeysInMemory()
    kms.make("only")
    signer, verifier = TokenSigner(kms, "only"), TokenVerifier(kms, ["only"], ISSUER, AUDIENCE)
    for _ in range(3):
        verifier.verify(signer.sign(claims()), NOW)
    assert {"get_public_key": 2, "sign": 3} == {call: kms.asked.count(call) for call in set(kms.asked)}


def test_a_key_service_that_fails_is_said_to():
    """Without KMS nothing is signed, and no token is called invalid for it."""
    kms = KeysInMemory()
    with pytest.raises(KeyServiceUnavailableError):
        TokenSigner(kms, "missing").sign(claims())
    with pytest.raises(KeyServiceUnavailableError):
        TokenVerifier(kms, ["missing"], ISSUER, AUDIENCE).verify(TOKEN, NOW)


def test_a_signing_key_that_fails_later_is_said_to():
    """Without the key no token is signed, also once its public half is known."""
    kms = KeysInMemory()
    kms.make("first")
    signer = TokenSigner(kms, "first")
    signer.sign(claims())
    kms.forget("first")
    with pytest.raises(KeyServiceUnavailableError):
        signer.sign(claims())


def test_a_key_of_another_kind_is_a_mistake():
    """A signing key that is not RSA is named as the fault it is."""
    der = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(TypeError, match="elliptic is not an RSA key"):
        PublicKey("elliptic", der).jwk()


def test_with_emulated_kms(monkeypatch: pytest.MonkeyPatch):
    """A key made in KMS for signing, named by its alias, signs tokens that verify."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        kms = botocore.session.get_session().create_client("kms", region_name="eu-west-1")
        key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/rollcall-tokens", TargetKeyId=key)
        token = TokenSigner(kms, "alias/rollcall-tokens").sign(claims())
        verifier = TokenVerifier(kms, ["alias/rollcall-tokens"], ISSUER, AUDIENCE)
        assert claims() == verifier.verify(token, NOW)


def test_cryptography_is_not_imported_before_it_is_needed():
    """Importing the module leaves cryptography's RSA and PyJWT alone, for the cold start."""
    late = "{'jwt', 'cryptography.hazmat.primitives.asymmetric.padding'}"
    code = f"import sys, chalicelib.identity.jwt; sys.exit(bool({late} & set(sys.modules)))"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
