"""A CDN before the pictures: it asks the service, so a picture that is gone is gone everywhere within a few minutes."""

from infra.references import Json, att, excused, ref, resource, sub, tags

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""A policy that AWS provides: cache as the origin's Cache-Control says, and key on nothing but the path."""


EXCUSES = {
    "CKV_AWS_68": "Pictures are static and small; a firewall is a choice of whoever deploys.",
    "CKV_AWS_86": "A log of who looked at whose picture would be personal data.",
}


PATHS = ("/profile-images/*", "/static/images/profiles/*")
"""What the CDN serves: people's pictures, and the default ones. Nothing else may be reached by it, or be cached."""

REFUSE = "function handler() { return { statusCode: 404, statusDescription: 'Not Found' }; }"


def resources() -> Json:
    """The distribution and what refuses all other paths, where ImageDomainName is given."""
    made = resource("AWS::CloudFront::Distribution", distribution(), Condition="HasImageDomain")
    refusal = {
        "Name": sub("${AWS::StackName}-no-picture"),
        "AutoPublish": True,
        "FunctionCode": REFUSE,
        "FunctionConfig": {"Comment": "Answers 404", "Runtime": "cloudfront-js-2.0"},
    }
    return {
        "ImageCdn": excused(made, EXCUSES),
        "NoPicture": resource("AWS::CloudFront::Function", refusal, Condition="HasImageDomain"),
    }


def behaviour() -> Json:
    """Ask the service by TLS, and keep what it answers for as long as it says."""
    return {
        "TargetOriginId": "service",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": ["GET", "HEAD"],
        "CachePolicyId": CACHING_OPTIMIZED,
        "Compress": False,
    }


def distribution() -> Json:
    """GET and HEAD of pictures, by TLS 1.2 and later, from the service."""
    return {
        "DistributionConfig": {
            "Enabled": True,
            "Comment": sub("${AWS::StackName}: pictures"),
            "Aliases": [ref("ImageDomainName")],
            "HttpVersion": "http2and3",
            "IPV6Enabled": True,
            "PriceClass": "PriceClass_100",
            "Origins": [
                {
                    "Id": "service",
                    "DomainName": sub("${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"),
                    "OriginPath": "/api",
                    "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
                }
            ],
            "CacheBehaviors": [{"PathPattern": path, **behaviour()} for path in PATHS],
            "DefaultCacheBehavior": {
                **behaviour(),
                "FunctionAssociations": [
                    {"EventType": "viewer-request", "FunctionARN": att("NoPicture", "FunctionMetadata.FunctionARN")}
                ],
            },
            "ViewerCertificate": {
                "AcmCertificateArn": ref("ImageCertificateArn"),
                "MinimumProtocolVersion": "TLSv1.2_2021",
                "SslSupportMethod": "sni-only",
            },
        },
        "Tags": tags(),
    }
