"""The Lambda functions: how much of what each may take, what it logs to, and the settings that all of them have."""

from dataclasses import dataclass

from infra import bucket
from infra.references import Json, att, either, excused, ref, resource, sub, tags
from infra.stages import Stage


@dataclass(frozen=True)
class Function:
    """One function: its name in `app.py`, memory (MB), time (s), and what Chalice calls its resource."""

    name: str
    memory: int
    seconds: int
    resource: str

    @property
    def deployed(self) -> Json:
        """The name that it has on AWS."""
        return sub("${AWS::StackName}-" + self.name)


ONE_CORE = 1769
"""At this size a function has one core to itself: less would make passwords, pictures and the rest wait."""

FUNCTIONS = (
    Function("api", ONE_CORE, 28, "APIHandler"),
    Function("project", ONE_CORE, 60, "Project"),
    Function("process_upload", ONE_CORE, 60, "ProcessUpload"),
    Function("expire", 512, 900, "Expire"),
    Function("verify", ONE_CORE, 900, "Verify"),
    Function("retirement_queue", 512, 900, "RetirementQueue"),
    Function("watch", 512, 60, "Watch"),
)
"""Every function. API Gateway gives up after 29 seconds, so `api` ends before."""


EXCUSES = {
    "CKV_AWS_115": "Reserved concurrency would be taken from the account's; FunctionThrottles rings instead.",
    "CKV_AWS_116": "Failures go to a queue by an on-failure destination, which tells more than a dead letter does.",
    "CKV_AWS_173": "No variable is a secret: secrets are in Secrets Manager and KMS.",
}


def resources() -> Json:
    """What each function adds to what Chalice says of it, and its log group."""
    made: Json = {}
    for function in FUNCTIONS:
        described = {"Type": "AWS::Serverless::Function", "Properties": properties(function)}
        made[function.resource] = excused(described, EXCUSES)
        made[f"{function.resource}Logs"] = log_group(sub("/aws/lambda/${AWS::StackName}-" + function.name))
    return made


def properties(function: Function) -> Json:
    """Name, role, log group, tracing; the rest is in `everywhere`."""
    return {
        "FunctionName": function.deployed,
        "MemorySize": function.memory,
        "Timeout": function.seconds,
        "Role": att(f"{function.resource}Role", "Arn"),
        "Tracing": ref("Tracing"),
        "LoggingConfig": {"LogGroup": ref(f"{function.resource}Logs")},
        "VpcConfig": either("InVpc", VPC),
    }


def log_group(name: Json) -> Json:
    """A log group that ends what is older than LogDays."""
    return resource(
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": name,
            "RetentionInDays": ref("LogDays"),
            "KmsKeyId": att("StorageKey", "Arn"),
            "Tags": tags(),
        },
    ) | {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}


def everywhere(stage: Stage) -> Json:
    """SAM's globals: what all functions have in common."""
    return {"Function": {"Environment": {"Variables": environment(stage)}}}


VPC = {"SubnetIds": ref("VpcSubnetIds"), "SecurityGroupIds": ref("VpcSecurityGroupIds")}


BASE_URL = either("HasBaseUrl", ref("BaseUrl"), sub("https://${DomainName}"))
IMAGE_BASE_URL = either("HasImageDomain", sub("https://${ImageDomainName}"), "")


def environment(stage: Stage) -> Json:
    """The settings that follow from the template; those of a deployment are in `.chalice/config.json`."""
    return {
        "STAGE": stage.name,
        "BASE_URL": BASE_URL,
        "IMAGE_BASE_URL": IMAGE_BASE_URL,
        "PLATFORM_NAME": ref("PlatformName"),
        "MAIL_FROM": ref("MailFrom"),
        "TABLE_PREFIX": ref("AWS::StackName"),
        "KMS_KEY_ID": sub("alias/${AWS::StackName}"),
        "SIGNING_KEY_ID": sub("alias/${AWS::StackName}-tokens"),
        "CERTIFICATE_KEY_ID": sub("alias/${AWS::StackName}-certificates"),
        "SECRET_ID": sub("${AWS::StackName}/secrets"),
        "FEED_BUS": sub("${AWS::StackName}-feed"),
        "IMAGE_BUCKET": bucket.NAME,
        "RETIREMENT_DRIVER": ref("RetirementDriver"),
    }
