"""The BabyN app's privacy policy: which texts there are, and which clauses are built in here.

A text itself is not part of this project. It is identified by the SHA-256 of its bytes,
exactly as published in a UTF-8 text file with LF line ends: nothing is normalised, so a file
of other bytes is another text. Its own numbering is broken; clauses are cited by line.

What is known of a version is data: one TOML file each, in ``policies/`` for those that come
with this library. A household may add others. They are ordered by when they were archived,
never by their dates: the printed ones contradict each other.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

MAX_BYTES = 1_000_000
"""No metadata file is larger."""


class PolicyFlag(StrEnum):
    """What is odd about a policy version, so that nobody computes with it."""

    EFFECTIVE_PRECEDES_UPDATE = "effective_precedes_update"
    """It is in force, by its own dates, before it was written."""
    CONTROLLER_NOT_NAMED = "controller_not_named"
    """It does not say who is responsible; a set-up must."""


class MaterialChange(StrEnum):
    """The six kinds of change that the policy calls material (L517-L524)."""

    PROCESSING = "processing"
    """Purposes, types of data, or ways of use."""
    OWNERSHIP = "ownership"
    """Who is responsible."""
    RECIPIENTS = "recipients"
    """Whom data are shared with, handed to or shown to."""
    RIGHTS = "rights"
    """Rights, and how they are exercised."""
    CONTACT = "contact"
    """Who answers questions and complaints, and where."""
    HIGH_RISK = "high_risk"
    """An impact assessment has found a high risk."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]


class Clause(_Data):
    """A clause that this library implements, in our own words.

    Attributes:
        first, last: its lines in the text.
        rule: what it means here.
    """

    first: int = Field(ge=1)
    last: int
    rule: _Words

    @model_validator(mode="after")
    def _in_order(self) -> Clause:
        if self.last < self.first:
            raise ValueError("a clause ends before it begins")
        return self

    @property
    def lines(self) -> str:
        """The clause as it is cited: ``L152-L160``."""
        return citation(self.first, self.last)


class PolicyVersion(_Data):
    """One version of the policy.

    Attributes:
        sha256: of the bytes of its text, as hexadecimal digits.
        size: bytes of its text.
        title: which policy it is.
        update_date, effective_date: as printed in it; ISO 8601.
        flags: what is odd about it.
        language: BCP 47.
        source: where its text is from.
        changes: which kinds of material change it makes, against the one archived before it;
            has to be said, also if it makes none.
        clauses: what of it is implemented here.
        cites: for each kind of consent, the lines that its notice rests on.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=1)
    title: _Words
    update_date: _Date
    effective_date: _Date
    flags: tuple[PolicyFlag, ...]
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    source: _Words
    changes: tuple[MaterialChange, ...]
    clauses: tuple[Clause, ...]
    cites: dict[str, tuple[tuple[int, int], ...]] = Field(default_factory=dict)

    @field_validator("update_date", "effective_date")
    @classmethod
    def _is_a_date(cls, printed: str) -> str:
        date.fromisoformat(printed)
        return printed

    @model_validator(mode="after")
    def _consistent(self) -> PolicyVersion:
        odd = self.effective_date < self.update_date
        if odd != (PolicyFlag.EFFECTIVE_PRECEDES_UPDATE in self.flags):
            raise ValueError(
                "the flag for an effective date before the update does not fit the dates"
            )
        if len(set(self.changes)) != len(self.changes) or len(set(self.flags)) != len(self.flags):
            raise ValueError("a kind of change, or a flag, is named twice")
        return self

    @property
    def effective_at(self) -> datetime:
        """From when on it is in force: its effective date in UTC."""
        return datetime.combine(date.fromisoformat(self.effective_date), datetime.min.time(), UTC)

    def in_force(self, now: datetime) -> bool:
        """Return whether its effective date has come."""
        return self.effective_at <= now


def parse(data: bytes) -> PolicyVersion:
    """Return the version that a metadata file (TOML) describes.

    Raises:
        ValueError: something is missing, unknown or contradicts itself; the text names the
            fields.
    """
    if len(data) > MAX_BYTES:
        raise ValueError("that is too large for the metadata of a policy version")
    try:
        return PolicyVersion.model_validate(tomllib.loads(data.decode()))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ValueError("the metadata of a policy version is a TOML file; this is none") from None
    except ValidationError as error:
        where = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'version'}: {problem['msg']}"
            for problem in error.errors(
                include_input=False, include_url=False, include_context=False
            )
        )
        raise ValueError(f"that is not the metadata of a policy version ({where})") from None


def citation(first: int, last: int) -> str:
    """Return how lines are cited: ``L61``, ``L152-L160``."""
    return f"L{first}" if first == last else f"L{first}-L{last}"


def _built_in(name: str) -> PolicyVersion:
    return parse((resources.files("babyn_ble.privacy") / "policies" / name).read_bytes())


BUILT_IN = tuple(map(_built_in, ("babyn_app_en_1.toml",)))
"""Every version that ever came with this library, in the order in which it came. None is ever
taken out: consents name them."""

POLICY = BUILT_IN[-1]
"""The version that this library implements."""


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The text of a policy version, as a user handed it in.

    Attributes:
        version: which version it is, by its hash.
        text: the whole text.
    """

    version: PolicyVersion
    text: str

    def lines(self, first: int, last: int) -> tuple[str, ...]:
        """Return lines ``first`` to ``last``, as cited; empty ones and margins are left out.

        Raises:
            ValueError: there are no such lines.
        """
        every = self.text.split("\n")
        if not 1 <= first <= last <= len(every):
            raise ValueError(f"the policy has the lines 1 to {len(every)}")
        return tuple(line.strip() for line in every[first - 1 : last] if line.strip())


def load(path: str | os.PathLike[str], version: PolicyVersion = POLICY) -> PolicyText:
    """Return the text of a policy version from a file, after checking that it is that text.

    Raises:
        ValueError: there is no such file, or it holds another text.
    """
    try:
        data = Path(path).read_bytes()
    except OSError:
        raise ValueError("the policy text cannot be read; give the path of a text file") from None
    found = hashlib.sha256(data).hexdigest()
    if found != version.sha256:
        raise ValueError(
            f"that is not the {version.title} of {version.update_date}: the SHA-256 of its bytes "
            f"starts {found[:12]}, not {version.sha256[:12]}; give the text as published, "
            "unchanged to the byte"
        )
    return PolicyText(version, data.decode())
