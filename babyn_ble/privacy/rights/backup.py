"""Backups: a copy of the store in one file, sealed, with a date after which it is to go.

The file holds no key, so a subject that was erased since cannot be read from it, and is
removed from a restored store as that is opened. Whoever has the file and not the key file has
nothing.

Form: a line of JSON (what it is, when it was made, until when it is good), then chunks, each
with its length (4 bytes) and sealed with its number, so that none can be left out, moved, or
cut off.
"""

from __future__ import annotations

import json
import secrets
import struct
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Final, Protocol, runtime_checkable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from babyn_ble.errors import StoreError
from babyn_ble.store.files import check_private, create_private, prepare_directory

if TYPE_CHECKING:
    from babyn_ble.privacy.keys import Keys
    from babyn_ble.privacy.vault import Vault

DAYS: Final = 30
"""Days that a backup is good, unless it is told otherwise."""

LONGEST_DAYS: Final = 180
"""Days that a backup is good at most."""

FORMAT = "babyn-backup/1"
_CHUNK = 1 << 20
_NONCE_SIZE = 12
_TAG_SIZE = 16
_KIND = "backup"


@runtime_checkable
class Copyable(Protocol):
    """A store that can be copied while it is used."""

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy into a new file."""
        ...


class Backup(BaseModel):
    """What is known of a backup.

    Attributes:
        format: of the file.
        made_at: when it was made.
        expires_at: after that it is not restored any more, and is to be deleted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = FORMAT
    made_at: datetime
    expires_at: datetime


class _Made(BaseModel):
    path: str = Field(repr=False)
    expires_at: datetime


def make_backup(
    store: Copyable, keys: Keys, vault: Vault, path: Path, now: datetime, *, days: int = DAYS
) -> Backup:
    """Write a backup into a new file, mode 0600, and remember where it is.

    Args:
        store: what is copied.
        keys: of the store; seal it.
        vault: of the store; remembers the backup.
        path: of the new file.
        now: the date.
        days: how long it is good; 180 at most.

    Raises:
        StoreError: there is such a file, or it cannot be written.
    """
    made = Backup(made_at=now, expires_at=now + timedelta(days=min(days, LONGEST_DAYS)))

    def write(draft: Path) -> None:
        with TemporaryDirectory(prefix=".babyn-", dir=draft.parent) as folder:
            copy = Path(folder) / "copy"
            store.copy_to(copy)
            with copy.open("rb") as content, draft.open("r+b") as sealed:
                _seal(made, content, sealed, keys.backup_key)

    try:
        if not create_private(path, write):
            raise StoreError("There is a file of that name; name a new one for the backup")
    except OSError:
        raise StoreError("The backup cannot be written; check the directory and its disk") from None
    record = _Made(path=str(path.absolute()), expires_at=made.expires_at)
    vault.put(_KIND, record.path, record)
    return made


def read_backup(path: Path) -> Backup:
    """Return what a backup says of itself; whether that is true shows when it is restored.

    Raises:
        StoreError: it is none, or open to other users.
    """
    check_private(path)
    try:
        with path.open("rb") as sealed:
            return Backup.model_validate_json(sealed.readline(4096))
    except (OSError, ValidationError):
        raise StoreError("That file cannot be read as a backup") from None


def restore_backup(path: Path, keys: Keys, directory: Path, file: str, now: datetime) -> Backup:
    """Put the store of a backup into a directory in which there is none.

    Opening it then removes what was erased since. Its consent ledger is as old as the backup:
    beside newer checkpoints it counts as damaged, and nothing is allowed by it.

    Args:
        path: of the backup.
        keys: of the store that it was made of.
        directory: where the store is to be.
        file: the name of its file there.
        now: the date.

    Raises:
        StoreError: it has expired, was changed, is another store's, or there is a store.
    """
    backup = read_backup(path)
    if now > backup.expires_at:
        raise StoreError("The backup has expired; it is not restored any more. Delete it")
    prepare_directory(directory)

    def write(draft: Path) -> None:
        with path.open("rb") as sealed, draft.open("r+b") as content:
            for chunk in _opened(sealed, keys.backup_key):
                content.write(chunk)

    try:
        if not create_private(directory / file, write):
            raise StoreError("There is a store already; restore into another directory")
    except OSError:
        raise StoreError("The store cannot be written; check the directory and its disk") from None
    return backup


def expired_backups(vault: Vault, now: datetime) -> tuple[Path, ...]:
    """Return the backups that are still there after their time; forget those that are gone."""
    expired: list[Path] = []
    for made in vault.list(_KIND, _Made):
        path = Path(made.path)
        if not path.exists():
            vault.delete(_KIND, made.path)
        elif now > made.expires_at:
            expired.append(path)
    return tuple(expired)


def _seal(made: Backup, content: IO[bytes], sealed: IO[bytes], key: bytes) -> None:
    header = made.model_dump_json().encode() + b"\n"
    sealed.write(header)
    cipher = ChaCha20Poly1305(key)
    chunk, number = content.read(_CHUNK), 0
    while True:
        following = content.read(_CHUNK)
        nonce = secrets.token_bytes(_NONCE_SIZE)
        size = len(chunk) + _TAG_SIZE
        text = cipher.encrypt(nonce, chunk, _place(header, number, size, last=not following))
        sealed.write(struct.pack(">I", size) + nonce + text)
        if not following:
            return
        chunk, number = following, number + 1


def _opened(sealed: IO[bytes], key: bytes) -> Iterator[bytes]:
    header = sealed.readline(4096)
    cipher = ChaCha20Poly1305(key)
    number = 0
    length = sealed.read(4)
    try:
        while True:
            nonce = sealed.read(_NONCE_SIZE)
            size = struct.unpack(">I", length)[0]
            text = sealed.read(size)
            length = sealed.read(4)
            yield cipher.decrypt(nonce, text, _place(header, number, size, last=not length))
            if not length:
                return
            number += 1
    except (InvalidTag, ValueError, struct.error):
        raise StoreError(
            "The backup does not open: it was changed or cut off, or is that of another store"
        ) from None


def _place(header: bytes, number: int, size: int, *, last: bool) -> bytes:
    return json.dumps([FORMAT, number, size, last]).encode() + header
