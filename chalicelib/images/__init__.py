"""Profile pictures: checked, cut to size, and where they live in S3 (spec 30)."""
