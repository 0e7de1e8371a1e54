"""The secret, without its value: `make deploy` puts one in that nobody has seen, once, and never again."""

from infra.references import Json, att, kept, resource, sub, tags
from infra.stages import Stage


def resources(stage: Stage) -> Json:
    """The secret, and the bus of the feed."""
    secret = resource(
        "AWS::SecretsManager::Secret",
        {
            "Name": sub("${AWS::StackName}/secrets"),
            "Description": "Peppers of claims and look-ups. Lost, no name and no address can be found again.",
            "KmsKeyId": att("StorageKey", "Arn"),
            "Tags": tags(),
        },
    )
    return {"Secrets": kept(secret, protected=stage.protected)}
