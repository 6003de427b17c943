"""Keys: one for what belongs to no subject, and a random one for each subject.

They never leave their provider's file (or keyring, or memory), and nothing in the store can
be turned into one. Destroying a subject's key makes everything sealed for the subject
unreadable, in every copy of the store that was ever made.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import struct
import threading
from collections.abc import Callable, Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from babyn_ble.errors import StoreError
from babyn_ble.privacy.key_providers import KeyProvider, keys_missing
from babyn_ble.privacy.keyring import Keyring
from babyn_ble.store import SealedRecord, Store

_NONCE_SIZE = 12
_KEY_VERSION = 1
_KEY_CHECK = "key-check"
_CHECKED = b"babyn key check"

SHORT_ID_ALPHABET = "ghjkmnpqrstvwxyz"
"""Sixteen letters, none of them a hexadecimal digit: no part of an address looks like this."""

_ADDRESS = re.compile(r"(?:[0-9A-Fa-f]{2}[:\-_]){5}[0-9A-Fa-f]{2}")


class Keys:
    """Seals, opens and pseudonymises. Thread-safe. Made by :meth:`open`."""

    def __init__(self, store: Store, provider: KeyProvider, keyring: Keyring) -> None:
        self._store = store
        self._provider = provider
        self._keyring = keyring
        self._household = _derive(keyring.master, "household")
        self._naming = _derive(keyring.master, "naming")
        self._log = _derive(keyring.master, "log")
        self._ledger = _derive(keyring.master, "ledger")
        self._checkpoint = _derive(keyring.master, "checkpoint")
        self._lock = threading.Lock()

    @classmethod
    def open(cls, store: Store, provider: KeyProvider) -> Keys:
        """Return the keys of a store; for a new store, make them.

        Whatever the store holds of a subject whose key was destroyed is removed: it is an
        older copy.

        Raises:
            StoreError: the store's key is missing, or the key is another store's.
        """
        check = store.get(_KEY_CHECK, _KEY_CHECK)
        kept = provider.get()
        if kept is None:
            if check is not None:
                raise keys_missing()
            kept = provider.create()
        keys = cls(store, provider, Keyring.parse(kept))
        if check is None:
            sealed = keys.seal(_CHECKED, _KEY_CHECK, _KEY_CHECK)
            store.put(SealedRecord(_KEY_CHECK, _KEY_CHECK, None, None, sealed), only_new=True)
            check = store.get(_KEY_CHECK, _KEY_CHECK)
        if check is not None:
            keys.unseal(check.sealed, _KEY_CHECK, _KEY_CHECK)
        keys.bury()
        return keys

    def bury(self) -> int:
        """Remove from the store what is there of subjects whose key was destroyed.

        Returns:
            How many records and readings were removed.

        Raises:
            StoreError: the store cannot be read or written.
        """
        if not self._keyring.has_tombstones:
            return 0
        return sum(
            self._store.delete_subject(subject_id)
            for subject_id in self._store.subject_ids()
            if self._keyring.is_erased(subject_id)
        )

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

    @property
    def backup_key(self) -> bytes:
        """The key of backups: of no subject, so that it opens nothing of one."""
        return _derive(self._keyring.master, "backup")

    # Names

    def record_key(self, kind: str, name: str, *, subject_id: str | None = None) -> str:
        """Return the key under which a name is stored: a keyed hash.

        That of a subject's name is under the subject's key: once that is destroyed, nobody
        can try out names against it.

        Raises:
            StoreError: the subject has no key.
        """
        naming = self._naming if subject_id is None else _derive(self._key_of(subject_id), "naming")
        return _mac(naming, "record", kind, name).hex()

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
            StoreError: there is one already, or there was.
        """
        self._change(lambda keyring: keyring.with_subject(subject_id))

    def destroy_subject_key(self, subject_id: str) -> bool:
        """Destroy a subject's key, and with it all that was sealed for the subject.

        Returns:
            Whether there was one.

        Raises:
            StoreError: the keys cannot be changed.
        """
        had = self.has_subject_key(subject_id)
        self._change(lambda keyring: keyring.without_subject(subject_id))
        return had

    def has_subject_key(self, subject_id: str) -> bool:
        """Return whether there is a key, as the provider has it now."""
        return self._fresh().key_of(subject_id) is not None

    def is_erased(self, subject_id: str) -> bool:
        """Return whether a subject's key was destroyed, as the provider has it now."""
        return self._fresh().is_erased(subject_id)

    def forget(self) -> None:
        """Forget what is known of subjects' keys: another process may have destroyed one."""
        with self._lock:
            self._keyring = Keyring(self._keyring.master)

    def _key_of(self, subject_id: str | None) -> bytes:
        if subject_id is None:
            return self._household
        key = self._keyring.key_of(subject_id) or self._fresh().key_of(subject_id)
        if key is None:
            raise StoreError(
                "The subject's key does not exist (any more); what was sealed with it "
                "cannot be read"
            )
        return key

    def _fresh(self) -> Keyring:
        kept = self._provider.get()
        if kept is None:
            raise keys_missing()
        return self._remember(kept)

    def _change(self, change: Callable[[Keyring], Keyring]) -> None:
        self._remember(self._provider.change(lambda kept: change(Keyring.parse(kept)).dump()))

    def _remember(self, kept: bytes) -> Keyring:
        keyring = Keyring.parse(kept)
        if keyring.master != self._keyring.master:
            raise StoreError("The key of this store was replaced meanwhile; open the store again")
        with self._lock:
            self._keyring = keyring
        return keyring


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
