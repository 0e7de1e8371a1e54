"""Making a retirement row, as leaving does: the notice first, then the commit (spec 20, section 5).

The API does it for a person who has shown the password, the operator's command for one who cannot log in.
"""

from chalicelib.accounts.account import Account
from chalicelib.events.aggregate import Decision, Loaded
from chalicelib.events.ledger import Committed
from chalicelib.mail.leaving import leaving_notice
from chalicelib.pipeline.ports import Asked, PipelineServices
from chalicelib.retirement.leaving import leave, require_not_leaving


def request_retirement(services: PipelineServices, found: Loaded[Account], asked: Asked) -> Committed[Account]:
    """Mail the notice, then make the row; to be called under the account's lease, with the account as it is now.

    Raises `AlreadyLeavingError`, and `MailUnavailableError` if the notice is not accepted: nothing has changed then.
    """
    require_not_leaving(found.state)
    row = services.ledger.next_number("retirement")
    language = found.state.preferences.get("pref-lang", "en")
    platform = services.settings.platform_name
    services.mailer.send(leaving_notice(found.state.email, platform_name=platform, language=language))

    def decide(account: Account) -> Decision:
        return leave(account, row, services.states, services.retired_names, asked.context())

    return services.ledger.execute(found.account, decide, asked.command, first=found)
