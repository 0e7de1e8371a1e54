"""Where failures end: a queue for each kind of trigger, kept for two weeks, and the topic of alarms."""

from infra.references import Json, att, ref, resource, sub, tags

QUEUES = {
    "StreamFailures": "stream-failures",
    "UploadFailures": "upload-failures",
    "JobFailures": "job-failures",
}
"""The queues by the name of their resource. They hold places of records, keys of uploads and names of jobs; nothing
personal."""

TWO_WEEKS = 14 * 24 * 3600


def resources() -> Json:
    """The queues, their policies, the topic and its subscription."""
    return {
        **{name: queue(ending) for name, ending in QUEUES.items()},
        **{f"{name}Policy": queue_policy(name) for name in QUEUES},
        "Alarms": resource(
            "AWS::SNS::Topic",
            {"TopicName": sub("${AWS::StackName}-alarms"), "KmsMasterKeyId": att("StorageKey", "Arn"), "Tags": tags()},
        ),
        "AlarmsPolicy": resource(
            "AWS::SNS::TopicPolicy", {"Topics": [ref("Alarms")], "PolicyDocument": alarms_policy()}
        ),
        "AlarmSubscription": resource(
            "AWS::SNS::Subscription",
            {"Protocol": "email", "Endpoint": ref("AlarmEmail"), "TopicArn": ref("Alarms")},
            Condition="HasAlarmEmail",
        ),
    }


def queue(ending: str) -> Json:
    """A queue that is read by people."""
    return resource(
        "AWS::SQS::Queue",
        {
            "QueueName": sub("${AWS::StackName}-" + ending),
            "KmsMasterKeyId": att("StorageKey", "Arn"),
            "MessageRetentionPeriod": TWO_WEEKS,
            "Tags": tags(),
        },
    )


def queue_policy(name: str) -> Json:
    """Schedules of this account may send what they could not deliver; nothing goes without TLS."""
    arn = att(name, "Arn")
    statements = [
        {
            "Sid": "Schedules",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
        },
        without_tls("sqs:*", arn),
    ]
    return resource("AWS::SQS::QueuePolicy", {"Queues": [ref(name)], "PolicyDocument": document(statements)})


def alarms_policy() -> Json:
    """Alarms of this account publish; nothing goes without TLS."""
    allowed = {
        "Sid": "Alarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": ref("Alarms"),
        "Condition": {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}},
    }
    return document([allowed, without_tls("sns:Publish", ref("Alarms"))])


def document(statements: list[Json]) -> Json:
    """A policy."""
    return {"Version": "2012-10-17", "Statement": statements}


def without_tls(action: str, arn: Json) -> Json:
    """A statement: nothing without TLS."""
    return {
        "Sid": "TlsAlone",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
