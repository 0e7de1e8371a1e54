"""What can be read of a history, compared with the model."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.histories import views
from tests.histories.model import STAFF, STATES, SUPERUSER, WORKER, Caller, Person
from tests.histories.sending import NOBODY, Requests

STRANGER = Caller("learner")
RETIRED_NAME = re.compile(r"retired__user_[0-9a-f]{40}")
GONE = ("export", "at?version=1")


class Readings(Requests):
    """Assertions about everything that somebody may read."""

    def reads_account(self, person: Person) -> None:
        """The account, as staff and as strangers see it, and how many events it has."""
        path = f"/api/user/v1/accounts/{person.username}"
        answer = self.send("GET", path, Caller(STAFF))
        assert 200 == answer.status
        wanted = views.full(self.model, person)
        assert wanted == views.read(answer.json, wanted)
        assert f'"{person.version}"' == answer.headers["etag"], [each.type for each in person.history]
        shared = self.send("GET", path, STRANGER)
        assert views.fields_for_strangers(self.model, person) == set(shared.json)

    def reads_history(self, person: Person) -> None:
        """The history: old and new values until the person is forgotten, and the facts afterwards."""
        path = f"/api/user/v1/accounts/{person.username}/history?limit=200"
        readers = [Caller(STAFF), *(self._own(person))]
        for reader in readers:
            answer = self.send("GET", path, reader)
            assert 200 == answer.status
            shown = [{name: each[name] for name in each if name != "at"} for each in answer.json["results"]]
            assert views.history(person, reader) == shown
        assert 403 == self.send("GET", path, STRANGER).status
        assert 401 == self.send("GET", path, NOBODY).status

    def _own(self, person: Person) -> list[Caller]:
        callers = [Caller(None, person, token) for token in person.tokens]
        return [caller for caller in callers if self.model.knows(caller)][:1]

    def reads_row(self, person: Person) -> None:
        """The row under both names while it stands, and under none afterwards."""
        names = {person.username, person.row.original_username if person.row else person.username}
        for name in names:
            answer = self.send("GET", f"/api/user/v1/accounts/{name}/retirement_status", Caller(WORKER))
            assert (200 if person.row else 404) == answer.status, answer.text
            if person.row is not None:
                assert views.row(person) == _without_ids(answer.json)
        if person.has_left:
            assert RETIRED_NAME.fullmatch(person.retired_username)
            assert re.fullmatch(RETIRED_NAME.pattern + r"@retired\.invalid", person.retired_email)

    def tokens_count(self, person: Person) -> None:
        """Each token speaks for the person, under the name that they have now, or for nobody."""
        for token in person.tokens[-3:]:
            caller = Caller(None, person, token)
            answer = self.send("GET", "/api/user/v1/me", caller)
            assert (200 if self.model.knows(caller) else 401) == answer.status
            assert not self.model.knows(caller) or {"username": person.username} == answer.json

    def is_gone_if_erased(self, person: Person) -> None:
        """No export and no time travel of somebody who is erased."""
        for what in GONE:
            path = f"/api/user/v1/accounts/{person.username}/{what}"
            assert (410 if person.erased else 200) == self.send("GET", path, Caller(STAFF)).status

    def looks_up(self, addresses: list[str], usernames: list[str]) -> None:
        """Names and addresses lead to whose they are, and to nobody else."""
        for address in addresses:
            answer = self.send("GET", f"/api/user/v1/accounts?email={address}", Caller(STAFF))
            status, what = views.by_address(self.model, address)
            assert status == answer.status
            assert what == _found(answer)
        found = self.send("POST", "/api/user/v1/accounts/search_emails", Caller(STAFF), {"emails": addresses}).json
        assert {each.username for each in self.people if each.email in _spellings(addresses, each.email)} == {
            each["username"] for each in found
        }
        for username in usernames:
            status = self.send("GET", f"/api/user/v1/accounts/{username}", Caller(SUPERUSER)).status
            assert (200 if self.model.named(username) else 404) == status

    def queue_is_sane(self) -> None:
        """Even a view that lags lists nobody in a state that their row has not had."""
        for listed in self._listed(self._had()):
            person = next(each for each in self.people if listed["user"]["id"] == each.number)
            assert person.row is None or listed["current_state"]["state_name"] in person.row.had

    def _had(self) -> list[str]:
        """The states that rows that stand are in, or have been in."""
        return sorted({"PENDING"}.union(*(each.row.had for each in self.people if each.row)))

    def _listed(self, states: Sequence[str]) -> list[dict[str, Any]]:
        query = "&".join(f"states={state}" for state in states)
        path = f"/api/user/v1/accounts/retirement_queue?cool_off_days=0&{query}"
        rows = self.send("GET", path, Caller(WORKER)).json
        return [each for each in rows if each["user"]["id"] in {person.number for person in self.people}]

    def views_are_right(self) -> None:
        """Views that have everything show what the accounts are: the queue, by date, and names that wait."""
        self.scene.catch_up(self.people)
        listed = [person for person in self.people if views.is_listed(self.model, person)]
        expected = sorted((views.row(person) for person in listed), key=lambda each: each["id"])
        assert expected == [_without_ids(each) for each in self._listed(STATES)]
        for person in self.people:
            if person.row is not None:
                assert views.row(person) in [_without_ids(each) for each in self._by_date(person)]
        waiting = {each.username: each.pending_name for each in self.people if each.pending_name}
        assert waiting == {name: wanted for name, wanted in self._waiting_names() if name.startswith(self.stem)}

    def _by_date(self, person: Person) -> list[dict[str, Any]]:
        assert person.row is not None
        day = person.row.created.date()
        query = f"start_date={day - timedelta(days=1)}&end_date={day}&state={person.row.state}"
        found: list[dict[str, Any]] = self.send(
            "GET", f"/api/user/v1/accounts/retirements_by_status_and_date?{query}", Caller(WORKER)
        ).json
        return found

    def _waiting_names(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.send("GET", f"/api/user/v1/admin/name_changes?limit=200{cursor}", Caller(STAFF)).json
            found += [(each["username"], each["new_name"]) for each in page["results"]]
            cursor = f"&cursor={page['next']}" if page["next"] else None
        return found

    def is_whole(self) -> None:
        """Events, heads, claims, keys and view rows agree with each other."""
        for person in self.people:
            assert [] == list(self.scene.verification.checker.check(person.account).findings)

    def nothing_leaks(self) -> None:
        """No log line and no entry of the feed holds anything of anybody, ever."""
        assert [] == [line for line in self.scene.lines if self.stem in line.casefold()]
        assert [] == [entry for entry in self.scene.first.bus.taken if self.stem in repr(entry).casefold()]


def _without_ids(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the ids of its states, which a deployment has from its list."""
    states = {
        name: {key: row[name][key] for key in row[name] if key != "id"} for name in ("current_state", "last_state")
    }
    return {**row, **states}


def _found(answer: Any) -> Any:
    """What a look-up by address told: the username, the number of the row to cancel, `no`, or nothing."""
    if answer.status == 200:
        return answer.json[0]["username"]
    if not answer.text:
        return None
    return answer.json["retirement_id"] if answer.json["can_cancel_retirement"] else "no"


def _spellings(addresses: list[str], address: str) -> list[str]:
    """`address`, if it is asked for in any spelling."""
    return [address] if any(address.casefold() == each.casefold() for each in addresses) else []
