"""A consumer of one view over a real ledger, for the views of what is pending."""

from chalicelib.projections.quarantine import Quarantine
from chalicelib.projections.runner import Runner
from chalicelib.projections.view import ViewWriter
from tests.support.queues import Queues
from tests.support.stream import LIMIT


class OneView(Queues):
    """Accounts, and a consumer that projects them into one view alone."""

    def __init__(self, stage, projection):
        super().__init__(stage)
        self.view = projection.name
        self.runner = Runner(
            projections=(projection,),
            writer=ViewWriter(self.client, self.views, self.generations),
            feed=None,
            quarantine=Quarantine(self.client, self.views, LIMIT),
            decode=self.ledger.decode,
            clock=stage.clock,
        )

    def item(self, account, sort="ROW"):
        """An account's item in the view, as it is stored."""
        key = {"pk": {"S": f"V#{self.view}#1#{account}"}, "sk": {"S": sort}}
        return self.client.get_item(TableName=self.views, Key=key).get("Item")
