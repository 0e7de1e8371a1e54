"""Profile pictures over HTTP: sent, removed, granted, served (spec 30)."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from pydantic import BaseModel, Field, JsonValue

from chalicelib.accounts.account import Account
from chalicelib.accounts.context import Context
from chalicelib.accounts.images import NewImage
from chalicelib.api import idempotent
from chalicelib.api.answers import empty, json_answer
from chalicelib.api.bodies import FORM, JSON, form_or_json
from chalicelib.api.errors import MalformedRequestError, NotFoundError, PictureFormError
from chalicelib.api.parts import MULTIPART
from chalicelib.api.picture_bodies import sent_picture
from chalicelib.api.preconditions import is_known
from chalicelib.api.routing import IDEMPOTENCY_KEY, Area, Exchange, Responds, Takes
from chalicelib.api.schemas import FaultBody
from chalicelib.api.services import Services, context
from chalicelib.api.targets import require_own, require_own_or_staff
from chalicelib.events.aggregate import Decision
from chalicelib.events.claims import Claim, ClaimKind
from chalicelib.events.idempotency import Answer
from chalicelib.events.images import Way
from chalicelib.images.formats import CONTENT_TYPES, extension_of, fits
from chalicelib.images.store import NAME, UPLOAD_ID
from chalicelib.images.uploads import Status, Upload

area = Area("Pictures")
IMAGE = "/api/user/v1/accounts/{username}/image"
UPLOADS = f"{IMAGE}/uploads"
PICTURE = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"]}
SENT = {
    204: Responds("It is the account's picture now."),
    400: Responds("No picture, or one that is not accepted.", FaultBody),
    403: Responds("Somebody else's account, asked for by staff."),
    404: Responds("Not the caller's own account."),
    413: Responds("The body is larger than the gateway takes."),
    415: Responds("The content type is neither a form nor that of an accepted picture."),
}
REMOVED = {204: Responds("The account shows the default picture."), 404: Responds("Not the caller's own account.")}


class UploadForm(BaseModel):
    """What is going to be sent."""

    content_type: str = Field(json_schema_extra={"enum": list[JsonValue](sorted(CONTENT_TYPES))})
    filename: str | None = None


class UploadGrant(BaseModel):
    """Where to send a picture: `fields` unchanged as parts of a form, then the bytes as its last part, `file`."""

    upload_id: str
    url: str
    fields: dict[str, str]
    max_bytes: int
    min_bytes: int
    expires_in: int
    status_url: str


class UploadState(BaseModel):
    """What has become of a direct upload; the messages say why it was rejected."""

    upload_id: str
    status: str
    developer_message: str | None
    user_message: str | None


@area.route(
    "POST",
    IMAGE,
    "/api/profile_images/v1/{username}/upload",
    summary="Send one's picture",
    takes=Takes(PICTURE, (MULTIPART,), bytes_of=CONTENT_TYPES),
    parameters=[IDEMPOTENCY_KEY],
    answers=SENT,
    guard=require_own,
)
def send_picture(exchange: Exchange) -> Answer:
    """Check a picture, cut it to all sizes, and show it."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    own = require_own(exchange)
    picture = sent_picture(request)
    new = NewImage(services.random_bytes(16).hex(), services.album.sides, services.clock(), Way.REQUEST)
    command = idempotent.command(services, request, caller, lambda _, __: empty(204))
    services.album.set(own.account, picture, services.picture_limits, new, _contexts(exchange, own.state), command)
    return empty(204)


@area.route(
    "DELETE",
    IMAGE,
    summary="Remove a picture",
    parameters=[IDEMPOTENCY_KEY],
    answers=REMOVED,
    guard=require_own_or_staff,
)
def delete_picture(exchange: Exchange) -> Answer:
    """Remove one's own picture or, as staff, anybody's."""
    services, request, caller = exchange.services, exchange.request, exchange.caller
    found = require_own_or_staff(exchange)
    command = idempotent.command(services, request, caller, lambda _, __: empty(204))
    services.album.remove(found.account, _contexts(exchange, found.state), command)
    return empty(204)


@area.route(
    "POST",
    "/api/profile_images/v1/{username}/remove",
    summary="Remove a picture",
    parameters=[IDEMPOTENCY_KEY],
    answers=REMOVED,
    guard=require_own_or_staff,
)
def remove_picture(exchange: Exchange) -> Answer:
    """As DELETE, under the older name."""
    return delete_picture(exchange)


