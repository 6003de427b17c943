"""Where the keys of a store are kept: in a file, in memory, or wherever a host says."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from babyn_ble.errors import StoreError
from babyn_ble.privacy.keyring import KEY_SIZE, Keyring
from babyn_ble.store.files import (
    check_private,
    create_private,
    exclusively,
    prepare_directory,
    replace_private,
)


class KeyProvider(Protocol):
    """Where the keys are. A host may keep them in its own keyring."""

    def get(self) -> bytes | None:
        """Return the keys (:class:`Keyring` as bytes), or ``None`` if there are none yet."""
        ...

    def create(self) -> bytes:
        """Make a master key, keep it, and return it. If there is one by now, return that."""
        ...

    def change(self, change: Callable[[bytes], bytes]) -> bytes:
        """Put what ``change`` makes of the keys durably in their place, and return it.

        No other process's change gets in between, and what was there before is gone after
        it: that is how keys are destroyed. What ``change`` raises changes nothing.
        """
        ...


class MemoryKeys:
    """Keys that live as long as the process."""

    def __init__(self, key: bytes | None = None) -> None:
        self._keys = key
        self._lock = threading.Lock()

    def get(self) -> bytes | None:
        """Return the keys, or ``None`` if there are none yet."""
        return self._keys

    def create(self) -> bytes:
        """Make a master key."""
        with self._lock:
            if self._keys is None:
                self._keys = secrets.token_bytes(KEY_SIZE)
            return self._keys

    def change(self, change: Callable[[bytes], bytes]) -> bytes:
        """Change the keys."""
        with self._lock:
            if self._keys is None:
                raise keys_missing()
            self._keys = change(self._keys)
            return self._keys


class FileKeys:
    """Keys in a file that only its owner can read.

    One file is for one store. Keep it out of backups of the store: who has both can read
    everything, and who puts back an older key file brings back keys that were destroyed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)

    @property
    def directory(self) -> Path:
        """Where the file is; checkpoints of the store's ledger are kept beside it."""
        return self._path.parent

    def get(self) -> bytes | None:
        """Return the keys, or ``None`` if there is no file.

        Raises:
            StoreError: the file is open to other users, unreadable, or holds no keys.
        """
        check_private(self._path)
        try:
            keys = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            raise StoreError("The key file cannot be read; check who owns it") from None
        try:
            Keyring.parse(keys)
        except StoreError:
            raise StoreError("The key file is damaged; restore a copy of it") from None
        return keys

    def create(self) -> bytes:
        """Make a master key in a new file, mode 0600.

        Raises:
            StoreError: it cannot be written.
        """
        prepare_directory(self._path.parent)
        try:
            create_private(self._path, _fill_with_a_key)
        except OSError:
            raise StoreError("The key file cannot be written; check its directory") from None
        keys = self.get()
        if keys is None:
            raise StoreError("The key file vanished; try again")
        return keys

    def change(self, change: Callable[[bytes], bytes]) -> bytes:
        """Change the keys; the old file is overwritten once the new one is in its place.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            with exclusively(self._path):
                keys = self.get()
                if keys is None:
                    raise keys_missing()
                changed = change(keys)
                replace_private(self._path, changed)
        except OSError:
            raise StoreError("The key file cannot be written; check its directory") from None
        return changed


def keys_missing() -> StoreError:
    """Return the error that says that a store's key is not there."""
    return StoreError(
        "The key of this store is missing; restore the key file. Without it nothing in the "
        "store can be read, by anyone"
    )


def _fill_with_a_key(path: Path) -> None:
    path.write_bytes(secrets.token_bytes(KEY_SIZE))
