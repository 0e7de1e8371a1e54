"""What is told once the stack is there: addresses, and what the operator's command line needs in its environment."""

from infra import bucket
from infra.functions import BASE_URL
from infra.references import Json, att, ref, sub


def outputs() -> Json:
    """Every output of ours; Chalice adds the address of the API."""
    console = "https://${AWS::Region}.console.aws.amazonaws.com/cloudwatch/home?region=${AWS::Region}"
    return {
        "Address": said("Where people reach the service.", BASE_URL),
        "DomainTarget": {
            **said("What the record of DomainName must lead to.", att("Domain", "RegionalDomainName")),
            "Condition": "HasDomain",
        },
        "DomainZone": {
            **said("The hosted zone of DomainTarget, for an alias record.", att("Domain", "RegionalHostedZoneId")),
            "Condition": "HasDomain",
        },
        "ImageDomainTarget": {
            **said("What the record of ImageDomainName must lead to.", att("ImageCdn", "DomainName")),
            "Condition": "HasImageDomain",
        },
        "Environment": said("What the operator's command line needs, to be pasted into a shell.", environment()),
        "TablePrefix": said("TABLE_PREFIX of the operator's command line.", ref("AWS::StackName")),
        "SecretId": said("SECRET_ID.", sub("${AWS::StackName}/secrets")),
        "KmsKeyId": said("KMS_KEY_ID.", ref("SealingKeyAlias")),
        "SigningKeyId": said("SIGNING_KEY_ID.", ref("TokenKeyAlias")),
        "CertificateKeyId": said("CERTIFICATE_KEY_ID.", ref("CertificateKeyAlias")),
        "FeedBus": said("FEED_BUS: where rules of yours listen.", sub("${AWS::StackName}-feed")),
        "ImageBucket": said("IMAGE_BUCKET.", bucket.NAME),
        "AlarmTopic": said("Where alarms are told.", ref("Alarms")),
        "DashboardAddress": said("The dashboard.", sub(console + "#dashboards:name=${Dashboard}")),
    }


EXPORT = (
    "export AWS_REGION=${AWS::Region} TABLE_PREFIX=${AWS::StackName} SECRET_ID=${AWS::StackName}/secrets "
    "KMS_KEY_ID=${SealingKeyAlias} SIGNING_KEY_ID=${TokenKeyAlias} CERTIFICATE_KEY_ID=${CertificateKeyAlias} "
    "FEED_BUS=${AWS::StackName}-feed IMAGE_BUCKET=${Bucket} BASE_URL=${Url} MAIL_FROM=${MailFrom}"
)


def environment() -> Json:
    """A line for a shell; the values of settings that lead to this stage."""
    return {"Fn::Sub": [EXPORT, {"Bucket": bucket.NAME, "Url": BASE_URL}]}


def said(description: str, value: Json) -> Json:
    """An output."""
    return {"Description": description, "Value": value}
