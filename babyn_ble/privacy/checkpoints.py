"""Checkpoints: how long the ledger was, kept apart from it.

A chain cannot show that its end was cut off, or that an older copy of it was put in place. A
checkpoint says: at this time the ledger had this many entries, and the newest had this hash.
It carries a code under the store's key. Opening compares; a ledger that does not pass its
newest checkpoint is damaged, and damage means deny.

Whom it is meant for: accidents (a copy from last week restored over today's), and whoever can
write the store but has neither the key nor the places of checkpoints. Not the account's owner,
who has all of them. Place, key and adversaries: ``docs/decisions/0009-checkpoints.md``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from babyn_ble.errors import StoreError
from babyn_ble.privacy import canonical
from babyn_ble.privacy.ledger import Authenticate, Position
from babyn_ble.store.files import check_private, create_private, prepare_directory, sync_directory

_FIELDS = {"size", "head", "ledger", "time"}
_CODE = "mac"
_TRIES = 100


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long a ledger was.

    Attributes:
        size: how many entries it had.
        head: the hash of the newest.
        ledger_id: which ledger; empty as long as it was empty.
        time: when the newest was recorded.
    """

    size: int
    head: bytes
    ledger_id: str
    time: datetime

    @classmethod
    def of(cls, position: Position) -> Checkpoint:
        """Return the checkpoint of a position in a chain."""
        return cls(position.seq, position.head, position.ledger_id, position.recorded_at)


class CheckpointPlace(Protocol):
    """Where checkpoints of one store are kept. It keeps them apart from the store.

    Several processes may use one at the same time.
    """

    def read(self) -> Sequence[bytes]:
        """Return what is kept, in any order.

        Raises:
            StoreError: it cannot be told.
        """
        ...

    def keep(self, size: int, data: bytes) -> None:
        """Keep the checkpoint of a size, durably; those of smaller sizes may go then.

        Raises:
            StoreError: it cannot be kept.
        """
        ...

    def forget(self) -> None:
        """Forget all that are kept; whoever looks before the next one is kept finds none.

        Raises:
            StoreError: they cannot be removed.
        """
        ...


