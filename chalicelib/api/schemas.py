"""Shapes of requests and refusals, for the description of the API."""

from typing import Any

from pydantic import BaseModel, Field

from chalicelib.accounts.rules.registry import PATCH_RULES
from chalicelib.identity.permissions import Permission


class Detail(BaseModel):
    """Why not."""

    detail: str


class FaultBody(BaseModel):
    """One fault, for developers and for people."""

    developer_message: str
    user_message: str | None


class FieldErrorsBody(BaseModel):
    """Every field at fault."""

    field_errors: dict[str, FaultBody]


class StoringErrorBody(FaultBody):
    """A fault that no single field is named for."""


class Messages(FaultBody):
    """Why not, for developers and for people."""


class Message(BaseModel):
    """Why a request was refused."""

    message: str


class EmailSearch(BaseModel):
    """Addresses to look for."""

    emails: list[str]


class NameForm(BaseModel):
    """The name that somebody would like to have."""

    name: str = Field(max_length=255)


class RegistrationChecks(BaseModel):
    """Fields of a registration form that are to be checked; none is required."""

    name: str | None = None
    username: str | None = None
    email: str | None = None
    confirm_email: str | None = None
    password: str | None = None
    country: str | None = None
    form_field_key: str | None = None
    reset_password_page: str | None = None


class Decisions(BaseModel):
    """A message for each field that was checked, empty if it is fine, and perhaps names that are free."""

    validation_decisions: dict[str, str]
    username_suggestions: list[str] | None = None


class RegistrationForm(BaseModel):
    """What a person says to get an account; any profile field may follow."""

    username: str = Field(min_length=2, max_length=30, pattern=r"^[A-Za-z0-9_-]+$", examples=["ada"])
    email: str = Field(min_length=3, max_length=254, examples=["ada@example.com"])
    name: str = Field(max_length=255, examples=["Ada Lovelace"])
    password: str = Field(min_length=8, max_length=75, examples=["correct horse battery"])
    honor_code: bool | None = None
    terms_of_service: bool | None = None


class Registered(BaseModel):
    """It worked; the activation link is in the mail."""

    success: bool


class RegistrationMessage(BaseModel):
    """What is wrong with one field."""

    user_message: str


class SocialLoginForm(BaseModel):
    """A login at another provider."""

    provider: str
    uid: str
    extra_data: Any = None


class AdminAccountForm(BaseModel):
    """An account that a superuser makes."""

    username: str = Field(min_length=2, max_length=30, pattern=r"^[A-Za-z0-9_-]+$", examples=["grace"])
    email: str = Field(min_length=3, max_length=254, examples=["grace@example.com"])
    name: str = Field(max_length=255, examples=["Grace Hopper"])
    password: str | None = Field(None, min_length=8, max_length=75)
    is_active: bool = True
    is_staff: bool = False
    is_superuser: bool = False
    permissions: list[str] = []
    profile: dict[str, Any] = {}
    preferences: dict[str, Any] = {}
    orgs: list[str] = []
    social_logins: list[SocialLoginForm] = []


class TokenForm(BaseModel):
    """A grant (RFC 6749)."""

    grant_type: str = Field(examples=["password"])
    client_id: str = Field(examples=["login-service-client-id"])
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    refresh_token: str | None = None
    token_type: str | None = Field(None, examples=["jwt"])


class RevocationForm(BaseModel):
    """A token that is to count no more (RFC 7009)."""

    token: str
    client_id: str = Field(examples=["login-service-client-id"])
    client_secret: str | None = None


class Token(BaseModel):
    """An access token, and a refresh token where the grant gives one."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


class OAuthErrorBody(BaseModel):
    """RFC 6749, section 5.2."""

    error: str
    error_description: str | None = None


class KeySet(BaseModel):
    """The public keys that verify tokens."""

    keys: list[dict[str, str]]


class Health(BaseModel):
    """Whether the service can work."""

    status: str
    failing: list[str] | None = None


ACCOUNT_PATCH: dict[str, Any] = {
    "type": "object",
    "description": "A merge patch: fields that are absent stay, unknown ones are ignored.",
    "properties": {name: {} for name in (*PATCH_RULES, "email", "secondary_email")},
}
"""The writable fields. Their rules accept more forms than a schema can say; docs/api.md lists them."""

RIGHTS_PATCH: dict[str, Any] = {
    "type": "object",
    "description": "What a superuser may change; what is not there stays as it is.",
    "minProperties": 1,
    "properties": {
        "is_active": {"type": "boolean"},
        "is_staff": {"type": "boolean"},
        "is_superuser": {"type": "boolean"},
        "permissions": {"type": "array", "items": {"type": "string", "enum": sorted(Permission)}},
        "orgs": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
}


class FormDescription(BaseModel):
    """A form: where it goes, and its fields in order."""

    method: str
    submit_url: str
    fields: list[dict[str, Any]]
