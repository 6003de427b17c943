"""Keys: one master key outside the store, one random key a subject inside it, sealed.

The master key never leaves its provider's file (or keyring, or memory). It wraps a random key
for each subject; destroying that wrapped key makes everything sealed for the subject
unreadable, in every copy of the store.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import struct
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from babyn_ble.errors import StoreError
from babyn_ble.store import SealedRecord, Store
from babyn_ble.store.files import check_private, create_private, prepare_directory

KEY_SIZE = 32
_NONCE_SIZE = 12
_KEY_VERSION = 1
_SUBJECT_KEY = "subject-key"
_KEY_CHECK = "key-check"
_CHECKED = b"babyn key check"

SHORT_ID_ALPHABET = "ghjkmnpqrstvwxyz"
"""Sixteen letters, none of them a hexadecimal digit: no part of an address looks like this."""

_ADDRESS = re.compile(r"(?:[0-9A-Fa-f]{2}[:\-_]){5}[0-9A-Fa-f]{2}")


class KeyProvider(Protocol):
    """Where the master key is. A host may keep it in its own keyring."""

    def get(self) -> bytes | None:
        """Return the master key (32 bytes), or ``None`` if there is none yet."""
        ...

    def create(self) -> bytes:
        """Make a master key, keep it, and return it. If there is one by now, return that."""
        ...


class MemoryKeys:
    """A master key that lives as long as the process."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key

    def get(self) -> bytes | None:
        """Return the master key, or ``None`` if there is none yet."""
        return self._key

    def create(self) -> bytes:
        """Make a master key."""
        if self._key is None:
            self._key = secrets.token_bytes(KEY_SIZE)
        return self._key


class FileKeys:
    """A master key in a file that only its owner can read.

    One file is for one store. Keep it out of backups of the store: who has both can read
    everything.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    @property
    def directory(self) -> Path:
        """Where the file is; checkpoints of the store's ledger are kept beside it."""
        return self._path.parent

    def get(self) -> bytes | None:
        """Return the master key, or ``None`` if there is no file.

        Raises:
            StoreError: the file is open to other users, unreadable, or no key.
        """
        check_private(self._path)
        try:
            key = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            raise StoreError("The key file cannot be read; check who owns it") from None
        if len(key) != KEY_SIZE:
            raise StoreError("The key file is damaged; restore a copy of it")
        return key

    def create(self) -> bytes:
        """Make a master key in a new file, mode 0600.

        Raises:
            StoreError: it cannot be written.
        """
        prepare_directory(self._path.parent)
        try:
            create_private(self._path, lambda draft: _fill(draft, secrets.token_bytes(KEY_SIZE)))
        except OSError:
            raise StoreError("The key file cannot be written; check its directory") from None
        key = self.get()
        if key is None:
            raise StoreError("The key file vanished; try again")
        return key


