"""How a session's refresh tokens replace one another, without any store (spec 40, section 6)."""

from chalicelib.identity.session import GRACE_SECONDS, KEPT, Session, SessionKind

LIFETIME = 1000


def begun(now: int = 0) -> Session:
    return Session(
        account="a",
        session_id="s",
        kind=SessionKind.TOKEN,
        generation=1,
        created=now,
        last_used=now,
        expires=now + LIFETIME,
        family="00",
        waiting={"first": now + LIFETIME},
        replaced={},
    )


def test_the_first_token_is_accepted_until_it_runs_out():
    """A token that waits is good for its lifetime."""
    assert (True, False) == (begun().accepts("first", LIFETIME - 1), begun().accepts("first", LIFETIME))


def test_unknown_tokens_are_not_accepted():
    """A digest that the session does not know is no good."""
    assert not begun().accepts("other", 0)


def test_rotation_slides_the_session():
    """A refresh moves the last use and the end of the session."""
    rotated = begun().rotated("first", "second", 400, LIFETIME)
    assert (0, 400, 400 + LIFETIME) == (rotated.created, rotated.last_used, rotated.expires)


def test_grace_counts_from_the_first_use():
    """A replaced token stays good for sixty seconds, and using it again does not make that longer."""
    rotated = begun().rotated("first", "second", 0, LIFETIME).rotated("first", "third", 50, LIFETIME)
    assert rotated.accepts("first", GRACE_SECONDS - 1)
    assert not rotated.accepts("first", GRACE_SECONDS)


def test_children_go_on_by_themselves():
    """Two children of one token are both good, and using one leaves the other as it was."""
    both = begun().rotated("first", "second", 0, LIFETIME).rotated("first", "third", 1, LIFETIME)
    later = both.rotated("second", "fourth", 500, LIFETIME)
    assert later.accepts("third", 900)


def test_what_is_over_is_forgotten():
    """Tokens that ran out and graces that ended leave the session at the next rotation."""
    rotated = begun().rotated("first", "second", 0, LIFETIME).rotated("second", "third", 100, LIFETIME)
    assert (["third"], ["second"]) == (list(rotated.waiting), list(rotated.replaced))


def test_the_session_stays_small():
    """However often a token is refreshed at once, the newest children are kept and the session is bounded."""
    session = begun()
    for number in range(3 * KEPT):
        session = session.rotated("first", f"child {number}", 0, LIFETIME)
    assert (KEPT, 1) == (len(session.waiting), len(session.replaced))
    assert session.accepts(f"child {3 * KEPT - 1}", 1)
