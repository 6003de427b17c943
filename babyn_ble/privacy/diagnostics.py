"""The diagnostics bundle: what may be told to somebody who helps, by allow-list.

A :class:`Bundle` can hold versions, counts and members of enumerations, and nothing else: there
is no field that a name, an address, a date of a person, a value or a path would fit into. It is
made here, shown before it is written, and written to a local file; nothing is sent.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.errors import BabynError, StoreError
from babyn_ble.privacy.doctor import Verdict, names
from babyn_ble.privacy.events import ConsentStatus
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.privacy.subjects import SubjectKind
from babyn_ble.store.files import create_private

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister
    from babyn_ble.privacy.doctor import Finding

LIBRARIES = ("babyn-ble", "bleak", "bleak-retry-connector", "bumble", "aiomqtt", "SQLAlchemy")
"""Whose versions are told."""

_VERSION = re.compile(r"\d{1,4}(\.\d{1,6}){0,3}")

Name = Annotated[str, Field(pattern=r"^[A-Za-z-]{3,25}$")]
Count = Annotated[int, Field(ge=0, le=10**9)]
Version = Annotated[str, Field(pattern=rf"^({_VERSION.pattern}|other|none)$")]


class System(StrEnum):
    """Which operating system, as far as that is told."""

    LINUX = "Linux"
    MACOS = "Darwin"
    WINDOWS = "Windows"
    OTHER = "other"


class Bundle(BaseModel):
    """What is told."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    python: Version
    system: System
    libraries: dict[Name, Version]
    radio: RadioKind
    checks: dict[Name, Verdict]
    """Of each examination its verdict, without its words."""
    subjects: dict[SubjectKind, Count]
    consents: dict[ConsentStatus, Count]
    ledger_entries: Count
    stored_readings: Count
    programs: Count
    incidents: Count

    def text(self) -> str:
        """Return it as it is shown, and written: JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=2) + "\n"


def bundle(
    findings: Iterable[Finding], radio: RadioKind, register: ConsentRegister | None
) -> Bundle:
    """Return the bundle of a store.

    Args:
        findings: of :func:`babyn_ble.privacy.doctor.examine`.
        radio: the kind of radio in use.
        register: of the store, if it opens. What cannot be counted counts as none.
    """
    counted: Mapping[str, object] = {} if register is None else _counted(register)
    system = platform.system()
    return Bundle.model_validate(
        {
            "python": _number(".".join(map(str, sys.version_info[:3]))),
            "system": System(system) if system in set(System) else System.OTHER,
            "libraries": {name: _version(name) for name in LIBRARIES},
            "radio": radio,
            "checks": {each.name: each.verdict for each in findings if each.name in names()},
            "subjects": {},
            "consents": {},
            "ledger_entries": 0,
            "stored_readings": 0,
            "programs": 0,
            "incidents": 0,
            **counted,
        }
    )


def write(shown: Bundle, path: Path) -> None:
    """Write a bundle to a new local file, mode 0600.

    Raises:
        StoreError: there is such a file already, or it cannot be written.
    """
    try:
        made = create_private(path, lambda draft: _fill(draft, shown.text()))
    except OSError:
        raise StoreError("The file cannot be written; choose another place") from None
    if not made:
        raise StoreError("There is a file of that name already; choose another")


def _counted(register: ConsentRegister) -> Mapping[str, object]:
    try:
        subjects = register.subjects()
        kinds = [register.kind(subject_id) for subject_id in subjects]
        statuses = [state.status for each in subjects for state in register.statuses(each)]
        return {
            "subjects": {kind: kinds.count(kind) for kind in SubjectKind if kind in kinds},
            "consents": {each: statuses.count(each) for each in ConsentStatus if each in statuses},
            "ledger_entries": register.seq,
            "stored_readings": sum(map(register.store.count_readings, subjects)),
            "programs": len(register.store.holders()),
            "incidents": len(register.incidents()),
        }
    except BabynError:
        return {}


def _version(name: str) -> str:
    try:
        return _number(version(name))
    except PackageNotFoundError:
        return "none"


def _number(text: str) -> str:
    """Return a version that consists of numbers; the name of a branch or a person is none."""
    return text if _VERSION.fullmatch(text) else "other"


def _fill(draft: Path, text: str) -> None:
    with draft.open("r+b") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
