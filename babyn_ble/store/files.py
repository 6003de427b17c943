"""Files that only their owner can read, and that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from babyn_ble.errors import StoreError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PERMISSIONS_MEAN_SOMETHING = os.name == "posix"


def prepare_directory(directory: Path) -> None:
    """Make a directory that only its owner can enter, or check that it is one.

    Raises:
        StoreError: it cannot be made, is no directory, or is open to others.
    """
    try:
        directory.mkdir(mode=0o700, parents=True)
        directory.chmod(0o700)
    except FileExistsError:
        pass
    except OSError:
        raise StoreError(
            "The data directory cannot be made; choose one that you may write to"
        ) from None
    if not directory.is_dir():
        raise StoreError("The data directory is a file; choose a directory")
    if open_to_others(directory):
        raise StoreError(
            "The data directory is open to other users, so it is not used; "
            "close it to them (chmod 700) or choose another"
        )


def check_private(path: Path) -> None:
    """Refuse a file (if there is one) that other users can read or write.

    Raises:
        StoreError: they can, or it cannot be told.
    """
    if open_to_others(path):
        raise StoreError(
            f"The file {path.name} is open to other users, so it is not used; "
            "close it to them (chmod 600)"
        )


def create_private(path: Path, write: Callable[[Path], None]) -> bool:
    """Make a file that only its owner can read, complete from its first moment on.

    ``write`` fills a file beside it, which then takes the name in one step. When several
    processes do this at once, one of them makes the file and the others find it made.

    Returns:
        Whether this call made it.

    Raises:
        OSError: it cannot be written. Nothing is left behind.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        write(draft)
        with draft.open("rb") as made:
            os.fsync(made.fileno())
        return _take_name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def replace_private(path: Path, data: bytes) -> None:
    """Put a new file with mode 0600 in the place of one, in one step, and overwrite the old.

    The disk may keep what it likes (a journal, worn cells); the file system shows the old
    content no more.

    Raises:
        OSError: it cannot be written. The old file is still there.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with path.open("r+b") as old:
        try:
            with os.fdopen(
                os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
            ) as new:
                new.write(data)
                new.flush()
                os.fsync(new.fileno())
            if not _PERMISSIONS_MEAN_SOMETHING:
                old.close()  # Windows replaces no file that is open
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        if not old.closed:
            sync_directory(path.parent)
            old.write(bytes(os.fstat(old.fileno()).st_size))
            old.flush()
            os.fsync(old.fileno())


@contextmanager
def exclusively(path: Path) -> Generator[None]:
    """Keep other processes that do the same out, for the length of a context.

    Raises:
        OSError: the lock cannot be made.
    """
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _lock(lock)
        yield
    finally:
        os.close(lock)  # which unlocks it, also when the process is killed


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)


def sync_directory(directory: Path) -> None:
    """Have the names in a directory on the disk, where the system can do that.

    Raises:
        OSError: the disk reports an error.
    """
    if not _PERMISSIONS_MEAN_SOMETHING:
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_name(draft: Path, path: Path) -> bool:
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if path.exists():
            return False
        draft.rename(path)
    return True


def open_to_others(path: Path) -> bool:
    """Return whether other users can read or write a file, or enter a directory.

    Raises:
        StoreError: it cannot be told.
    """
    if not _PERMISSIONS_MEAN_SOMETHING:
        return False
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except FileNotFoundError:
        return False
    except OSError:
        raise StoreError("The data directory cannot be looked into; check who owns it") from None
