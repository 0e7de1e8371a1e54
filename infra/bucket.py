"""The bucket of pictures, direct uploads and large exports."""

from infra.references import Json, att, excused, kept, resource, sub, tags
from infra.stages import Stage

NAME = sub("${AWS::StackName}-pictures-${AWS::AccountId}")
"""Known beforehand, so that roles can name it before it is there: the bucket itself waits for a function."""

ARN = sub("arn:${AWS::Partition}:s3:::${AWS::StackName}-pictures-${AWS::AccountId}")
PASSING = ("incoming", "exports")
"""Prefixes whose objects are gone after a day, whatever happens."""


EXCUSES = {"CKV_AWS_18": "A log of who looked at whose picture would be personal data; the functions alone read here."}


def resources(stage: Stage) -> Json:
    """The bucket, its policy, and the leave for it to call the function of uploads."""
    return {
        "Pictures": kept(excused(bucket(), EXCUSES), protected=stage.protected),
        "PicturesPolicy": resource("AWS::S3::BucketPolicy", {"Bucket": NAME, "PolicyDocument": policy()})
        | {"DependsOn": "Pictures"},
        "UploadPermission": resource(
            "AWS::Lambda::Permission",
            {
                "Action": "lambda:InvokeFunction",
                "FunctionName": att("ProcessUpload", "Arn"),
                "Principal": "s3.amazonaws.com",
                "SourceAccount": {"Ref": "AWS::AccountId"},
                "SourceArn": ARN,
            },
        ),
    }


def bucket() -> Json:
    """Private, versioned and encrypted; what arrives below `incoming/` is processed."""
    return resource(
        "AWS::S3::Bucket",
        {
            "BucketName": NAME,
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [ENCRYPTED]},
            "PublicAccessBlockConfiguration": dict.fromkeys(BLOCKS, True),
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {"Rules": [*(passing(each) for each in PASSING), DELETED]},
            "CorsConfiguration": {"CorsRules": [UPLOADS]},
            "NotificationConfiguration": {"LambdaConfigurations": [ARRIVED]},
            "Tags": tags(),
        },
        DependsOn="UploadPermission",
    )


BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ENCRYPTED = {
    "BucketKeyEnabled": True,
    "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": att("StorageKey", "Arn")},
}
UPLOADS = {"AllowedMethods": ["POST"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"], "MaxAge": 3600}
"""Pages of any origin may send what they were granted: the grant is what counts, not who sends it."""

ARRIVED = {
    "Event": "s3:ObjectCreated:*",
    "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "incoming/"}]}},
    "Function": att("ProcessUpload", "Arn"),
}
DELETED = {
    "Id": "deleted-versions",
    "Status": "Enabled",
    "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    "ExpiredObjectDeleteMarker": True,
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
}
"""The service deletes every version itself; this is the broom for what it could not."""


def passing(prefix: str) -> Json:
    """A rule: gone after a day."""
    return {"Id": prefix, "Status": "Enabled", "Prefix": f"{prefix}/", "ExpirationInDays": 1}


def policy() -> Json:
    """Nothing without TLS."""
    everything = sub("arn:${AWS::Partition}:s3:::${AWS::StackName}-pictures-${AWS::AccountId}/*")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsAlone",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [ARN, everything],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
