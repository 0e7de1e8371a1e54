"""What the pipeline, support and the people themselves do with retirements."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.histories import retirement
from tests.histories.account_rules import MOST_FAILURES, NAME, WHO, Requests, right
from tests.histories.model import STATES, SUPERUSER, WORKER, WORKING, Caller, Person
from tests.support.api import PASSWORD

ACCOUNTS = "/api/user/v1/accounts"
RENAMER = "username_replacement_service_worker"
STEPS = {
    "retire_misc": retirement.retire_misc,
    "retire": retirement.retire,
    "retirement_partner_report": retirement.request_report,
}


class RetirementRules(Requests):
    """Steps of a history on the way out, forwards and back."""

    def username(self, short: str) -> str:
        """A username of this history."""
        raise NotImplementedError

    def _original(self, person: Person) -> str:
        """The name under which drivers know somebody."""
        return person.row.original_username if person.row else person.username

    @precondition(lambda self: self.people)
    @rule(who=WHO, right_password=st.sampled_from([True, True, True, False]))
    def leave(self, who, right_password):
        person = self.person(who)
        caller = self.owner(person)
        known = self.model.knows(caller)
        if not right_password and person.failures >= MOST_FAILURES:
            return
        content = {"password": PASSWORD if right_password else "wrong"}
        answer = self.send("POST", f"{ACCOUNTS}/deactivate_logout", caller, content)
        expected = 401 if not known else 204 if right_password else 403
        self.expect(expected, answer)
        self.touched.append(person)
        if answer.status == 403:
            person.failures += 1
        if answer.status == 204:
            person.failures = 0
            found = self.send("GET", f"{ACCOUNTS}/{person.username}/retirement_status", Caller(WORKER)).json
            names = (found["retired_username"], found["retired_email"])
            retirement.leave(self.model, caller, found["id"], names)

    def _move(self, person: Person, caller: Caller, state: str, *, force: bool) -> None:
        username = self._original(person)
        content: dict[str, Any] = {"username": username, "new_state": state, "response": person.text()}
        if force:
            content["force"] = True
        expected = retirement.move(self.model, caller, username, state, force=force)
        answer = self.send("PATCH", f"{ACCOUNTS}/update_retirement_status", caller, content, keyed=True, about=None)
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(WORKER), state=st.sampled_from(STATES), force=st.booleans())
    def move(self, who, caller, state, force):
        self._move(self.person(who), self.caller(caller), state, force=force)

    def _step(self, person: Person, caller: Caller, step: str) -> None:
        username = self._original(person)
        expected = STEPS[step](self.model, caller, username)
        method = "PUT" if "partner" in step else "POST"
        answer = self.send(method, f"{ACCOUNTS}/{step}", caller, {"username": username}, keyed=True)
        self.expect(expected, answer)
        self.touched.append(person)
        if step == "retire" and expected == 204:
            self._forgot(person)

    def _forgot(self, person: Person) -> None:
        person.forgot = (self.model.now, self.process)

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(WORKER), step=st.sampled_from(sorted(STEPS)))
    def step(self, who, caller, step):
        self._step(self.person(who), self.caller(caller), step)

    @precondition(lambda self: any(each.row for each in self.people))
    @rule(who=WHO)
    def go_on(self, who):
        """The worker does what comes next for somebody who has left."""
        left = [each for each in self.people if each.row]
        person, worker = left[who % len(left)], Caller(WORKER)
        row = person.row
        if row.state not in WORKING and row.state != "COMPLETE":
            self._move(person, worker, "RETIRING_LMS", force=True)
        elif not person.erased:
            due = "retire" if row.misc_done else "retire_misc"
            self._step(person, worker, due)
        elif row.state != "COMPLETE":
            self._move(person, worker, "COMPLETE", force=False)
        else:
            self._clean_up(worker, [row.original_username])

    @rule(caller=right(WORKER), caught_up=st.booleans())
    def take_reports(self, caller, caught_up):
        caller = self.caller(caller)
        if caught_up:
            self.scene.catch_up(self.people)
        current = self.scene.is_current(self.people)
        waiting = {each.report.username for each in self.people if each.report and not each.report.handed_out}
        reports = {each.report.username: each.report for each in self.people if each.report}
        answer = self.send("POST", f"{ACCOUNTS}/retirement_partner_report", caller, {})
        rows = (
            [each for each in answer.json if each["original_username"].startswith(self.stem)]
            if answer.status == 200
            else []
        )
        given = [each["original_username"] for each in rows]
        expected = retirement.hand_out(self.model, caller, given)
        self.expect(expected, answer)
        assert set(given) <= waiting
        if expected == 200 and current:
            assert waiting == set(given)
        for each in rows:
            report = reports[each["original_username"]]
            assert (report.email, report.name) == (each["original_email"], each["original_name"])
        self.touched += self.people

    @rule(caller=right(WORKER), who=st.lists(WHO, max_size=3))
    def clean_up_reports(self, caller, who):
        caller = self.caller(caller)
        reported = [each for each in self.people if each.report]
        people = [reported[each % len(reported)] for each in who] if reported else []
        usernames = [each.report.username for each in people if each.report]
        expected = retirement.clean_up_reports(self.model, caller, usernames)
        content = [{"original_username": username} for username in usernames]
        answer = self.send("POST", f"{ACCOUNTS}/retirement_partner_report_cleanup", caller, content)
        self.expect(expected, answer)
        self._touch(people, erased=expected == 204)

    def _clean_up(self, caller: Caller, usernames: list[str]) -> None:
        people = [person for each in usernames if (person := self.model.with_row(each))]
        expected = retirement.clean_up(self.model, caller, usernames)
        answer = self.send("POST", f"{ACCOUNTS}/retirement_cleanup", caller, {"usernames": usernames})
        self.expect(expected, answer)
        self._touch(people, erased=expected == 204)

    def _touch(self, people: list[Person], *, erased: bool) -> None:
        self.touched += people
        if erased:
            for person in people:
                self._forgot(person)

    @precondition(lambda self: self.people)
    @rule(caller=right(WORKER), who=st.lists(WHO, max_size=3))
    def clean_up(self, caller, who):
        self._clean_up(self.caller(caller), [self._original(self.person(each)) for each in who])

    @precondition(lambda self: self.people)
    @rule(who=WHO, caller=right(SUPERUSER))
    def cancel(self, who, caller):
        person, caller = self.person(who), self.caller(caller)
        number = person.row.number if person.row else 10**9
        expected = retirement.cancel(self.model, caller, number)
        answer = self.send("POST", f"{ACCOUNTS}/cancel_retirement", caller, {"retirement_id": number})
        self.expect(expected, answer)
        self.touched.append(person)

    @precondition(lambda self: self.people)
    @rule(who=WHO, name=NAME)
    def rename(self, who, name):
        person, wanted = self.person(who), self.username(name)
        before, taken = person.username, self.model.name_taken(wanted)
        content = {"username_mappings": [{before: wanted}]}
        answer = self.send("POST", f"{ACCOUNTS}/replace_usernames", Caller(RENAMER), content)
        assert 200 == answer.status
        self.touched.append(person)
        if person.erased:
            assert [{before: wanted}] == answer.json["failed_replacements"]
            return
        (done,) = answer.json["successful_replacements"]
        assert taken != (done[before] == wanted)
        assert done[before].startswith(wanted)
        retirement.rename(self.model, person, done[before])
        self.types(person, done[before])
