"""Processing without consent, where the law allows it: declared, narrow, and over by a date.

The policy lists eleven cases in which no consent is needed (L286-L308). None of them is ever
inferred here: somebody who answers for it declares one, with a reason, and the ledger has it.
Two of them open anything at all, and only what :data:`OPENS` says:

- safeguarding a life: the readings of one device that is bound already, for one child;
- keeping the service working: counting faults, with nothing in it about a person.

Searching, binding, sharing and working in the background are opened by none of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from babyn_ble.errors import InvalidConsentError

EXCEPTION_DECLARED = "exception_declared"
EXCEPTION_ENDED = "exception_ended"

LONGEST = timedelta(days=30)
"""No exception lasts longer. Whoever still needs it declares it anew, and says why."""


class LegalBasis(StrEnum):
    """The policy's cases, in its order (L288-L308)."""

    LEGAL_OBLIGATION = "legal_obligation"
    NATIONAL_SECURITY = "national_security"
    PUBLIC_HEALTH = "public_health"
    CRIMINAL_JUSTICE = "criminal_justice"
    LIFE = "life"
    DISCLOSED_BY_SUBJECT = "disclosed_by_subject"
    CONTRACT = "contract"
    PUBLIC_SOURCE = "public_source"
    STABLE_OPERATION = "stable_operation"
    NEWS = "news"
    RESEARCH = "research"


CLAUSES: Mapping[LegalBasis, str] = MappingProxyType(
    {basis: f"L{288 + 2 * number}" for number, basis in enumerate(LegalBasis)}
)
"""The line of the policy that each stands in."""

OPENS: Mapping[LegalBasis, frozenset[str]] = MappingProxyType(
    {
        LegalBasis.LIFE: frozenset({"bluetooth", "health_monitoring", "history_storage"}),
        LegalBasis.STABLE_OPERATION: frozenset({"diagnostics"}),
    }
)
"""In place of which consents each may stand. What is not here stands in place of none."""

_OF_A_DEVICE = frozenset(
    {
        ("binding", "device_link", "use"),
        ("binding", "device_status", "collect"),
        ("health_monitoring", "health", "collect"),
        ("history_storage", "health", "store"),
        ("history_storage", "health", "use"),
    }
)
"""What may be done with a device that is bound, to safeguard a life."""

_OF_NOBODY = frozenset({("diagnostics", "faults", "use")})


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def entry(self) -> dict[str, object]:
        """Return it as it stands in the ledger."""
        return self.model_dump(mode="json", exclude_none=True)


class DeclaredException(_Body):
    """An exception, as it stands in the ledger.

    Attributes:
        exception_id: pseudonym, random.
        subject_id: whose data.
        basis: which case of the policy.
        clause: its line there.
        scopes: in place of which consents it stands.
        device: short id of the bound device it is about; needed to safeguard a life.
        reason: why, in a few words, without names.
        by: ``party_id`` of who answers for it: the controller.
        declared_at, until: from when to when.
    """

    exception_id: str = Field(
        default_factory=lambda: f"exception-{secrets.token_hex(8)}",
        pattern=r"^exception-[0-9a-f]{16}$",
    )
    subject_id: str = Field(pattern=r"^subject-[0-9a-f]{16}$")
    basis: LegalBasis
    clause: str
    scopes: tuple[str, ...] = Field(min_length=1)
    device: str | None = Field(default=None, pattern=r"^[a-z]{8}$")
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=300)]
    by: str = Field(pattern=r"^party-[0-9a-f]{16}$")
    declared_at: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it stands at a time, if nobody has ended it."""
        return self.declared_at <= now < self.until

    def covers(
        self,
        subject_id: str,
        act: tuple[str, str, str],
        device: str | None,
        missing: frozenset[str],
    ) -> bool:
        """Whether it stands in place of every consent that an act lacks.

        Args:
            subject_id: whose data the act is about.
            act: its purpose, category and operation.
            device: the bound device it is about, if it is about one.
            missing: the consents it lacks, as scopes.
        """
        if subject_id != self.subject_id or not missing <= set(self.scopes):
            return False
        if self.basis is LegalBasis.LIFE:
            return device is not None and device == self.device and act in _OF_A_DEVICE
        return self.basis is LegalBasis.STABLE_OPERATION and act in _OF_NOBODY


class ExceptionEnded(_Body):
    """An exception ended before its time."""

    exception_id: str


def require_narrow(exception: DeclaredException, *, controller: str) -> None:
    """Refuse an exception that is wider, longer, or by somebody else than it may be.

    Args:
        exception: as it is to be recorded.
        controller: ``party_id`` of who is responsible for the subject's data.

    Raises:
        InvalidConsentError: it says what is not allowed.
    """
    opened = OPENS.get(exception.basis, frozenset())
    if not set(exception.scopes) <= opened:
        raise InvalidConsentError(
            f"The basis {exception.basis.value} stands in place of "
            f"{', '.join(sorted(opened)) or 'no consent'} here, and of nothing else"
        )
    if exception.clause != CLAUSES[exception.basis]:
        raise InvalidConsentError("An exception names another clause than that of its basis")
    if (exception.device is not None) != (exception.basis is LegalBasis.LIFE):
        raise InvalidConsentError(
            "To safeguard a life an exception is about one bound device; name it, and name "
            "none for anything else"
        )
    if exception.by != controller:
        raise InvalidConsentError("Only who is responsible declares an exception")
    times = (exception.declared_at, exception.until)
    if any(time.tzinfo is None for time in times) or not (
        exception.declared_at < exception.until <= exception.declared_at + LONGEST
    ):
        raise InvalidConsentError(f"An exception lasts for at most {LONGEST.days} days")
