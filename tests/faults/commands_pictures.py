"""Commands about pictures."""

from chalicelib.images import incoming
from tests.faults.asking import ACCOUNT, KEY, after, done, posts, sends, somebody
from tests.faults.outcomes import job
from tests.faults.scene import Case, Scene
from tests.faults.trying import Command
from tests.pipeline.world import World
from tests.support.pictures import picture

IMAGE = ACCOUNT + "/image"
JPEG = "image/jpeg"
NAMED = {"Content-Disposition": 'attachment; filename="me.jpg"'}
FIRST, SECOND = picture(size=(60, 50)), picture(size=(50, 60))


def send(content: bytes, **headers: str):
    """A picture as the body of a request."""
    return posts(IMAGE, content, kind=JPEG, headers=NAMED | headers)


with_picture = after(somebody(), done(send(FIRST)))


def keep_upload(scene: Scene, case: Case) -> None:
    """Be granted a direct upload, and send it; keep what S3 tells of it."""
    answer = posts(IMAGE + "/uploads", {"content_type": JPEG}, headers={})(scene.world, case)
    assert 201 == answer.status
    wiring = scene.world.wiring
    key = f"incoming/{answer.json['upload_id']}"
    wiring._s3.put_object(Bucket=wiring.settings.image_bucket, Key=key, Body=FIRST)
    told = {"bucket": {"name": wiring.settings.image_bucket}, "object": {"key": key}}
    record = {"eventName": "ObjectCreated:Post", "eventTime": scene.world.clock().isoformat(), "s3": told}
    case.facts["notification"] = {"Records": [record]}


def process(world: World, case: Case) -> int:
    """Process what has arrived."""
    return incoming.handle(world.wiring.incoming, case.facts["notification"])


COMMANDS = (
    Command(
        "send a picture",
        (
            "POST /api/user/v1/accounts/{username}/image",
            "POST /api/profile_images/v1/{username}/upload",
        ),
        somebody(),
        send(FIRST, **KEY),
    ),
    Command(
        "send another picture",
        ("POST /api/user/v1/accounts/{username}/image",),
        with_picture,
        send(SECOND, **KEY),
    ),
    Command(
        "remove a picture",
        (
            "DELETE /api/user/v1/accounts/{username}/image",
            "POST /api/profile_images/v1/{username}/remove",
        ),
        with_picture,
        sends("DELETE", IMAGE),
    ),
    Command(
        "grant an upload",
        ("POST /api/user/v1/accounts/{username}/image/uploads",),
        somebody(),
        posts(IMAGE + "/uploads", {"content_type": JPEG}),
    ),
    Command("process an upload", (), after(somebody(), keep_upload), job(process)),
)
