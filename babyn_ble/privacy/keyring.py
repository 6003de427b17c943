"""The keys of one store: a master key, and a random key for each subject.

All of them are outside the store. So a copy of the store, however old, tells nothing about a
subject once its key is gone from the one place where it was; and it still opens for the
others. In place of a destroyed key a tombstone stays: the subject was erased, and whatever
turns up of it again (an older copy of the store) is to be removed.

As bytes: the master key (32), then 48 bytes a subject: the beginning of a hash of its
pseudonym (16), and its key, or 32 zero bytes for a tombstone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from babyn_ble.errors import StoreError

KEY_SIZE: Final = 32
_PLACE_SIZE: Final = 16
_ENTRY_SIZE: Final = _PLACE_SIZE + KEY_SIZE
_DESTROYED: Final = bytes(KEY_SIZE)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys at one moment. Its ``repr`` carries none.

    Attributes:
        master: the key of what belongs to no subject.
        subjects: each subject's, by where it stands.
    """

    master: bytes = field(repr=False)
    subjects: Mapping[bytes, bytes] = field(default_factory=dict[bytes, bytes], repr=False)

    @classmethod
    def parse(cls, data: bytes) -> Keyring:
        """Return the keys that :meth:`dump` wrote.

        Raises:
            StoreError: these are none.
        """
        if len(data) < KEY_SIZE or (len(data) - KEY_SIZE) % _ENTRY_SIZE:
            raise StoreError(
                "The key provider gave no key of 32 bytes, with those of subjects behind it; "
                "check it"
            )
        entries = [data[at : at + _ENTRY_SIZE] for at in range(KEY_SIZE, len(data), _ENTRY_SIZE)]
        return cls(data[:KEY_SIZE], {entry[:_PLACE_SIZE]: entry[_PLACE_SIZE:] for entry in entries})

    def dump(self) -> bytes:
        """Return the keys as bytes."""
        return self.master + b"".join(
            place + self.subjects[place] for place in sorted(self.subjects)
        )

    def key_of(self, subject_id: str) -> bytes | None:
        """Return a subject's key; ``None`` if it never had one, or it was destroyed."""
        key = self.subjects.get(_place(subject_id))
        return None if key == _DESTROYED else key

    @property
    def has_tombstones(self) -> bool:
        """Whether any subject's key was destroyed."""
        return _DESTROYED in self.subjects.values()

    def is_erased(self, subject_id: str) -> bool:
        """Return whether a subject's key was destroyed."""
        return self.subjects.get(_place(subject_id)) == _DESTROYED

    def with_subject(self, subject_id: str) -> Keyring:
        """Return these keys and a new one.

        Raises:
            StoreError: the subject has one, or had one that was destroyed.
        """
        if _place(subject_id) in self.subjects:
            raise StoreError(
                "The subject has a key already, or had one that was destroyed; nothing was changed"
            )
        return self._put(subject_id, secrets.token_bytes(KEY_SIZE))

    def without_subject(self, subject_id: str) -> Keyring:
        """Return these keys with a tombstone in place of a subject's."""
        return self._put(subject_id, _DESTROYED)

    def _put(self, subject_id: str, key: bytes) -> Keyring:
        return replace(self, subjects={**self.subjects, _place(subject_id): key})


def _place(subject_id: str) -> bytes:
    return hashlib.sha256(f"babyn-subject {subject_id}".encode()).digest()[:_PLACE_SIZE]
