"""What people and staff do with accounts: registration, changes, names, addresses, passwords, support."""

import re
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.histories import commands
from tests.histories.model import NO_PROFILE, RESET_LIFE, STAFF, SUPERUSER, WORKER, Caller, Person, Reset
from tests.histories.sending import MERGE, NOBODY, Requests
from tests.support.api import PASSWORD
from tests.support.pictures import picture

MOST_PEOPLE = 4
MOST_FAILURES = 4
"""Fewer than what locks a login."""

LINK = re.compile(r"https?://[^/\s]+(/(?:email_confirm|activate_secondary_email|activate)/[^\s/]+)")
RESET = re.compile(r"https?://[^/\s]+/password_reset_confirm/([^/\s]+)/")
PICTURE = picture("PNG", (60, 50))
NAMES = ("ada", "Ada", "bob", "cyd")
ADDRESSES = ("m1", "M1", "m2", "m3", "m4")
TEXT = "a text of one's own"
"""Stands for a text that nobody has written before."""

WHO = st.integers(0, MOST_PEOPLE - 1)
CALLERS = st.sampled_from([None, STAFF, SUPERUSER, WORKER, 0, 1])
NAME = st.sampled_from(NAMES)
ADDRESS = st.sampled_from(ADDRESSES)
VERSION = st.sampled_from([None, None, None, 0, -1])
"""What If-Match names: nothing, the present version, or the one before."""

FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([TEXT, TEXT, TEXT, ""]),
        "bio": st.sampled_from([TEXT, None, ""]),
        "goals": st.sampled_from([TEXT, None, ""]),
        "country": st.sampled_from(["US", "SE", None]),
        "state": st.sampled_from(["CA", None]),
        "year_of_birth": st.sampled_from([1990, 2015, None, "soon"]),
        "account_privacy": st.sampled_from(["all_users", "private", "custom", None]),
        "language_proficiencies": st.lists(st.sampled_from(["de", "en"]), unique=True).map(
            lambda codes: [{"code": code} for code in sorted(codes)]
        ),
        "social_links": st.sampled_from([TEXT, ""]).map(lambda link: [{"platform": "x", "social_link": link}]),
        "extended_profile": st.just([{"field_name": "conlangs_spoken", "field_value": TEXT}]),
    },
)
PREFERENCES = st.dictionaries(
    st.sampled_from(["pref-lang", "visibility.bio", "visibility.name", "own"]),
    st.sampled_from(["all_users", TEXT, None]),
    min_size=1,
)


def right(seed: str) -> st.SearchStrategy[Any]:
    """Mostly the seed account that may, sometimes somebody else."""
    return st.one_of(st.just(seed), st.just(seed), st.just(seed), CALLERS)


