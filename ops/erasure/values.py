"""The file with a person's values: collected before the cleanup, looked for afterwards, then destroyed."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chalicelib.events.event import AccountId

OWNER_ALONE = 0o600
FORMAT = 1


class Values(BaseModel):
    """What is known of a person: whose account, and every text. An operator may write such a file as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: AccountId
    values: tuple[str, ...] = Field(repr=False)
    format: Annotated[int, Field(ge=1, le=FORMAT)] = FORMAT
    collected_at: datetime | None = None


class UnreadableValuesError(ValueError):
    """A file that is not such a document; the text says what it lacks, and nothing of what it holds."""


def write(path: Path, values: Values) -> None:
    """Write a new file that its owner alone may read. Raises `FileExistsError`; nothing is left of one that fails."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ALONE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(values.model_dump(mode="json"), indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


def read(path: Path) -> Values:
    """The file's values. Raises `UnreadableValuesError`, `OSError`."""
    try:
        return Values.model_validate_json(path.read_bytes())
    except ValidationError as error:
        places = sorted({str(fault["loc"][0]) if fault["loc"] else "the document" for fault in error.errors()})
        known = [place for place in places if place in {*Values.model_fields, "the document"}]
        raise UnreadableValuesError(f"not a file of values: {', '.join(known) or 'another member'}") from None
