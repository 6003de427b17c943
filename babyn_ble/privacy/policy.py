"""The BabyN app's privacy policy: which text it is, and which of its clauses are built in here.

The text itself is not part of this project. It is identified by the SHA-256 of its bytes,
exactly as published in a UTF-8 text file with LF line ends: nothing is normalised, so a file
of other bytes is another text. Its own numbering is broken; clauses are cited by line.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class PolicyFlag(StrEnum):
    """What is odd about a policy version, so that nobody computes with it."""

    EFFECTIVE_PRECEDES_UPDATE = "effective_precedes_update"
    """It is in force, by its own dates, before it was written."""
    CONTROLLER_NOT_NAMED = "controller_not_named"
    """It does not say who is responsible; a set-up must."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause that this library implements, in our own words.

    Attributes:
        first, last: its lines in the text.
        rule: what it means here.
    """

    first: int
    last: int
    rule: str

    @property
    def lines(self) -> str:
        """The clause as it is cited: ``L152-L160``."""
        return f"L{self.first}" if self.first == self.last else f"L{self.first}-L{self.last}"


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of the policy.

    Attributes:
        sha256: of the bytes of its text, as hexadecimal digits.
        size: bytes of its text.
        title: which policy it is.
        update_date, effective_date: as printed in it; ISO 8601.
        flags: what is odd about it.
        language: BCP 47.
        clauses: what of it is implemented here.
    """

    sha256: str
    size: int
    title: str
    update_date: str
    effective_date: str
    flags: tuple[PolicyFlag, ...]
    language: str
    clauses: tuple[Clause, ...]


POLICY = PolicyVersion(
    sha256="d235a4fd481b9f207d18c96b79a388985335ea7a3573114bd571909b4c9d8e9f",
    size=45_365,
    title="BabyN APP privacy policy",
    update_date="2023-06-01",
    effective_date="2022-06-01",
    flags=(PolicyFlag.EFFECTIVE_PRECEDES_UPDATE, PolicyFlag.CONTROLLER_NOT_NAMED),
    language="en",
    clauses=(
        Clause(27, 27, "Whoever runs this names the controller; the policy leaves it blank."),
        Clause(27, 29, "Using a program is no consent: only an explicit answer counts."),
        Clause(31, 31, "Error logs may be taken to improve the product; here only if agreed to."),
        Clause(35, 37, "Measurements are health data, and a child's data are sensitive."),
        Clause(39, 39, "Processing has eight operations; each is allowed on its own."),
        Clause(51, 51, "A device address identifies a device, and is personal."),
        Clause(53, 53, "A child is younger than 14."),
        Clause(60, 60, "Each additional function is agreed to, or refused, on its own."),
        Clause(61, 61, "Seeing Bluetooth devices nearby is location information."),
        Clause(64, 64, "A refusal is not asked about again by itself."),
        Clause(94, 94, "Nothing is taken in the background unless that was agreed to as well."),
        Clause(
            152,
            160,
            "Searching for a device to bind takes two permissions: location and Bluetooth.",
        ),
        Clause(226, 226, "Faults are looked for with error codes and counts alone."),
        Clause(262, 262, "What identifies a device is personal as soon as it is combined."),
        Clause(333, 341, "Sharing takes explicit consent, and covers only what is necessary."),
        Clause(353, 353, "A recipient is bound by an agreement."),
        Clause(392, 394, "Data are encrypted, closed to others, and kept no longer than needed."),
        Clause(413, 413, "Every consent can be switched off where it is switched on."),
        Clause(
            441, 443, "After a withdrawal nothing more is processed; what came before stays lawful."
        ),
        Clause(477, 479, "Data of a binding end with it."),
        Clause(489, 493, "For a child a guardian consents, explicitly."),
        Clause(497, 505, "Data leave the subject's country only if that was agreed to as well."),
        Clause(
            509, 526, "A material change of the policy ends every consent until it is given again."
        ),
    ),
)
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
