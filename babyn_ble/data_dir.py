"""Where the companion keeps its files, and how a store is opened from a directory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from babyn_ble.errors import StoreError
from babyn_ble.privacy.checkpoints import CheckpointPlace, FilePlace
from babyn_ble.privacy.key_providers import FileKeys, KeyProvider, MemoryKeys
from babyn_ble.privacy.sidecar import FileSidecar
from babyn_ble.store.files import prepare_directory

if TYPE_CHECKING:
    from babyn_ble.store import Store

VARIABLE = "BABYN_DATA_DIR"
"""Environment variable that names the data directory."""

KEY_FILE = "master.key"
"""Name of the key file in a data directory."""

CHECKPOINTS_VARIABLE = "BABYN_CHECKPOINT_DIR"
"""Environment variable that names a second place for checkpoints of the consent ledger."""


def default_directory() -> Path:
    """Return the user's data directory for BabyN.

    Raises:
        StoreError: the environment does not name one, and ``platformdirs`` is not installed.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    try:
        from platformdirs import user_data_path
    except ImportError:
        raise StoreError(
            f"No directory to keep data in: name one, set {VARIABLE}, or install the extra "
            "that knows the system's (pip install 'babyn-ble[cli]')"
        ) from None
    return user_data_path("babyn", appauthor=False)


def open_store(store: Store | str | os.PathLike[str] | None) -> tuple[Store, KeyProvider]:
    """Open the store in a directory with the key file beside it, or take a host's own.

    Raises:
        StoreError: it cannot be opened, or the extra ``store`` is not installed.
    """
    if store is not None and not isinstance(store, str | os.PathLike):
        return store, MemoryKeys()
    directory = Path(store) if store is not None else default_directory()
    try:
        from babyn_ble.store.sql import SqlStore
    except ImportError:
        raise StoreError(
            "A store in a directory needs SQLAlchemy; install it with: "
            "pip install 'babyn-ble[store]'"
        ) from None
    prepare_directory(directory)
    return SqlStore.open(directory), FileKeys(directory / KEY_FILE)


@dataclass(frozen=True, slots=True)
class Places:
    """Everything that a companion keeps, opened.

    Attributes:
        store: its store.
        keys: where the store's keys are.
        checkpoints: where those of the ledger are kept.
        sidecar: where withdrawals go that the ledger cannot take.
    """

    store: Store
    keys: KeyProvider
    checkpoints: Sequence[CheckpointPlace]
    sidecar: FileSidecar | None


def open_places(
    store: Store | str | os.PathLike[str] | None, keys: KeyProvider | None = None
) -> Places:
    """Open a store, and find what stands beside it.

    Args:
        store: a directory, a host's own store, or ``None`` for the user's data directory.
        keys: where the keys are, if they are not beside the store.

    Raises:
        StoreError: it cannot be opened, or the extra ``store`` is not installed.
    """
    opened, its_keys = open_store(store)
    provider = keys or its_keys
    try:
        return Places(opened, provider, checkpoint_places(store, provider), sidecar(store))
    except BaseException:
        opened.close()
        raise


def checkpoint_places(
    store: Store | str | os.PathLike[str] | None, keys: KeyProvider
) -> list[CheckpointPlace]:
    """Return where checkpoints of a store's ledger are kept.

    They are beside the key file, or where the key is no file, in the directory of the store;
    and in a second place, if one is named. A host's own store has none but that.

    Args:
        store: as it was given to :func:`open_store`.
        keys: where its key is.
    """
    directories: list[Path] = []
    if isinstance(keys, FileKeys):
        directories.append(keys.directory)
    elif store is None or isinstance(store, str | os.PathLike):
        directories.append(Path(store) if store is not None else default_directory())
    if second := os.environ.get(CHECKPOINTS_VARIABLE):
        directories.append(Path(second))
    return [FilePlace(directory) for directory in directories]


def sidecar(store: Store | str | os.PathLike[str] | None) -> FileSidecar | None:
    """Return where withdrawals go that the ledger of a store cannot take.

    Args:
        store: as it was given to :func:`open_store`; a host's own store has no such place.
    """
    if store is not None and not isinstance(store, str | os.PathLike):
        return None
    return FileSidecar(Path(store) if store is not None else default_directory())