class AccountRules(Requests):
    """Steps of a history before anybody is forgotten, and meanwhile."""

    def address(self, short: str) -> str:
        """An address of this history."""
        return f"{self.stem}.{short}@example.com"

    def username(self, short: str) -> str:
        """A username of this history."""
        return f"{self.stem}{short}"

    def _new(self, name: str, address: str, *, active: bool) -> Person:
        mark = f"{self.stem}p{len(self.people)}x{self.scene.first.stage.fresh('n')}x"
        person = Person(mark, self.username(name), self.address(address), dict(NO_PROFILE), active)
        person.profile["name"] = person.text()
        return person

    def _began(self, person: Person) -> None:
        person.account = self.scene.first.id_of(person.username)
        person.number = self.scene.first.state(person.account).number
        self.types(person, person.username, person.email)
        self.touched.append(person)

    @initialize(logins=st.booleans())
    def begin(self, logins):
        """Every history has two people at least."""
        self._provision(Caller(SUPERUSER), "ada", "m1", orgs=True, logins=logins)
        self._provision(Caller(SUPERUSER), "bob", "m2", orgs=False, logins=False)

    @precondition(lambda self: len(self.people) < MOST_PEOPLE)
    @rule(caller=right(SUPERUSER), name=NAME, address=ADDRESS, orgs=st.booleans(), logins=st.booleans())
    def provision(self, caller, name, address, orgs, logins):
        self._provision(self.caller(caller), name, address, orgs=orgs, logins=logins)

    def _provision(self, caller: Caller, name: str, address: str, *, orgs: bool, logins: bool) -> None:
        person = self._new(name, address, active=True)
        person.profile["year_of_birth"] = 1990
        person.orgs = (f"{person.mark}org",) if orgs else ()
        person.social_logins = logins
        form = {
            "username": person.username,
            "email": person.email,
            "name": person.profile["name"],
            "password": PASSWORD,
            "profile": {"year_of_birth": 1990},
            "orgs": list(person.orgs),
            "social_logins": [{"provider": person.mark, "uid": person.mark}] if logins else [],
        }
        expected = commands.provision(self.model, caller, person)
        answer = self.send("POST", "/api/user/v1/admin/accounts", caller, form, keyed=True, about=person)
        self.expect(expected, answer)
        if answer.status == 201:
            self._began(person)

    @precondition(lambda self: len(self.people) < MOST_PEOPLE)
    @rule(name=NAME, address=ADDRESS)
    def register(self, name, address):
        person = self._new(name, address, active=False)
        form = {
            "username": person.username,
            "email": person.email,
            "name": person.profile["name"],
            "password": PASSWORD,
        }
        expected = commands.register(self.model, person)
        answer = self.send("POST", "/api/user/v2/account/registration", content=form)
        self.expect(expected, answer)
        if answer.status == 200:
            person.activation = self._mailed_link(person.email)
            self._began(person)

    def _mailed_link(self, address: str) -> str:
        found = LINK.search(self.scene.mailbox.mails[-1].text)
        assert address == self.scene.mailbox.mails[-1].to
        assert found is not None
        return found[1]

    @precondition(lambda self: self.people)
    @rule(who=WHO)
    def activate(self, who):
        person = self.person(who)
        link = person.activation
        if link is not None:
            expected = commands.activate(self.model, person)
            self.expect(expected, self.send("GET", link))
            self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, by_address=st.booleans())
    def log_in_if_possible(self, who, by_address):
        """Also of people who are disabled, deactivated, or have left."""
        person = self.person(who)
        if person.failures < MOST_FAILURES:
            self.log_in(person.email if by_address else person.username)

    @precondition(lambda self: self.people)
    @rule(who=WHO, fields=FIELDS, version=VERSION, keyed=st.booleans())
    def patch(self, who, fields, version, keyed):
        person = self.person(who)
        self._patch(person, self.owner(person), self._written(person, fields), version, keyed=keyed)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=CALLERS)
    def patch_anothers(self, who, caller):
        self._patch(self.person(who), self.caller(caller), {"goals": "theirs"}, None, keyed=False)

    @precondition(lambda self: self.people)
    @rule(who=WHO, field=st.sampled_from(["email", "secondary_email"]), address=st.one_of(ADDRESS, st.just("")))
    def ask_for_address(self, who, field, address):
        person = self.person(who)
        self._patch(person, self.owner(person), {field: self.address(address) if address else ""}, None, keyed=False)

    def _written(self, person: Person, value: Any) -> Any:
        """`value` with a text of the person's own for each that stands for one."""
        if isinstance(value, dict):
            return {name: self._written(person, each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._written(person, each) for each in value]
        return person.text() if value == TEXT else value

    def _patch(
        self, person: Person, caller: Caller, fields: dict[str, Any], version: int | None, *, keyed: bool
    ) -> None:
        wanted = None if version is None else person.version + version
        mailed = {
            name: self.model.owner(fields[name]) is None for name in ("email", "secondary_email") if name in fields
        }
        mails = len(self.scene.mailbox.mails)
        expected = commands.patch(self.model, caller, person.username, fields, wanted)
        path = f"/api/user/v1/accounts/{person.username}"
        answer = self.send("PATCH", path, caller, fields, kind=MERGE, version=wanted, keyed=keyed, about=person)
        self.expect(expected, answer)
        self.touched.append(person)
        due = [name for name, free in mailed.items() if free and expected == 200]
        assert len(due) == len(self.scene.mailbox.mails) - mails
        for name in due:
            pending = person.pending_email if name == "email" else person.pending_secondary
            assert pending is not None
            pending.link = self._mailed_link(pending.address)
        if expected == 200 and caller.person is person:
            self.types(person, *(fields[name] for name in mailed))

    @precondition(lambda self: self.people)
    @rule(who=WHO, primary=st.booleans())
    def open_link(self, who, primary):
        person = self.person(who)
        pending = person.pending_email if primary else person.pending_secondary
        if pending is not None and pending.link is not None:
            opens = commands.open_email_link if primary else commands.open_secondary_link
            expected = opens(self.model, person)
            answer = self.send("GET", pending.link)
            self.expect(expected, answer)
            self.touched.append(person)

    @precondition(lambda self: any(each.dead_links for each in self.people))
    @rule(who=WHO, which=st.integers(0, 9))
    def open_dead_link(self, who, which):
        dead = [link for each in self.people for link in each.dead_links]
        link = dead[which % len(dead)]
        self.touched += self.people
        if link.startswith("/password/"):
            self._use_reset(link, works=False)
        else:
            assert 404 == self.send("GET", link).status

    @precondition(lambda self: self.people)
    @rule(who=WHO, values=PREFERENCES, version=VERSION)
    def patch_preferences(self, who, values, version):
        person = self.person(who)
        caller = self.owner(person)
        written = self._written(
            person, {f"{person.mark}own" if key == "own" else key: each for key, each in values.items()}
        )
        wanted = None if version is None else person.version + version
        expected = commands.patch_preferences(self.model, caller, person.username, written, wanted)
        path = f"/api/user/v1/preferences/{person.username}"
        answer = self.send("PATCH", path, caller, written, kind=MERGE, version=wanted)
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, other=st.booleans())
    def request_name(self, who, other):
        person = self.person(who)
        caller = self.owner(person)
        name = person.text() if other else str(person.profile["name"] or "nobody")
        expected = commands.request_name(self.model, caller, name) if caller.person else 401
        answer = self.send("POST", "/api/user/v1/accounts/name_change", caller, {"name": name})
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(STAFF), approved=st.booleans())
    def decide_name(self, who, caller, approved):
        person, caller = self.person(who), self.caller(caller)
        expected = commands.decide_name(self.model, caller, person.username, approved=approved)
        confirm = f"/api/user/v1/accounts/name_change/{person.username}/confirm"
        refuse = f"/api/user/v1/admin/name_changes/{person.username}/refuse"
        answer = self.send("POST", confirm if approved else refuse, caller, {"comment": person.text()})
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(STAFF), disables=st.booleans())
    def switch(self, who, caller, disables):
        person, caller = self.person(who), self.caller(caller)
        expected = commands.switch(self.model, caller, person.username, disables=disables)
        path = f"/api/user/v1/admin/accounts/{person.username}/{'disable' if disables else 'enable'}"
        answer = self.send("POST", path, caller, {"comment": person.text()}, keyed=True, about=person)
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(SUPERUSER), several=st.booleans())
    def set_orgs(self, who, caller, several):
        person, caller = self.person(who), self.caller(caller)
        orgs = [f"{person.mark}org", "mb_coaching"] if several else []
        expected = commands.set_orgs(self.model, caller, person.username, orgs)
        path = f"/api/user/v1/admin/accounts/{person.username}"
        answer = self.send("PATCH", path, caller, {"orgs": orgs}, kind=MERGE)
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(SUPERUSER))
    def deactivate(self, who, caller):
        person, caller = self.person(who), self.caller(caller)
        expected = commands.deactivate(self.model, caller, person.username)
        answer = self.send("POST", f"/api/user/v1/accounts/{person.username}/deactivate", caller)
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO)
    def set_picture(self, who):
        person = self.person(who)
        caller = self.owner(person)
        expected = commands.set_picture(self.model, caller, person.username)
        path = f"/api/user/v1/accounts/{person.username}/image"
        answer = self.send("POST", path, caller, PICTURE, kind="image/png")
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(STAFF))
    def remove_picture(self, who, caller):
        person, caller = self.person(who), self.caller(caller)
        expected = commands.remove_picture(self.model, caller, person.username)
        answer = self.send("DELETE", f"/api/user/v1/accounts/{person.username}/image", caller)
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(address=ADDRESS)
    def ask_reset(self, address):
        mails = len(self.scene.mailbox.mails)
        person = commands.ask_reset(self.model, self.address(address))
        answer = self.send("POST", "/account/password", NOBODY, {"email": self.address(address)})
        self.expect(200, answer)
        mailed = self.scene.mailbox.mails[mails:]
        assert (1 if person else 0) == len(mailed)
        if person is not None:
            found = RESET.search(mailed[0].text)
            assert found is not None
            person.lose_reset()
            person.reset = Reset(f"/password/reset/{found[1]}/", self.model.now + RESET_LIFE)

    @precondition(lambda self: any(each.reset for each in self.people))
    @rule(who=WHO)
    def reset_password(self, who):
        asked = [each for each in self.people if each.reset]
        person = asked[who % len(asked)]
        link = person.reset.link
        self._use_reset(link, works=commands.reset_password(self.model, person))
        self.touched.append(person)

    def _use_reset(self, link: str, *, works: bool) -> None:
        form = f"new_password1={PASSWORD}&new_password2={PASSWORD}".encode()
        answer = self.send("POST", link, NOBODY, form, kind="application/x-www-form-urlencoded")
        self.expect(200, answer)
        self.broken = works != answer.json["reset_status"]
        assert not self.broken
