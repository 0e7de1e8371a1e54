"""A phone's photo of 12 megapixels and about 4 MB, straight to S3, where that path has a limit of its own."""

import io
import random

from PIL import Image

from chalicelib.images.incoming import process
from chalicelib.images.store import INCOMING
from chalicelib.images.uploads import Status
from tests.support.pictures import opened
from tests.support.stage import running_stage

ACCOUNTS = "/api/user/v1/accounts"


def photo():
    """A noisy picture of 4000 x 3000, turned by EXIF, with a place in it."""
    small = Image.frombytes("RGB", (1000, 750), random.Random(1).randbytes(1000 * 750 * 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    target = io.BytesIO()
    small.resize((4000, 3000), Image.Resampling.BILINEAR).save(target, "JPEG", quality=92, exif=exif)
    return target.getvalue()


def test_four_megabytes():
    """The grant says the raised limit; the photo becomes four upright squares without metadata."""
    content = photo()
    assert 3_000_000 < len(content) < 8_000_000
    with running_stage(profile_image_upload_max_bytes=8_000_000) as stage:
        username = stage.new_account("ada")
        granted = stage.api.post_json(
            f"{ACCOUNTS}/{username}/image/uploads", {"content_type": "image/jpeg"}, as_=username
        )
        assert (201, 8_000_000) == (granted.status, granted.json["max_bytes"])
        upload_id = granted.json["upload_id"]
        bucket = stage.wiring.settings.image_bucket
        stage.wiring.client("s3").put_object(Bucket=bucket, Key=INCOMING + upload_id, Body=content)
        process(stage.wiring.incoming, INCOMING + upload_id, stage.clock())
        assert Status.DONE == stage.wiring.uploads.find(upload_id).status
        image = stage.wiring.ledger.load(stage.id_of(username)).state.image
        made = {side: stage.wiring.pictures.read(image.id, side).content for side in image.sides}
    assert {side: (side, side) for side in (500, 120, 50, 30)} == {side: opened(made[side]).size for side in made}
    assert [] == [side for side, found in made.items() if b"Exif" in found or b"ICC_PROFILE" in found]


def test_the_direct_way_keeps_its_own():
    """A request may still carry no more than before."""
    with running_stage(profile_image_upload_max_bytes=8_000_000) as stage:
        assert (1_048_576, 8_000_000) == (stage.wiring.picture_limits.max_bytes, stage.wiring.upload_limits.max_bytes)
