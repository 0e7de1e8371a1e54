"""Commands about leaving and being retired."""

from tests.faults.asking import ACCOUNT, ACCOUNTS, Prepare, after, posts, sends, somebody
from tests.faults.commands_pictures import with_picture
from tests.faults.scene import Case, Scene
from tests.faults.trying import Command
from tests.pipeline.rows import Report, row
from tests.pipeline.world import WORKER
from tests.support.api import PASSWORD
from tests.support.gateway import Answer

WORKING = "LOCKING_ACCOUNT"
USERNAME_WORKER = "username_replacement_service_worker"


def rows(count: int, state: str, report: Report = Report.NONE) -> Prepare:
    """People with rows."""
    return lambda scene: Case(tuple(row(scene.world, state, report=report) for _ in range(count)))


def keep_number(scene: Scene, case: Case) -> None:
    """Keep the number of the row."""
    case.facts["row"] = scene.world.state(scene.world.id_of(case.people[0])).row.number


def by_worker(path: str, body=None, method: str = "POST"):
    """A request of the retirement worker."""
    return sends(method, f"{ACCOUNTS}/{path}", body, as_=WORKER)


def named(case: Case) -> dict[str, str]:
    """The body of most steps."""
    return {"username": case.people[0]}


def moved(case: Case) -> dict[str, str]:
    """The body of a transition."""
    return {**named(case), "new_state": "RETIRING_LMS", "response": "once"}


def all_replaced(answer: Answer) -> bool:
    """Whether all replacements are told to have succeeded."""
    return answer.status == 200 and not answer.json["failed_replacements"]


def move_to_working(scene: Scene, case: Case) -> Answer:
    """Leave, and be taken up by a driver."""
    assert 204 == scene.world.leave(case.people[0]).status
    return scene.world.move(case.people[0], WORKING)


leave = posts(f"{ACCOUNTS}/deactivate_logout", {"password": PASSWORD})
leaver: Prepare = somebody(social_logins=[{"provider": "google", "uid": "g-1"}])
shown_and_left: Prepare = after(with_picture, move_to_working)

COMMANDS = (
    Command("leave", ("POST /api/user/v1/accounts/deactivate_logout",), leaver, leave, refusals=frozenset({500})),
    Command(
        "deactivate",
        ("POST /api/user/v1/accounts/{username}/deactivate",),
        somebody(),
        posts(ACCOUNT + "/deactivate", as_="superuser"),
    ),
    Command(
        "move a row",
        ("PATCH /api/user/v1/accounts/update_retirement_status",),
        rows(1, WORKING),
        by_worker("update_retirement_status", moved, "PATCH"),
    ),
    Command(
        "retire_misc",
        ("POST /api/user/v1/accounts/retire_misc",),
        rows(1, WORKING),
        by_worker("retire_misc", named),
    ),
    Command("retire", ("POST /api/user/v1/accounts/retire",), shown_and_left, by_worker("retire", named)),
    Command(
        "retire_mailings",
        ("POST /api/user/v1/accounts/retire_mailings",),
        rows(1, WORKING),
        by_worker("retire_mailings", named),
    ),
    Command(
        "ask for a partner report",
        ("PUT /api/user/v1/accounts/retirement_partner_report",),
        rows(1, WORKING),
        by_worker("retirement_partner_report", named, "PUT"),
    ),
    Command(
        "take partner reports",
        ("POST /api/user/v1/accounts/retirement_partner_report",),
        rows(2, WORKING, Report.WAITING),
        by_worker("retirement_partner_report", {}),
    ),
    Command(
        "clean up partner reports",
        ("POST /api/user/v1/accounts/retirement_partner_report_cleanup",),
        rows(2, WORKING, Report.HANDED_OUT),
        by_worker(
            "retirement_partner_report_cleanup", lambda case: [{"original_username": name} for name in case.people]
        ),
    ),
    Command(
        "clean up",
        ("POST /api/user/v1/accounts/retirement_cleanup",),
        rows(2, "COMPLETE"),
        by_worker("retirement_cleanup", lambda case: {"usernames": list(case.people)}),
    ),
    Command(
        "cancel",
        ("POST /api/user/v1/accounts/cancel_retirement",),
        after(rows(1, "PENDING", Report.WAITING), keep_number),
        posts(f"{ACCOUNTS}/cancel_retirement", lambda case: {"retirement_id": case.facts["row"]}, as_="superuser"),
    ),
    Command(
        "replace usernames",
        ("POST /api/user/v1/accounts/replace_usernames",),
        lambda scene: Case((scene.world.new_account(), row(scene.world))),
        posts(
            f"{ACCOUNTS}/replace_usernames",
            lambda case: {"username_mappings": [{name: f"other-{name}"} for name in case.people]},
            as_=USERNAME_WORKER,
            headers={},
        ),
        refusals=frozenset({200}),
        claims=all_replaced,
    ),
    Command(
        "retire by a process that has just started",
        ("POST /api/user/v1/accounts/retire",),
        rows(1, WORKING),
        by_worker("retire", named),
        cold=True,
    ),
)
