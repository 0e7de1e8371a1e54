"""Passwords: argon2id, canonical form, upgrades, and equal cost."""

import os
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.identity.errors import PasswordTooLongError
from chalicelib.identity.passwords import LONGEST_PASSWORD, Passwords, Verdict

CHEAP = Passwords(memory_kib=8, passes=1, lanes=1)
DEAR = Passwords(memory_kib=16 * 1024, passes=4, lanes=1)
WRONG = Verdict(ok=False)


def test_right_password():
    """The password that was hashed is right, and needs no new hash."""
    assert Verdict(ok=True, rehash=None) == CHEAP.verify(CHEAP.hash("local-Passw0rd"), "local-Passw0rd")


def test_wrong_password():
    """Any other password is wrong."""
    assert WRONG == CHEAP.verify(CHEAP.hash("local-Passw0rd"), "local-passw0rd")


def test_parameters_are_stored():
    """A hash names argon2id and its parameters."""
    assert CHEAP.hash("x").startswith("$argon2id$v=19$m=8,t=1,p=1$")


def test_hashes_are_salted():
    """The same password never gives the same hash."""
    assert CHEAP.hash("x") != CHEAP.hash("x")


def test_compared_after_nfkc():
    """A password typed with other code points of the same characters is right (spec 40, section 2)."""
    assert CHEAP.verify(CHEAP.hash("\ufb01le \u00e9"), "file e\u0301").ok


def test_changed_parameters_give_a_new_hash():
    """A right password comes with a new hash, once the parameters have changed."""
    verdict = CHEAP.verify(Passwords(memory_kib=16, passes=1, lanes=1).hash("secret"), "secret")
    assert verdict.rehash is not None
    assert Verdict(ok=True, rehash=None) == CHEAP.verify(verdict.rehash, "secret")


def test_changed_parameters_tell_a_wrong_password_nothing():
    """A wrong password gives no new hash."""
    assert WRONG == CHEAP.verify(Passwords(memory_kib=16, passes=1, lanes=1).hash("secret"), "other")


def test_a_hash_that_nobody_knows_a_password_for():
    """It is as good as any: of today's parameters, never twice the same, and made without hashing anything."""
    unknown = DEAR.unknown(os.urandom)
    assert unknown != DEAR.unknown(os.urandom)
    assert unknown.rpartition("$")[0].rpartition("$")[0] == DEAR.hash("x").rpartition("$")[0].rpartition("$")[0]
    assert len(unknown) == len(DEAR.hash("x"))
    assert WRONG == DEAR.verify(unknown, "")


@pytest.mark.parametrize("stored", [None, "", "!", "$argon2id$", "pbkdf2_sha256$1$a$b", "\ud800"])
def test_without_a_hash_nothing_fits(stored: str | None):
    """No stored hash, an unusable one and a foreign one are wrong for any password."""
    assert WRONG == CHEAP.verify(stored, "")
    assert WRONG == CHEAP.verify(stored, "secret")


@pytest.mark.parametrize("stored", [None, "!"])
@pytest.mark.parametrize("password", ["guess", "x" * (LONGEST_PASSWORD + 1)])
def test_unknown_people_cost_the_same(stored: str | None, password: str):
    """Without a stored hash a dummy is computed, from the first call on (spec 40, section 2)."""
    known = min(seconds(DEAR.hash("secret"), "guess") for _ in range(3))
    assert seconds(stored, password) > known / 3


def seconds(stored: str | None, password: str) -> float:
    started = time.perf_counter()
    assert WRONG == DEAR.verify(stored, password)
    return time.perf_counter() - started


def test_a_too_long_password_is_wrong():
    """A password beyond the limit is wrong, also when it begins with the right one."""
    stored = CHEAP.hash("x" * LONGEST_PASSWORD)
    assert CHEAP.verify(stored, "x" * LONGEST_PASSWORD).ok
    assert WRONG == CHEAP.verify(stored, "x" * (LONGEST_PASSWORD + 1))


def test_a_too_long_password_is_not_hashed():
    """Hashing a password beyond the limit is refused, and the error does not repeat it."""
    with pytest.raises(PasswordTooLongError) as caught:
        CHEAP.hash("x" * (LONGEST_PASSWORD + 1))
    assert (LONGEST_PASSWORD, False) == (caught.value.limit, "xx" in str(caught.value))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_a_password(password: str):
    """Every string, lone surrogates and NUL included, can be a password."""
    assert CHEAP.verify(CHEAP.hash(password), password).ok


def test_argon2_is_not_imported_before_it_is_needed():
    """Importing the module leaves argon2 alone, for the cold start."""
    code = "import sys, chalicelib.identity.passwords; sys.exit('argon2' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
