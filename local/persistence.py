"""Keeps what moto holds in memory alone beside DynamoDB Local's file: keys, secrets, pictures.

Without the key material nothing sealed can be read again after a restart, and no token verifies. The folder
holds `keys.json`, `secrets.json`, `objects.json` and the bodies of objects under their digests in `objects/`,
all readable by their owner alone: they are key material in the clear, for a local stage and nothing else.
A file gets its name when it is whole.
"""

import base64
import hashlib
import json
import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import Key, kms_backends
from moto.s3.models import FakeKey, s3_backends
from moto.secretsmanager.models import secretsmanager_backends

LOG = logging.getLogger(__name__)
KEY_FIELDS = (
    "id",
    "arn",
    "creation_date",
    "policy",
    "key_usage",
    "key_state",
    "description",
    "enabled",
    "key_spec",
)
SAVE_EVERY_SECONDS = 0.5
SECRET_FILE = 0o600
SECRET_FOLDER = 0o700


def save(directory: Path, *, region: str, bucket: str) -> None:
    """Write the keys and secrets of `region` and the objects of `bucket`; what is gone goes here too."""
    _make_folder(directory)
    _write_json(directory / "keys.json", _keys(region))
    _write_json(directory / "secrets.json", _secrets(region))
    _save_objects(directory, bucket)


def restore(directory: Path, *, region: str, bucket: str) -> bool:
    """Put back what `save` wrote, before a stage is prepared; answers whether there was anything.

    Key ids, aliases and key material stay the same. Objects keep their bodies, types and metadata; earlier
    versions of an object are not kept.
    """
    if not (directory / "keys.json").exists():
        return False
    for saved in _read_json(directory / "keys.json"):
        _restore_key(region, saved)
    backend = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region]
    for secret in _read_json(directory / "secrets.json"):
        backend.create_secret(
            secret["name"], secret["secret_string"], None, secret["description"], None, None, None, [], False
        )
    _restore_objects(directory, region, bucket)
    return True


class Keeper:
    """Saves within half a second of a change and at the end; a context manager, or `start` and `stop`."""

    def __init__(self, directory: Path, *, region: str, bucket: str) -> None:
        self._directory = directory
        self._region = region
        self._bucket = bucket
        self._saved: object = None
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="persistence", daemon=True)

    def start(self) -> Self:
        """Save what there is, and go on in a thread."""
        self._save_changes()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Save a last time; to be called before the emulators end, which forget everything."""
        self._end.set()
        self._thread.join()
        self._save_changes()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _keep(self) -> None:
        while not self._end.wait(SAVE_EVERY_SECONDS):
            try:
                self._save_changes()
            except OSError as error:
                LOG.warning("the stage's keys and pictures could not be saved: %s", error.strerror)

    def _save_changes(self) -> None:
        now = fingerprint(region=self._region, bucket=self._bucket)
        if now != self._saved:
            save(self._directory, region=self._region, bucket=self._bucket)
            self._saved = now


def fingerprint(*, region: str, bucket: str) -> object:
    """Something that differs when there is something new to save; cheap, about a microsecond an object."""
    keys = kms_backends[DEFAULT_ACCOUNT_ID][region].keys
    secrets = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region].secrets
    return (
        [(key.id, key.key_state, key.enabled, key.policy, sorted(key.aliases)) for key in list(keys.values())],
        [(secret.name, secret.default_version_id) for secret in list(secrets.values())],
        [(found.name, found.last_modified, id(found)) for found in _objects(bucket)],
    )


def _keys(region: str) -> list[dict[str, Any]]:
    return [
        {name: getattr(key, name) for name in KEY_FIELDS}
        | {
            "aliases": sorted(key.aliases),
            "key_material": base64.b64encode(key.key_material).decode(),
            "private_key": key.private_key.private_key.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            ).decode(),
        }
        for key in list(kms_backends[DEFAULT_ACCOUNT_ID][region].keys.values())
    ]


def _restore_key(region: str, saved: dict[str, Any]) -> None:
    backend = kms_backends[DEFAULT_ACCOUNT_ID][region]
    key: Any = Key(
        saved["policy"],
        saved["key_usage"],
        saved["key_spec"],
        saved["description"],
        DEFAULT_ACCOUNT_ID,
        region,
    )
    for name in KEY_FIELDS:
        setattr(key, name, saved[name])
    key.key_material = base64.b64decode(saved["key_material"])
    key.private_key.private_key = load_pem_private_key(saved["private_key"].encode(), password=None)
    backend.keys[key.id] = key
    for alias in saved["aliases"]:
        backend.create_alias(key.id, alias)


def _secrets(region: str) -> list[dict[str, Any]]:
    """The current version of each secret that is a text."""
    secrets = secretsmanager_backends[DEFAULT_ACCOUNT_ID][region].secrets
    return [
        {
            "name": secret.name,
            "description": secret.description,
            "secret_string": secret.versions[secret.default_version_id]["secret_string"],
        }
        for secret in list(secrets.values())
        if secret.default_version_id and "secret_string" in secret.versions[secret.default_version_id]
    ]


def _objects(bucket: str) -> list[Any]:
    """The objects of the bucket as they are now, without markers of deletion; none if there is no bucket."""
    found = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.get(bucket)
    if found is None:
        return []
    newest = [found.keys[name] for name in list(found.keys)]
    return [each for each in newest if isinstance(each, FakeKey)]


def _save_objects(directory: Path, bucket: str) -> None:
    """Bodies first, then the index that names them, then away with bodies that nothing names."""
    bodies = directory / "objects"
    _make_folder(bodies)
    index = []
    for each in _objects(bucket):
        body = _body(each)
        if body is None:
            continue
        digest = hashlib.sha256(body).hexdigest()
        if not (bodies / digest).exists():
            _write(bodies / digest, body)
        index.append(
            {
                "name": each.name,
                "body": digest,
                "metadata": dict(each.metadata),
                "last_modified": each.last_modified.isoformat(),
            }
        )
    _write_json(directory / "objects.json", index)
    named = {entry["body"] for entry in index}
    for path in bodies.iterdir():
        if path.name not in named:
            path.unlink()


def _body(found: Any) -> bytes | None:
    """The object's bytes; none if it was deleted in this moment, which the next round will see."""
    try:
        body: bytes = found.value
    except ValueError:  # moto has closed its buffer
        return None
    return body


def _restore_objects(directory: Path, region: str, bucket: str) -> None:
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    if bucket not in backend.buckets:
        backend.create_bucket(bucket, region)
    for entry in _read_json(directory / "objects.json"):
        body = (directory / "objects" / entry["body"]).read_bytes()
        restored = backend.put_object(bucket, entry["name"], body, disable_notification=True)
        restored.metadata.update(entry["metadata"])
        restored.last_modified = datetime.fromisoformat(entry["last_modified"])


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)


def _read_json(path: Path) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = json.loads(path.read_bytes())
    return content


def _write_json(path: Path, content: list[dict[str, Any]]) -> None:
    _write(path, json.dumps(content).encode())


def _write(path: Path, content: bytes) -> None:
    """Replace the file in one step, so that an end at any moment leaves the old or the new one."""
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, SECRET_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
