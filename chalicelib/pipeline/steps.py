"""The steps of a retirement, each safe to repeat: what others must do first, then one commit (spec 20, section 8).

A step that is done does nothing again. A hook that fails ends the step before anything is stored.
"""

from collections.abc import Callable

from chalicelib.accounts.account import Account
from chalicelib.accounts.provisioning import real_orgs
from chalicelib.accounts.retirement import Originals, RetirementRow
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.errors import TooContendedError
from chalicelib.hooks.port import HookCall, HookName
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.retirement import erasing, partners
from chalicelib.retirement.errors import NoRowError
from chalicelib.retirement.transitions import Move, change_state, require_working

ERASE_TRIES = 5
ALL_NAMES = ("username", "email")
ADDRESSES = ("email",)


def move(services: PipelineServices, found: Loaded[Account], to: Move, asked: Asked) -> None:
    """Move the account's row. Raises `NoRowError`, `TransitionRefusedError`."""
    row, states = _row(found).number, services.states
    _execute(services, found, lambda account: change_state(account, row, to, states, asked.context()), asked)


def retire_misc(services: PipelineServices, found: Loaded[Account], asked: Asked) -> None:
    """Tell the services that the step `retire_misc` stands for, then forget the requested name.

    Raises `NoRowError`, `NotWorkingError`, `HookFailedError`.
    """
    row, states = _row(found).number, services.states
    if erasing.misc_is_due(found.state, row, states):
        _call(services, found, HookName.LMS, "retire_misc", ALL_NAMES)
        _call(services, found, HookName.MAILING_LISTS, "retire_misc", ADDRESSES)
    _execute(services, found, lambda account: erasing.erase_misc(account, row, states, asked.context()), asked)


def retire(services: PipelineServices, found: Loaded[Account], asked: Asked) -> None:
    """Erase the account: other services first, sessions and counters, then everything personal with its key.

    Raises `NoRowError`, `NotWorkingError`, `HookFailedError`.
    """
    row, states = _row(found).number, services.states
    if erasing.profile_is_due(found.state, row, states):
        _call(services, found, HookName.CERTIFICATES, "retire", ALL_NAMES)
        end_sessions(services, found)
        services.lockout.clear(services.digests.of("login", found.account.encode()))
    _erase(services, found, row, asked)
    # Afterwards: an export that is written meanwhile finds the account erased, or is found here by its note.
    services.exports.forget(found.account)


def _erase(services: PipelineServices, found: Loaded[Account], row: int, asked: Asked) -> None:
    """Delete the pictures, then erase the profile; again, if another picture was set between the two."""
    states = services.states
    for _ in range(ERASE_TRIES):
        services.album.forget(found.state)
        shown = found.state.image.id if found.state.image else None

        def decide(account: Account, shown: str | None = shown) -> Decision:
            if account.image is not None and account.image.id != shown:
                raise PictureChangedError
            return erasing.erase_profile(account, row, states, asked.context())

        try:
            return _execute(services, found, decide, asked)
        except PictureChangedError:
            found = services.ledger.load(found.account) or found
    raise TooContendedError(found.account)


class PictureChangedError(Exception):
    """The account shows another picture than the one that was deleted."""


def retire_mailings(services: PipelineServices, found: Loaded[Account], asked: Asked) -> None:
    """Tell the mailing lists alone, an older driver's step.

    Raises `NoRowError`, `NotWorkingError`, `HookFailedError`.
    """
    row, states = _row(found).number, services.states
    require_working(found.state, row, states)
    _call(services, found, HookName.MAILING_LISTS, "retire_mailings", ADDRESSES)
    _execute(services, found, lambda account: _nothing(account, row, services), asked)


def partner_report(services: PipelineServices, found: Loaded[Account], asked: Asked) -> None:
    """Make the partner row, if any organisation is to be told.

    Raises `NoRowError`, `NotWorkingError`, `HookFailedError`.
    """
    row, states = _row(found).number, services.states
    orgs: tuple[str, ...] = ()
    report = 0
    if partners.report_is_due(found.state, row, states):
        named = _call(services, found, HookName.ORGANISATIONS, "partner_report", ())
        orgs = partners.own_orgs(found.state) if named is None else real_orgs(named)
        report = services.ledger.next_number("partner") if orgs else 0
    _execute(
        services,
        found,
        lambda account: partners.request_report(account, row, report, orgs, states, asked.context()),
        asked,
    )


def end_sessions(services: PipelineServices, found: Loaded[Account], _: Asked | None = None) -> None:
    """Delete every session of the account; its tokens are dead already."""
    services.sessions.end_all(found.account)


ACTIONS: dict[str, Callable[[PipelineServices, Loaded[Account], Asked], None]] = {
    "end_sessions": end_sessions,
    "partner_report": partner_report,
    "retire_mailings": retire_mailings,
    "retire_misc": retire_misc,
    "retire": retire,
}
"""What a pipeline may do in a working state, by the name that the setting gives it."""


def _execute(
    services: PipelineServices, found: Loaded[Account], decide: Callable[[Account], Decision], asked: Asked
) -> None:
    services.ledger.execute(found.account, decide, asked.command, first=found)


def _nothing(account: Account, row: int, services: PipelineServices) -> Decision:
    require_working(account, row, services.states)
    return Decision()


def _call(
    services: PipelineServices, found: Loaded[Account], hook: HookName, step: str, names: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Call a hook for a step of the account's row, with the original and retired `names`."""
    row, originals = _row(found), _originals(found)
    details = {}
    for name in names:
        details[f"original_{name}"] = getattr(originals, name)
        details[f"retired_{name}"] = getattr(found.state, f"retired_{name}")
    place = services.digests.of("hook", hook.encode(), step.encode(), found.account.encode(), str(row.number).encode())
    return services.hooks.call(HookCall(hook, place[:32], found.state.number, details))


def _row(found: Loaded[Account]) -> RetirementRow:
    if found.state.row is None:
        raise NoRowError
    return found.state.row


def _originals(found: Loaded[Account]) -> Originals:
    if found.state.originals is None:
        raise NoRowError
    return found.state.originals
