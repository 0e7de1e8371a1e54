"""Every path that nothing else serves: the contract's 404, from us and not from the gateway.

So it has the headers that pages of other origins need to read it (spec 40, sections 5 and 10).
"""

from chalicelib.api.answers import detail
from chalicelib.api.routing import METHODS, Area, Exchange, Responds
from chalicelib.events.idempotency import Answer

area = Area("Unserved")


def answer_unserved(_: Exchange) -> Answer:
    """Nothing is here, whatever is asked."""
    return detail("Not found.", 404)


for method in METHODS:
    if method not in ("HEAD", "OPTIONS"):
        area.route(method, "/{proxy+}", summary="Nothing", public=True, answers={404: Responds("Nothing is here.")})(
            answer_unserved
        )