@area.route(
    "POST",
    UPLOADS,
    summary="Be granted a direct upload",
    takes=Takes(UploadForm, (JSON, FORM), {"content_type": "image/png"}),
    parameters=[IDEMPOTENCY_KEY],
    answers={
        201: Responds("Where and how to send the picture.", UploadGrant),
        400: Responds("Not a type that is accepted, or a file name that does not fit it.", FaultBody),
        403: Responds("Somebody else's account, asked for by staff."),
        404: Responds("Not the caller's own account."),
    },
    guard=require_own,
)
def grant_upload(exchange: Exchange) -> Answer:
    """Let the owner send one picture straight to S3, within minutes."""
    services, request = exchange.services, exchange.request
    own = require_own(exchange)
    try:
        fields = form_or_json(request, services.settings.body_limit_bytes)
    except MalformedRequestError as error:
        raise PictureFormError(str(error)) from None
    content_type, extension = _declared(fields.get("content_type"), fields.get("filename"))
    upload_id = services.random_bytes(16).hex()
    seconds = services.settings.profile_image_grant_seconds
    limits = services.upload_limits
    now: float = services.clock().timestamp()
    services.uploads.begin(Upload(upload_id, own.account, content_type, extension, now, int(now) + seconds))
    grant = services.pictures.grant(upload_id, content_type, limits.min_bytes, limits.max_bytes, seconds)
    path = UPLOADS.format(username=quote(own.state.username))
    content = UploadGrant(
        upload_id=upload_id,
        url=grant.url,
        fields=dict(grant.fields),
        max_bytes=limits.max_bytes,
        min_bytes=limits.min_bytes,
        expires_in=seconds,
        status_url=f"{services.settings.base_url}{path}/{upload_id}",
    )
    answer = json_answer(content, 201)
    command = idempotent.command(services, request, exchange.caller, lambda _, __: answer)
    services.ledger.execute(own.account, lambda _: Decision(), command, first=own)
    return answer


@area.route(
    "GET",
    f"{UPLOADS}/{{upload_id}}",
    summary="What has become of a direct upload",
    answers={200: Responds("Its state.", UploadState), 404: Responds("Unknown, forgotten, or another account's.")},
    guard=require_own_or_staff,
)
def read_upload(exchange: Exchange) -> Answer:
    """The state of an upload, kept for a day."""
    found = require_own_or_staff(exchange)
    upload_id = exchange.request.parameters["upload_id"]
    upload = exchange.services.uploads.find(upload_id) if UPLOAD_ID.fullmatch(upload_id) else None
    if upload is None or upload.account != found.account:
        raise NotFoundError
    status = _status(exchange.services, upload)
    return json_answer(
        UploadState(
            upload_id=upload.id,
            status=status,
            developer_message=upload.developer_message,
            user_message=upload.user_message,
        )
    )


@area.route(
    "GET",
    "/profile-images/{name}",
    summary="One size of a picture",
    public=True,
    answers={
        200: Responds("The picture.", None, "image/jpeg"),
        304: Responds("The picture that the client has is still the one."),
        404: Responds("Nobody shows this picture (any more)."),
    },
)
def serve_picture(exchange: Exchange) -> Answer:
    """A picture that an account shows now, to anybody."""
    services, request = exchange.services, exchange.request
    name = NAME.fullmatch(request.parameters["name"])
    if name is None or not services.ledger.holders([Claim(ClaimKind.IMAGE, name["image"])]):
        raise NotFoundError
    stored = services.pictures.read(name["image"], int(name["side"]))
    if stored is None:
        raise NotFoundError
    caching = {
        "ETag": stored.etag,
        "Cache_Control": "public, max-age=86400",
        "Cross_Origin_Resource_Policy": "cross-origin",
    }
    if is_known(request, stored.etag):
        return empty(304, **caching)
    headers = {"Content-Type": "image/jpeg", **empty(200, **caching).headers}
    return Answer(200, headers, stored.content)


def _contexts(exchange: Exchange, target: Account) -> Callable[[], Context]:
    actor = exchange.caller.acting_on(target)
    return lambda: context(exchange.services, actor, exchange.request.request_id)


def _declared(content_type: JsonValue, filename: JsonValue) -> tuple[str, str]:
    """The type of a picture that is to come, and the extension that goes with it."""
    if not isinstance(content_type, str) or content_type not in CONTENT_TYPES:
        raise PictureFormError(f"content_type must be one of: {', '.join(CONTENT_TYPES)}.")
    if filename is None:
        return content_type, extension_of(content_type)
    if not isinstance(filename, str) or not fits(filename, content_type):
        raise PictureFormError("filename does not fit content_type.")
    return content_type, extension_of(content_type)


def _status(services: Services, upload: Upload) -> Status:
    """The status now; one whose time is up, and for which nothing has come, has expired."""
    now: datetime = services.clock()
    over = now.timestamp() > upload.granted_until
    if upload.status is Status.WAITING and over and not services.pictures.has_incoming(upload.id):
        services.uploads.end(upload, Status.EXPIRED)
        return Status.EXPIRED
    return upload.status
