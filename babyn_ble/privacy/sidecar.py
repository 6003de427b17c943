"""Withdrawals that the ledger could not take: kept beside it, until it can.

A withdrawal never depends on a sound ledger. Where it cannot be recorded there, it is set
aside in a file of its own, which is only ever appended to, and holds from then on in every
process on the store. Once the ledger verifies again it is recorded there; and should an older
copy of the store take its place later, it is found here once more.

A line needs no code and no key: whoever can write it could withdraw as well, and it can do
nothing else. A line that cannot be read counts as the withdrawal of everything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from babyn_ble.errors import StoreError
from babyn_ble.store.files import check_private, prepare_directory

FILE_NAME = "withdrawals.jsonl"


class Sidecar(Protocol):
    """Where lines are kept, apart from the store."""

    def append(self, line: bytes) -> None:
        """Keep one more line, durably."""
        ...

    def lines(self) -> Sequence[bytes]:
        """Return every whole line, oldest first."""
        ...

    def size(self) -> int:
        """Return a number that grows with every line; cheap."""
        ...


class FileSidecar:
    """A file that only its owner can read, in a directory that is the store's or another."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME

    def append(self, line: bytes) -> None:
        """Keep one more line, durably.

        Raises:
            StoreError: it cannot be written.
        """
        prepare_directory(self._path.parent)
        check_private(self._path)
        try:
            number = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
            with os.fdopen(number, "r+b", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                torn = end > 0 and os.pread(number, 1, end - 1) != b"\n"
                file.write((b"\n" if torn else b"") + line + b"\n")
                os.fsync(number)
        except OSError:
            raise StoreError(
                "The file of withdrawals cannot be written; check the data directory"
            ) from None

    def lines(self) -> Sequence[bytes]:
        """Return every whole line, oldest first.

        Raises:
            StoreError: it cannot be read.
        """
        check_private(self._path)
        try:
            whole, newline, _torn = self._path.read_bytes().rpartition(b"\n")
        except FileNotFoundError:
            return []
        except OSError:
            raise StoreError("The file of withdrawals cannot be read; check who owns it") from None
        return whole.split(b"\n") if newline else []

    def size(self) -> int:
        """Return its length; 0 if there is none."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0


@dataclass(frozen=True, slots=True)
class SetAside:
    """A withdrawal beside the ledger.

    Attributes:
        subject_id: whose consent; ``None``: everyone's in the store.
        scope: as the ledger has it, or a kind (``sharing``) for all of that kind; ``None``:
            every consent.
        at: when.
        merged: whether the ledger had taken it in by then.
    """

    subject_id: str | None
    scope: str | None
    at: datetime
    merged: bool = False

    def covers(self, subject_id: str, scope: str) -> bool:
        """Whether it is about a consent."""
        return self.subject_id in (None, subject_id) and (
            self.scope in (None, scope, scope.partition(":")[0])
        )

    def ends(self, given_at: datetime) -> bool:
        """Whether it ends a grant of that time.

        As long as the ledger had not taken it in, nothing can have been given after it,
        whatever a clock says.
        """
        return not self.merged or given_at <= self.at


class SetAsides:
    """The withdrawals beside one ledger.

    Attributes:
        seen: how far its file was read.
    """

    def __init__(self, place: Sidecar) -> None:
        self.seen = 0
        self._place = place

    @property
    def changed(self) -> bool:
        """Whether there is something that was not read yet."""
        return self._place.size() != self.seen

    def add(self, subject_id: str | None, scope: str | None, at: datetime) -> None:
        """Set a withdrawal aside, durably.

        Raises:
            StoreError: it cannot be.
        """
        written = {"at": at.isoformat(), "scope": scope, "subject": subject_id}
        self._place.append(json.dumps(written).encode())

    def read(self) -> list[SetAside]:
        """Return every withdrawal, oldest first.

        Raises:
            StoreError: they cannot be read.
        """
        size = self._place.size()
        lines = [_parsed(line) for line in self._place.lines()]
        self.seen = size
        merged = max((line for line in lines if isinstance(line, int)), default=0)
        return list(_with_marks(lines, merged))

    def mark_merged(self, count: int) -> None:
        """Note that the ledger has taken in the first ``count`` of them.

        Raises:
            StoreError: it cannot be noted; they are taken in once more then, which does nothing.
        """
        self._place.append(json.dumps({"merged": count}).encode())


_EVERYTHING = SetAside(None, None, datetime.min.replace(tzinfo=UTC))
"""What a line counts as that cannot be read: once, and not again after it was taken in."""


def _with_marks(lines: list[SetAside | int], merged: int) -> Iterator[SetAside]:
    asides = [line for line in lines if isinstance(line, SetAside)]
    for number, aside in enumerate(asides):
        yield SetAside(aside.subject_id, aside.scope, aside.at, merged=number < merged)


def _parsed(line: bytes) -> SetAside | int:
    """Return a withdrawal, or how many of them the ledger had taken in."""
    try:
        content = cast("dict[str, Any]", json.loads(line))
        if set(content) == {"merged"}:
            return int(content["merged"])
        subject_id, scope = content["subject"], content["scope"]
        at = datetime.fromisoformat(content["at"])
    except (ValueError, TypeError, KeyError):
        return _EVERYTHING
    readable = all(value is None or isinstance(value, str) for value in (subject_id, scope))
    return SetAside(subject_id, scope, at) if readable and at.tzinfo else _EVERYTHING
