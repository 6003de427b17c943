"""Looking over everything that privacy rests on: what ``babyn doctor`` shows.

:func:`examine` looks at one data directory. Each examination says how it found one thing, and
none ends the others. Further ones register with :func:`examination`.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from babyn_ble.errors import BabynError, LedgerError
from babyn_ble.privacy.checkpoints import DamagedCheckpointError
from babyn_ble.privacy.lookup import ANNOUNCED_BEFORE
from babyn_ble.store.files import open_to_others

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister


class Verdict(StrEnum):
    """How something was found."""

    FINE = "fine"
    LOOK = "look"
    """It works, and somebody should see to it."""
    BAD = "bad"
    NOTHING = "nothing"
    """There is nothing to look at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing was found.

    Attributes:
        name: what was looked at.
        verdict: how it is.
        words: the same in words, without anything personal.
        remedy: arguments of the ``babyn`` command that helps; empty if none does.
    """

    name: str
    verdict: Verdict
    words: str
    remedy: tuple[str, ...] = ()


Examination: TypeAlias = "Callable[[ConsentRegister, Path], Finding]"

EXAMINATIONS: dict[str, Examination] = {}
"""What is looked at in an open store, in order; see :func:`examination`."""


def examination(name: str) -> Callable[[Examination], Examination]:
    """Register an examination of an open store under a name, in order."""

    def register(examine: Examination) -> Examination:
        EXAMINATIONS[name] = examine
        return examine

    return register


def names() -> tuple[str, ...]:
    """Return the names of all that is looked at."""
    return ("platform", "permissions", "store", *EXAMINATIONS)


def examine(directory: Path, open_register: Callable[[], ConsentRegister]) -> Iterator[Finding]:
    """Look over a data directory; yield each finding.

    Args:
        directory: where it is. It is not made.
        open_register: opens its store; may refuse by an error of ours.
    """
    yield _platform()
    if not directory.exists():
        yield Finding("store", Verdict.NOTHING, "nothing is kept here yet", ("setup",))
        return
    yield _permissions(directory)
    try:
        register = open_register()
    except BabynError as error:
        yield Finding("store", Verdict.BAD, str(error))
        return
    yield Finding("store", Verdict.FINE, "opens, with its key")
    for name, look in EXAMINATIONS.items():
        try:
            yield look(register, directory)
        except LedgerError:
            yield Finding(name, Verdict.NOTHING, "cannot be told: the ledger does not verify")
        except BabynError as error:
            yield Finding(name, Verdict.BAD, str(error))


def _platform() -> Finding:
    try:
        bleak = f"bleak {version('bleak')}"
    except PackageNotFoundError:
        bleak = "no bleak"
    python = ".".join(map(str, sys.version_info[:3]))
    return Finding("platform", Verdict.FINE, f"{platform.system()}, Python {python}, {bleak}")


def _permissions(directory: Path) -> Finding:
    try:
        exposed = sorted(
            path.name for path in (directory, *directory.rglob("*")) if open_to_others(path)
        )
    except BabynError as error:
        return Finding("permissions", Verdict.BAD, str(error))
    if exposed:
        count = len(exposed)
        what = "1 file or directory is" if count == 1 else f"{count} files or directories are"
        return Finding(
            "permissions",
            Verdict.BAD,
            f"{what} open to other users of this computer (chmod 700 directories, 600 files)",
        )
    return Finding("permissions", Verdict.FINE, "no other user of this computer can look in")


@examination("ledger")
def _ledger(register: ConsentRegister, _: Path) -> Finding:
    try:
        entries = register.verify()
    except LedgerError as error:
        return Finding("ledger", Verdict.BAD, str(error), ("doctor", "incident", "ledger_damaged"))
    return Finding("ledger", Verdict.FINE, f"{_count(entries, 'entry', 'entries')} verify")


@examination("checkpoints")
def _checkpoints(register: ConsentRegister, _: Path) -> Finding:
    kept = register.checkpoints
    if not kept:
        return Finding(
            "checkpoints",
            Verdict.LOOK,
            "none are kept: an older copy of the store in place of it would not be noticed",
        )
    try:
        newest = kept.newest()
        complete = kept.complete()
    except DamagedCheckpointError:
        return Finding("checkpoints", Verdict.BAD, "one was changed, or is that of another store")
    if newest is None:
        return Finding("checkpoints", Verdict.BAD, "they are missing")
    places = _count(kept.places, "place")
    if not complete:
        return Finding("checkpoints", Verdict.LOOK, f"the newest is not in each of {places}")
    return Finding("checkpoints", Verdict.FINE, f"the newest, {newest.size} long, in {places}")


@examination("keys")
def _keys(register: ConsentRegister, _: Path) -> Finding:
    subjects = register.subjects()
    for subject_id in subjects:
        register.subject(subject_id)  # opens what is sealed under its key
    if not subjects:
        return Finding("keys", Verdict.NOTHING, "nobody is set up yet", ("setup",))
    return Finding("keys", Verdict.FINE, f"open what is kept of {_count(len(subjects), 'subject')}")


@examination("consents")
def _consents(register: ConsentRegister, _: Path) -> Finding:
    states = [
        state for subject_id in register.subjects() for state in register.statuses(subject_id)
    ]
    standing = [state for state in states if state.valid]
    ending = [
        state for subject_id in register.subjects() for state in register.expiring(subject_id)
    ]
    words = f"{len(standing)} of {len(states)} stand"
    if ending:
        # By its kind: a recipient's name is somebody's.
        kinds = ", ".join(dict.fromkeys(state.scope.kind for state in ending))
        ends = "ends" if len(ending) == 1 else "end"
        within = f"{kinds} {ends} within {ANNOUNCED_BEFORE.days} days"
        return Finding("consents", Verdict.LOOK, f"{words}; {within}", ("consent", "review"))
    return Finding("consents", Verdict.FINE if states else Verdict.NOTHING, words)


@examination("programs")
def _programs(register: ConsentRegister, _: Path) -> Finding:
    count = len(register.store.holders())
    if not count:
        return Finding("programs", Verdict.NOTHING, "none is at work on this store")
    return Finding("programs", Verdict.FINE, f"{_count(count, 'program')} at work on this store")


def _count(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
