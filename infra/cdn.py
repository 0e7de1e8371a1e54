"""A CDN before the pictures: it asks the service, so a picture that is gone is gone everywhere within a few minutes."""

from infra.references import Json, excused, ref, resource, sub, tags

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""A policy that AWS provides: cache as the origin's Cache-Control says, and key on nothing but the path."""


EXCUSES = {
    "CKV_AWS_68": "Pictures are static and small; a firewall is a choice of whoever deploys.",
    "CKV_AWS_86": "A log of who looked at whose picture would be personal data.",
}


def resources() -> Json:
    """The distribution, where ImageDomainName is given."""
    made = resource("AWS::CloudFront::Distribution", distribution(), Condition="HasImageDomain")
    return {"ImageCdn": excused(made, EXCUSES)}


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
            "DefaultCacheBehavior": {
                "TargetOriginId": "service",
                "ViewerProtocolPolicy": "redirect-to-https",
                "AllowedMethods": ["GET", "HEAD"],
                "CachePolicyId": CACHING_OPTIMIZED,
                "Compress": False,
            },
            "ViewerCertificate": {
                "AcmCertificateArn": ref("ImageCertificateArn"),
                "MinimumProtocolVersion": "TLSv1.2_2021",
                "SslSupportMethod": "sni-only",
            },
        },
        "Tags": tags(),
    }
