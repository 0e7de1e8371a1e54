"""The bus of the feed: one event a commit, which says what changed and never a value."""

from infra.references import Json, resource, sub


def resources() -> Json:
    """The bus. Who listens makes rules of their own."""
    return {"Feed": resource("AWS::Events::EventBus", {"Name": sub("${AWS::StackName}-feed")})}