class Keys:
    """Seals, opens and pseudonymises. Made by :meth:`open`."""

    def __init__(self, store: Store, master: bytes) -> None:
        self._store = store
        self._wrapping = _derive(master, "wrapping")
        self._household = _derive(master, "household")
        self._naming = _derive(master, "naming")
        self._log = _derive(master, "log")
        self._ledger = _derive(master, "ledger")
        self._checkpoint = _derive(master, "checkpoint")
        self._subject_keys: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, store: Store, provider: KeyProvider) -> Keys:
        """Return the keys of a store; for a new store, make them.

        Raises:
            StoreError: the store's key is missing, or the key is another store's.
        """
        check = store.get(_KEY_CHECK, _KEY_CHECK)
        master = provider.get()
        if master is None:
            if check is not None:
                raise StoreError(
                    "The key of this store is missing; restore the key file. Without it "
                    "nothing in the store can be read, by anyone"
                )
            master = provider.create()
        if len(master) != KEY_SIZE:
            raise StoreError("The key provider gave no key of 32 bytes; check it")
        keys = cls(store, master)
        if check is None:
            sealed = keys.seal(_CHECKED, _KEY_CHECK, _KEY_CHECK)
            store.put(SealedRecord(_KEY_CHECK, _KEY_CHECK, None, None, sealed), only_new=True)
            check = store.get(_KEY_CHECK, _KEY_CHECK)
        if check is not None:
            keys.unseal(check.sealed, _KEY_CHECK, _KEY_CHECK)
        return keys

    # Sealing

    def seal(
        self,
        data: bytes,
        table: str,
        key: str,
        *,
        subject_id: str | None = None,
        purpose: str | None = None,
    ) -> bytes:
        """Return ``data`` encrypted, so that it opens only in the same place for the same use.

        Raises:
            StoreError: the subject has no key (never had one, or it was destroyed).
        """
        nonce = secrets.token_bytes(_NONCE_SIZE)
        place = _place(table, key, subject_id, purpose)
        cipher = ChaCha20Poly1305(self._key_of(subject_id))
        return bytes([_KEY_VERSION]) + nonce + cipher.encrypt(nonce, data, place)

    def unseal(
        self,
        sealed: bytes,
        table: str,
        key: str,
        *,
        subject_id: str | None = None,
        purpose: str | None = None,
    ) -> bytes:
        """Return what :meth:`seal` was given.

        Raises:
            StoreError: it does not open with this key, in this place, for this use.
        """
        if sealed[:1] != bytes([_KEY_VERSION]):
            raise StoreError("A sealed record has an unknown form; update the library")
        cipher = ChaCha20Poly1305(self._key_of(subject_id))
        nonce, text = sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :]
        try:
            return cipher.decrypt(nonce, text, _place(table, key, subject_id, purpose))
        except (InvalidTag, ValueError):
            raise StoreError(
                "A sealed record does not open: it was changed or moved, or the key is that "
                "of another store; restore a copy of store and key"
            ) from None

    # The ledger: its keys stay as long as the ledger does

    def ledger_code(self, data: bytes) -> bytes:
        """Return the code of a ledger entry: who has not the key can make none."""
        return hmac.digest(self._ledger, data, "sha256")

    def checkpoint_code(self, data: bytes) -> bytes:
        """Return the code of a checkpoint."""
        return hmac.digest(self._checkpoint, data, "sha256")

    # Names

    def record_key(self, kind: str, name: str) -> str:
        """Return the key under which a name is stored: a keyed hash."""
        return _mac(self._naming, "record", kind, name).hex()

    def pseudonym(self, kind: str, name: str) -> str:
        """Return what stands for a name in the ledger: a keyed hash, 16 digits."""
        return _mac(self._naming, "pseudonym", kind, name)[:8].hex()

    def commitment(self, subject_id: str | None, data: bytes) -> str:
        """Return what binds the ledger to ``data`` without telling it.

        Without the subject's key nobody can test a guess against it.
        """
        key = _derive(self._key_of(subject_id), "commitment")
        return hmac.digest(key, data, "sha256").hex()

    def short_id(self, value: bytes | str) -> str:
        """Return the eight letters that stand for a value in logs and errors.

        An address has the same one in any case and with any separator.
        """
        return short_id(self._log, value)

    # Subjects' keys

    def create_subject_key(self, subject_id: str) -> None:
        """Make the key of a new subject.

        Raises:
            StoreError: there is one already.
        """
        wrapped = self._wrap(subject_id, secrets.token_bytes(KEY_SIZE))
        record = SealedRecord(_SUBJECT_KEY, subject_id, subject_id, None, wrapped)
        if not self._store.put(record, only_new=True):
            raise StoreError("The subject has a key already; nothing was changed")

    def destroy_subject_key(self, subject_id: str) -> bool:
        """Destroy a subject's key, and with it all that was sealed for the subject.

        Returns:
            Whether there was one.
        """
        with self._lock:
            self._subject_keys.pop(subject_id, None)
        return self._store.delete(_SUBJECT_KEY, subject_id)

    def _key_of(self, subject_id: str | None) -> bytes:
        if subject_id is None:
            return self._household
        with self._lock:
            key = self._subject_keys.get(subject_id)
        if key is None:
            record = self._store.get(_SUBJECT_KEY, subject_id)
            if record is None:
                raise StoreError(
                    "The subject's key does not exist (any more); what was sealed with it "
                    "cannot be read"
                )
            key = self._unwrap(subject_id, record.sealed)
            with self._lock:
                self._subject_keys[subject_id] = key
        return key

    def _wrap(self, subject_id: str, key: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        place = _place(_SUBJECT_KEY, subject_id, subject_id, None)
        return nonce + ChaCha20Poly1305(self._wrapping).encrypt(nonce, key, place)

    def _unwrap(self, subject_id: str, wrapped: bytes) -> bytes:
        place = _place(_SUBJECT_KEY, subject_id, subject_id, None)
        nonce, text = wrapped[:_NONCE_SIZE], wrapped[_NONCE_SIZE:]
        try:
            return ChaCha20Poly1305(self._wrapping).decrypt(nonce, text, place)
        except (InvalidTag, ValueError):
            raise StoreError(
                "A subject's key does not open: it was changed, or the key is that of another "
                "store; restore a copy of store and key"
            ) from None


def short_id(key: bytes, value: bytes | str) -> str:
    """Return the eight letters that stand for a value, under a key."""
    if isinstance(value, str):
        if _ADDRESS.fullmatch(value):
            value = re.sub(r"[^0-9A-Fa-f]", "", value).upper()
        value = value.encode("utf-8", "surrogatepass")
    digest = hmac.digest(key, value, "sha256")
    return "".join(
        SHORT_ID_ALPHABET[byte >> 4] + SHORT_ID_ALPHABET[byte & 15] for byte in digest[:4]
    )


def _place(table: str, key: str, subject_id: str | None, purpose: str | None) -> bytes:
    """Return the associated data: each part with its length, so that none can be shifted."""
    return _joined((table, key, subject_id or "", purpose or "", str(_KEY_VERSION)))


def _joined(parts: Iterable[str]) -> bytes:
    encoded = [part.encode() for part in parts]
    return b"".join(struct.pack(">I", len(part)) + part for part in encoded)


def _mac(key: bytes, *parts: str) -> bytes:
    return hmac.digest(key, _joined(parts), "sha256")


def _derive(key: bytes, label: str) -> bytes:
    """Return a key for one use (HKDF-Expand of RFC 5869 with a single block)."""
    return hmac.new(key, f"babyn-keys-v1 {label}".encode() + b"\x01", hashlib.sha256).digest()


def _fill(path: Path, data: bytes) -> None:
    path.write_bytes(data)
