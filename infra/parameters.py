"""What whoever deploys decides: the parameters of the template, and the conditions that follow from them."""

from infra.references import Json, ref
from infra.stages import Stage

EMPTY = ""


def parameters(stage: Stage) -> Json:
    """Every parameter with its default and one sentence."""
    return {
        "CodeBucket": text("The bucket that the code was uploaded to; `make deploy` gives it."),
        "CodeKey": text("Where the code is in that bucket; `make deploy` gives it."),
        "BaseUrl": text("Where people reach the service, without a slash at its end; empty: by DomainName.", EMPTY),
        "DomainName": text("A domain of your own for the service; empty: none.", EMPTY),
        "DomainCertificateArn": text("The certificate of that domain, in this region.", EMPTY),
        "ImageDomainName": text("A domain of your own for pictures, served by a CDN; empty: no CDN.", EMPTY),
        "ImageCertificateArn": text("The certificate of that domain, in us-east-1, where CloudFront wants it.", EMPTY),
        "MailFrom": {**text("The sender of every mail, an address alone; SES must have verified it."), **ADDRESS},
        "PlatformName": text("The platform's name in mails and pages.", "Rollcall"),
        "AlarmEmail": text("Who is told of alarms, by mail; empty: nobody but subscribers of the topic.", EMPTY),
        "RetirementDriver": choice("Whether the schedule drives retirements by itself.", "false", "true"),
        **({"TableProtection": PROTECTION} if stage.protected else {}),
        "Tracing": choice("Whether X-Ray samples requests: Active, or PassThrough for no.", "PassThrough", "Active"),
        "ApiLogsRole": choice("Whether this stack sets the role by which API Gateway logs.", "true", "false"),
        "RequestsPerSecond": {**number("Requests a second that the API takes in all.", 2000), "MinValue": 1},
        "RequestBurst": {**number("Requests that may come at once.", 4000), "MinValue": 1},
        "LogDays": {**number("How many days logs are kept.", stage.log_days), "AllowedValues": LOG_DAYS},
        "OtherTokenKeys": several("ARNs of further keys that sign tokens, while one takes the place of another."),
        "VpcSubnetIds": several("Subnets to run the functions in, with commas; empty: no VPC."),
        "VpcSecurityGroupIds": several("Security groups of the functions in these subnets."),
    }


ADDRESS = {"AllowedPattern": r"[^@<>\s]+@[^@<>\s]+"}
LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365]
"""What CloudWatch takes, up to a year."""


def conditions(stage: Stage) -> Json:
    """What follows from the parameters."""
    return {
        "HasDomain": given("DomainName"),
        "HasBaseUrl": given("BaseUrl"),
        "HasImageDomain": given("ImageDomainName"),
        "HasAlarmEmail": given("AlarmEmail"),
        **({"ProtectsTables": {"Fn::Equals": [ref("TableProtection"), "true"]}} if stage.protected else {}),
        "HasDriver": {"Fn::Equals": [ref("RetirementDriver"), "true"]},
        "HasTracing": {"Fn::Equals": [ref("Tracing"), "Active"]},
        "SetsApiLogsRole": {"Fn::Equals": [ref("ApiLogsRole"), "true"]},
        "HasOtherTokenKeys": given_some("OtherTokenKeys"),
        "InVpc": given_some("VpcSubnetIds"),
    }


def rules() -> Json:
    """What is told before anything is made: parameters that need each other."""
    return {
        "DomainNeedsCertificate": needs("DomainName", "DomainCertificateArn"),
        "ImageDomainNeedsCertificate": needs("ImageDomainName", "ImageCertificateArn"),
        "SubnetsNeedSecurityGroups": {
            "RuleCondition": given_some("VpcSubnetIds"),
            "Assertions": [
                {
                    "Assert": given_some("VpcSecurityGroupIds"),
                    "AssertDescription": "VpcSubnetIds needs VpcSecurityGroupIds.",
                },
            ],
        },
        "ServiceNeedsAddress": {
            "RuleCondition": {"Fn::Equals": [ref("DomainName"), EMPTY]},
            "Assertions": [
                {"Assert": given("BaseUrl"), "AssertDescription": "Give BaseUrl, DomainName or both."},
            ],
        },
    }


def needs(one: str, other: str) -> Json:
    """A rule: whoever gives the one parameter gives the other."""
    return {
        "RuleCondition": given(one),
        "Assertions": [{"Assert": given(other), "AssertDescription": f"{one} needs {other}."}],
    }


def given(name: str) -> Json:
    """Whether a parameter is not empty."""
    return {"Fn::Not": [{"Fn::Equals": [ref(name), EMPTY]}]}


def given_some(name: str) -> Json:
    """Whether a parameter that is a list is not empty."""
    return {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", ref(name)]}, EMPTY]}]}


def text(description: str, default: str | None = None) -> Json:
    """A parameter that is text; without a default it must be given."""
    made: Json = {"Type": "String", "Description": description}
    return made if default is None else {**made, "Default": default}


def several(description: str) -> Json:
    """A parameter that is a list, empty by default."""
    return {"Type": "CommaDelimitedList", "Description": description, "Default": EMPTY}


def number(description: str, default: int) -> Json:
    """A parameter that is a number."""
    return {"Type": "Number", "Description": description, "Default": default}


def choice(description: str, default: str, other: str) -> Json:
    """A parameter that is one of two words."""
    return {**text(description, default), "AllowedValues": [default, other]}


PROTECTION = choice("Whether tables are protected from deletion; `make deploy` sees to it.", "true", "false")
