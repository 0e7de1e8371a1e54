"""`rollcall create-superuser` and `create-client`: the first account, and OAuth clients."""

import getpass
import os
import secrets
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from chalicelib.accounts.errors import RegistrationRefusedError
from chalicelib.accounts.registration import Applicant, Provision, check_applicant, provision
from chalicelib.accounts.rules.fault import Fault
from chalicelib.api.registration import create, new_account, taken
from chalicelib.events.event import Role
from chalicelib.identity.clients import Grant
from ops.finding import found
from ops.running import CannotRunError, Job, Json, findings, running

PASSWORD = "ROLLCALL_PASSWORD"  # noqa: S105 - the name of a variable
SECRET_BYTES = 32


def create_superuser(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="The new username.")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address.")],
    name: Annotated[str, typer.Option(help="The full name.")] = "Administrator",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an active account with all rights. The password is asked for, or read from ROLLCALL_PASSWORD or stdin."""
    password = _password(from_stdin=password_stdin)
    with running(as_json=as_json) as job:
        form = {"username": username, "email": email, "name": name, "password": password}
        applicant, faults = check_applicant(form, {}, job.wiring.policy, password_required=True)
        if applicant is None:
            raise typer.BadParameter(_told(faults), param_hint=" ".join(faults))
        content = _created(job, applicant)
        job.out.document(content, lambda: _say_created(job, content))
        findings(bool(content["taken"]))


def create_client(
    client_id: Annotated[str, typer.Argument(metavar="CLIENT_ID", help="The client id: printable ASCII.")],
    grant: Annotated[list[Grant], typer.Option(help="What it may ask the token endpoint for; may be repeated.")],
    account: Annotated[str | None, typer.Option(help="The username it speaks for, with client_credentials.")] = None,
    public: Annotated[bool, typer.Option("--public", help="Without a secret: a login page, an app.")] = False,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Read the secret from standard input instead of making one.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the client if it is there.")] = False,
    as_json: Json = False,
) -> None:
    """Register an OAuth client. Its secret is made and shown once."""
    _refuse_nonsense(client_id, grant, account, public=public, secret_stdin=secret_stdin)
    given = _first_line("secret") if secret_stdin else None
    with running(as_json=as_json) as job:
        if not replace and job.wiring.clients.find(client_id) is not None:
            raise CannotRunError("There is such a client; --replace gives it another secret and other grants.")
        secret = None if public else given or secrets.token_urlsafe(SECRET_BYTES)
        speaks_for = None if account is None else found(job.wiring, account).account
        job.wiring.clients.register(client_id, secret, grant, speaks_for)
        content: dict[str, Any] = {
            "client_id": client_id,
            "grants": sorted(each.value for each in grant),
            "account": account,
            "secret": None if secret_stdin else secret,
        }
        job.out.document(content, lambda: _say_client(job, content))


def _created(job: Job, applicant: Applicant) -> dict[str, Any]:
    """The account, or which of username and address somebody has."""
    content: dict[str, Any] = {"username": applicant.username, "account": None, "taken": []}
    clash = taken(job.wiring, applicant.username, applicant.email)
    if clash:
        return content | {"taken": sorted(clash)}
    new = new_account(job.wiring, applicant)
    rights = Provision(staff=True, superuser=True)
    decision = provision(applicant, rights, new, job.context(Role.SYSTEM, "create-superuser"))
    try:
        create(job.wiring, new.id, decision)
    except RegistrationRefusedError as error:
        return content | {"taken": sorted(error.taken)}
    return content | {"account": new.id}


def _say_created(job: Job, content: Mapping[str, Any]) -> None:
    if content["taken"]:
        job.out.line(f"Nothing was made: somebody has this {' and this '.join(content['taken'])}.")
    else:
        job.out.line(f"{content['username']} is there, account {content['account']}.")


def _say_client(job: Job, content: Mapping[str, Any]) -> None:
    job.out.line(f"Client {content['client_id']} may use: {', '.join(content['grants'])}.")
    if content["secret"] is not None:
        job.out.line(f"Its secret, which is not shown again: {content['secret']}")


def _refuse_nonsense(
    client_id: str, grants: list[Grant], account: str | None, *, public: bool, secret_stdin: bool
) -> None:
    """Raise `BadParameter` for a client that could not get a token."""
    if not client_id.isascii() or not client_id.isprintable() or not 1 <= len(client_id) <= 255:
        raise typer.BadParameter("is 1 to 255 printable ASCII characters.", param_hint="CLIENT_ID")
    if (Grant.CLIENT_CREDENTIALS in grants) != (account is not None):
        raise typer.BadParameter("goes with the grant client_credentials, and that needs it.", param_hint="--account")
    if public and (Grant.CLIENT_CREDENTIALS in grants or secret_stdin):
        raise typer.BadParameter("a public client has no secret, and no client_credentials.", param_hint="--public")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return _first_line("password")
    given = os.environ.get(PASSWORD)
    if given:
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"Give it with --password-stdin or {PASSWORD}.", param_hint="password")
    typed = getpass.getpass("Password: ")
    if typed != getpass.getpass("Again: "):
        raise typer.BadParameter("The two differ.", param_hint="password")
    return typed


def _first_line(what: str) -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise typer.BadParameter(f"There is no {what} on standard input.", param_hint=f"--{what}-stdin")
    return line


def _told(faults: Mapping[str, Fault]) -> str:
    return " ".join(fault.user_message for fault in faults.values())