class MemoryPlace:
    """Keeps checkpoints as long as the process: for tests, and hosts."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}

    def read(self) -> Sequence[bytes]:
        """Return what is kept."""
        return list(self.kept.values())

    def keep(self, size: int, data: bytes) -> None:
        """Keep a checkpoint; the smaller ones go."""
        self.kept[size] = data
        for smaller in [kept for kept in self.kept if kept < size]:
            del self.kept[smaller]

    def forget(self) -> None:
        """Forget all of them."""
        self.kept.clear()


class FilePlace:
    """Keeps checkpoints in a directory that only its owner can enter, a file each.

    The size is part of the name. So nothing is ever replaced: of processes that keep theirs
    at the same time, each makes its own, and whoever reads finds the largest.
    """

    _NAME = re.compile(r"ledger-(\d{10})\.checkpoint")
    _DRAFT = re.compile(r"\.ledger-(\d{10})\.checkpoint\.[0-9a-f]{16}")

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = Path(directory)

    def read(self) -> Sequence[bytes]:
        """Return what the files hold.

        Raises:
            StoreError: the directory or a file is open to other users, or cannot be read.
        """
        if not self._directory.exists():
            return []
        prepare_directory(self._directory)
        for _ in range(_TRIES):
            try:
                return [self._content(path) for _, path in self._files(self._NAME)]
            except FileNotFoundError:
                continue  # a larger one has come since: look again
            except OSError:
                break
        raise StoreError("The checkpoint of the consent ledger cannot be read; check who owns it")

    def keep(self, size: int, data: bytes) -> None:
        """Make the file of a size, mode 0600, then remove those of smaller sizes.

        Raises:
            StoreError: it cannot be written.
        """
        prepare_directory(self._directory)
        path = self._directory / f"ledger-{size:010d}.checkpoint"
        try:
            try:
                create_private(path, lambda draft: _fill(draft, data))
            except FileNotFoundError:  # another process has a larger one, and cleaned up
                if not any(kept > size for kept, _ in self._files(self._NAME)):
                    raise
            sync_directory(self._directory)
            for pattern in (self._NAME, self._DRAFT):  # a killed process leaves its draft
                for kept, smaller in self._files(pattern):
                    if kept < size:
                        smaller.unlink(missing_ok=True)
        except OSError:
            raise StoreError(
                "The checkpoint of the consent ledger cannot be written; check its directory "
                "and its disk"
            ) from None

    def forget(self) -> None:
        """Remove every file.

        Raises:
            StoreError: one cannot be removed.
        """
        try:
            for _, path in self._files(self._NAME) if self._directory.exists() else ():
                path.unlink(missing_ok=True)
        except OSError:
            raise StoreError(
                "The checkpoint of the consent ledger cannot be removed; check who owns it"
            ) from None

    def _files(self, pattern: re.Pattern[str]) -> list[tuple[int, Path]]:
        found = ((pattern.fullmatch(path.name), path) for path in self._directory.iterdir())
        return sorted((int(match[1]), path) for match, path in found if match is not None)

    def _content(self, path: Path) -> bytes:
        check_private(path)
        return path.read_bytes()


class Checkpoints:
    """The checkpoints of one ledger, in every place.

    Args:
        places: where they are kept; with none, nothing is kept and nothing compared.
        authenticate: makes their codes (:meth:`babyn_ble.privacy.keys.Keys.checkpoint_code`).
    """

    def __init__(self, places: Sequence[CheckpointPlace], authenticate: Authenticate) -> None:
        self._places = tuple(places)
        self._authenticate = authenticate

    def __bool__(self) -> bool:
        """Whether there is a place for them."""
        return bool(self._places)

    @property
    def places(self) -> int:
        """In how many places they are kept."""
        return len(self._places)

    def complete(self) -> bool:
        """Return whether every place holds the newest one.

        Raises:
            DamagedCheckpointError, StoreError: as :meth:`newest`.
        """
        newest = self.newest()
        return newest is not None and all(self._has(place, newest) for place in self._places)

    def newest(self) -> Checkpoint | None:
        """Return the newest one of all places; ``None`` if there is none.

        Raises:
            DamagedCheckpointError: one was changed, or is of another store.
            StoreError: a place cannot be read.
        """
        return max(self._all(), key=lambda checkpoint: checkpoint.size, default=None)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint in every place that has not it, also when one of them fails.

        Raises:
            DamagedCheckpointError, StoreError: as :meth:`newest`, or it cannot be kept.
        """
        failure: StoreError | None = None
        for place in self._places:
            try:
                if not self._has(place, checkpoint):
                    place.keep(checkpoint.size, self._written(checkpoint))
            except StoreError as error:
                failure = error
        if failure is not None:
            raise failure

    def begin_anew(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint in place of all that are kept, also of larger and of damaged ones.

        Between the two nothing is allowed: a ledger without its checkpoint counts as damaged.

        Raises:
            StoreError: they cannot be removed, or it cannot be kept.
        """
        for place in self._places:
            place.forget()
        for place in self._places:
            place.keep(checkpoint.size, self._written(checkpoint))

    def _all(self) -> list[Checkpoint]:
        return [self._read(data) for place in self._places for data in place.read()]

    def _has(self, place: CheckpointPlace, checkpoint: Checkpoint) -> bool:
        """Return whether a place holds this one, or a later one of another process."""
        kept = [self._read(data) for data in place.read()]
        return checkpoint in kept or any(other.size > checkpoint.size for other in kept)

    def _written(self, checkpoint: Checkpoint) -> bytes:
        content: dict[str, object] = {
            "size": checkpoint.size,
            "head": checkpoint.head.hex(),
            "ledger": checkpoint.ledger_id,
            "time": canonical.written(checkpoint.time),
        }
        return canonical.dump({**content, _CODE: self._code(content)})

    def _read(self, data: bytes) -> Checkpoint:
        try:
            content = canonical.parse(data)
            code = content.pop(_CODE, None)
            if set(content) != _FIELDS or code != self._code(content):
                raise DamagedCheckpointError
            size, head, ledger_id = content["size"], content["head"], content["ledger"]
            time = canonical.read_date(content["time"])
        except canonical.NotCanonicalError:
            raise DamagedCheckpointError from None
        if not (isinstance(size, int) and isinstance(head, str) and isinstance(ledger_id, str)):
            raise DamagedCheckpointError
        return Checkpoint(size, bytes.fromhex(head), ledger_id, time)

    def _code(self, content: dict[str, object]) -> str:
        return self._authenticate(canonical.dump(content)).hex()


class DamagedCheckpointError(Exception):
    """What is kept as a checkpoint was not made with the key of this store."""


def _fill(draft: Path, data: bytes) -> None:
    with draft.open("r+b") as file:  # which makes none: it would be open to others
        file.write(data)
