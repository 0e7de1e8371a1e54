"""What the requests of a retirement come to by the contract (spec 20): the answer's status, and the model after it."""

from collections.abc import Sequence

from tests.histories.model import (
    DEAD_ENDS,
    NO_PROFILE,
    STATES,
    SUPERUSER,
    WORKING,
    Caller,
    Changes,
    Model,
    Person,
    Report,
    Row,
)


def leave(model: Model, caller: Caller, row: int, names: tuple[str, str]) -> None:
    """A person asked for their own retirement. `row` and the retired `names` are those that the service chose."""
    person = caller.person
    assert person is not None
    email, secondary = person.email, person.secondary
    if person.social_logins:
        person.happened("SocialLoginsRedacted")
        person.happened("SocialLoginsDeleted")
        person.social_logins = False
    if person.pending_secondary is not None:
        person.happened("PendingAddressRedacted")
    person.row = Row(row, model.now, model.now, person.username, email, str(person.profile["name"]))
    person.retired_username, person.retired_email = names
    person.retired_names, person.retired_address = {person.username.casefold()}, email
    person.email, person.password = person.retired_email, False
    person.lose_tokens()
    person.lose_links()
    changes: Changes = {"email": (email, person.email)}
    if secondary is not None:
        changes["secondary_email"] = (secondary, None)
    person.happened("RetirementRequested", **changes)


def _refusal(model: Model, caller: Caller) -> int | None:
    """Why a caller may not drive retirements."""
    if not model.knows(caller):
        return 401
    return None if caller.may_retire else 403


def move(model: Model, caller: Caller, username: str, state: str, *, force: bool) -> int:
    """A row is moved to another state."""
    refusal = _refusal(model, caller)
    if refusal:
        return refusal
    person = model.with_row(username)
    if person is None or person.row is None:
        return 404
    row = person.row
    forward = STATES.index(state) > STATES.index(row.state) and row.state not in DEAD_ENDS
    if not (force or forward):
        return 400
    row.last_state, row.state, row.modified = row.state, state, model.now
    row.had.add(state)
    person.happened("RetirementStateChanged", "service", caller.seed)
    return 204


def _working(model: Model, caller: Caller, username: str) -> Person | int:
    """The person whose row is in a working state, or why nothing is done."""
    refusal = _refusal(model, caller)
    if refusal:
        return refusal
    person = model.with_row(username)
    if person is None or person.row is None:
        return 404
    return person if person.row.state in WORKING else 400


def request_report(model: Model, caller: Caller, username: str) -> int:
    """The partner row is made, if there is an organisation to tell."""
    person = _working(model, caller, username)
    if isinstance(person, int):
        return person
    row = person.row
    if person.report is None and person.orgs and row is not None:
        person.report = Report(row.original_username, row.original_email, row.original_name)
        person.happened("PartnerReportRequested", "service", caller.seed)
    return 204


def retire_misc(model: Model, caller: Caller, username: str) -> int:
    """The requested name goes."""
    person = _working(model, caller, username)
    if isinstance(person, int):
        return person
    if person.row is not None and not person.row.misc_done:
        person.row.misc_done, person.pending_name = True, None
        person.happened("MiscellaneousDataErased", "service", caller.seed, pending_name_change=(None, None))
    return 204


def retire(model: Model, caller: Caller, username: str) -> int:
    """Everything personal goes, but for what the rows keep."""
    person = _working(model, caller, username)
    if isinstance(person, int):
        return person
    if person.erased:
        return 204
    if person.image:
        person.happened("ProfileImageRemoved", "service", caller.seed)
    person.happened("ProfileErased", "service", caller.seed)
    person.erased, person.image, person.active = True, False, False
    person.username, person.pending_name = person.retired_username, None
    person.profile, person.preferences = dict(NO_PROFILE), {}
    return 204


def hand_out(model: Model, caller: Caller, given: Sequence[str]) -> int:
    """The worker takes the partner list; `given` are the usernames of ours that the service gave."""
    refusal = _refusal(model, caller)
    if refusal:
        return refusal
    for username in given:
        person = model.with_report(username)
        assert person is not None, "a partner row that there is not was handed out"
        assert person.report is not None
        assert not person.report.handed_out, "a partner row was handed out twice"
        person.report.handed_out = True
        person.happened("PartnerReportHandedOut", "service", caller.seed)
    return 200


def clean_up_reports(model: Model, caller: Caller, usernames: Sequence[str]) -> int:
    """Partner rows that were handed out are deleted, all or none."""
    refusal = _refusal(model, caller)
    if refusal:
        return refusal
    people = [model.with_report(username) for username in usernames]
    whole = people and len(set(usernames)) == len(usernames)
    if not whole or not all(each and each.report and each.report.handed_out for each in people):
        return 400
    for person in people:
        if person is not None:
            person.happened("PartnerReportRedacted", "service", caller.seed)
            person.happened("PartnerReportRemoved", "service", caller.seed)
            person.report = None
    return 204


def clean_up(model: Model, caller: Caller, usernames: Sequence[str]) -> int:
    """Rows in COMPLETE are deleted, all or none."""
    refusal = _refusal(model, caller)
    if refusal:
        return refusal
    people = [model.with_row(username) for username in usernames]
    if len(set(usernames)) != len(usernames):
        return 400
    if not all(each and each.row and each.row.state == "COMPLETE" for each in people):
        return 400
    for person in people:
        if person is not None:
            person.happened("RetirementRedacted", "service", caller.seed)
            person.happened("RetirementCleanedUp", "service", caller.seed)
            person.row = None
            person.forget_originals()
    return 204


def cancel(model: Model, caller: Caller, row: int) -> int:
    """A retirement is taken back: the address is given back, the password is not."""
    if not model.knows(caller):
        return 401
    if caller.seed != SUPERUSER:
        return 403
    person = next((each for each in model.people if each.row and each.row.number == row), None)
    if person is None or person.row is None or person.row.state != "PENDING" or person.erased:
        return 400
    person.email = person.row.original_email
    person.happened("RetirementCancelled", "staff", caller.seed, email=(None, person.email))
    person.row = person.report = None
    person.forget_originals()
    person.retired_username = person.retired_email = person.retired_address = ""
    person.retired_names = set()
    person.deactivated = False
    return 200


def rename(model: Model, person: Person, username: str) -> None:
    """The worker for it gives the person another username, and their rows with it."""
    actor = "username_replacement_service_worker"
    person.happened("UsernameReplaced", "service", actor, username=(person.username, username))
    person.username = username
    if person.has_left:
        person.retired_names.add(username.casefold())
    if person.row is not None:
        person.row.original_username = username
    if person.report is not None:
        person.report.username = username
