"""The register of requests: what was asked for, by when it is due, and how it ended.

What can be done here is done at once; a request then is open and answered in one moment. The
register is for those that take somebody's time: a complaint, a question, an answer that has
to be looked for elsewhere. It counts days and reminds. It never answers by itself.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.rights.entries import VerifiedBy

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister

REQUEST_KIND = "rights-request"
_WARN_AFTER = 0.75
"""Share of the time after which a request that is open is pointed out."""


class RequestKind(StrEnum):
    """What is asked for."""

    ACCESS = "access"
    """To see what is kept, or to get a copy."""
    CORRECTION = "correction"
    DELETION = "deletion"
    SCOPE_CHANGE = "scope_change"
    """To agree to more or less."""
    CANCELLATION = "cancellation"
    AUTOMATED_DECISION = "automated_decision"
    """To have a person look at what a program decided."""
    COMPLAINT = "complaint"
    """A complaint, a question, or word of a leak."""

    @property
    def days(self) -> int:
        """Days in which it has to be answered (policy L453, L481, L530)."""
        return 15 if self in (RequestKind.ACCESS, RequestKind.COMPLAINT) else 30


class RefusalGround(StrEnum):
    """The only reasons for which a request may be refused (policy L457-L473)."""

    LEGAL_OBLIGATION = "legal_obligation"
    NATIONAL_SECURITY = "national_security"
    PUBLIC_INTEREST = "public_interest"
    """Public security, public health, major public interests."""
    CRIMINAL_PROCEEDINGS = "criminal_proceedings"
    ABUSE = "abuse"
    """There is sufficient evidence of malice or abuse."""
    VITAL_INTERESTS = "vital_interests"
    """Somebody's life or property depends on it, and consent is hard to get."""
    SERIOUS_HARM = "serious_harm"
    """It would do serious harm to the rights of the subject or of others."""
    TRADE_SECRETS = "trade_secrets"


class RequestStatus(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


class Due(StrEnum):
    """How much of the time of an open request is over."""

    IN_TIME = "in_time"
    SOON = "soon"
    """Three quarters."""
    OVERDUE = "overdue"


class RightsRequest(BaseModel):
    """One request. Kept sealed with the subject's key, and erased with the subject.

    Attributes:
        id: short, to name it by.
        kind: what is asked for.
        verified_by: how it was made sure that whoever asks may.
        received_at: when it came.
        due_at: when it has to be answered.
        status: where it stands.
        answered_at: when it was answered.
        refused_because: the reason of a refusal.
        note: what was asked or answered, in somebody's words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[0-9a-f]{6}$")
    kind: RequestKind
    verified_by: VerifiedBy
    received_at: datetime
    due_at: datetime
    status: RequestStatus = RequestStatus.OPEN
    answered_at: datetime | None = None
    refused_because: RefusalGround | None = None
    note: str = Field(default="", max_length=2000, repr=False)

    def due(self, now: datetime) -> Due | None:
        """Return how much of its time is over; ``None`` once it is answered."""
        if self.status is not RequestStatus.OPEN:
            return None
        if now > self.due_at:
            return Due.OVERDUE
        share = (now - self.received_at) / (self.due_at - self.received_at)
        return Due.SOON if share >= _WARN_AFTER else Due.IN_TIME


class RequestRegister:
    """The requests about one subject."""

    def __init__(self, register: ConsentRegister, subject_id: str) -> None:
        register.require_known(subject_id)
        self._vault = register.vault
        self._clock = register.clock
        self._subject = subject_id

    def open(
        self,
        kind: RequestKind,
        *,
        verified_by: VerifiedBy,
        note: str = "",
        received_at: datetime | None = None,
    ) -> RightsRequest:
        """Note a request.

        Args:
            kind: what is asked for.
            verified_by: how it was made sure that whoever asks may.
            note: what was asked, in their words.
            received_at: when it came; now without it.
        """
        came = received_at or self._clock.now()
        return self._keep(
            RightsRequest(
                id=secrets.token_hex(3),
                kind=kind,
                verified_by=verified_by,
                received_at=came,
                due_at=came + timedelta(days=kind.days),
                note=note,
            )
        )

    def done(self, id: str, *, note: str | None = None) -> RightsRequest:  # noqa: A002
        """Note that a request was met.

        Raises:
            InvalidConsentError: there is no open one of that id.
        """
        return self._answer(id, RequestStatus.DONE, None, note)

    def refuse(
        self,
        id: str,  # noqa: A002 - the field's word
        because: RefusalGround,
        *,
        note: str | None = None,
    ) -> RightsRequest:
        """Note that somebody refused a request, and for which of the eight reasons.

        Raises:
            InvalidConsentError: there is no open one of that id.
        """
        return self._answer(id, RequestStatus.REFUSED, RefusalGround(because), note)

    def list(self) -> tuple[RightsRequest, ...]:
        """Return every request, oldest first."""
        found = self._vault.list(REQUEST_KIND, RightsRequest, subject_id=self._subject)
        return tuple(sorted(found, key=lambda request: (request.received_at, request.id)))

    def pressing(self) -> tuple[RightsRequest, ...]:
        """Return the open requests of whose time three quarters or more are over."""
        now = self._clock.now()
        return tuple(
            request for request in self.list() if request.due(now) in (Due.SOON, Due.OVERDUE)
        )

    def _answer(
        self, id_: str, status: RequestStatus, because: RefusalGround | None, note: str | None
    ) -> RightsRequest:
        found = self._vault.get(REQUEST_KIND, id_, RightsRequest, subject_id=self._subject)
        if found is None or found.status is not RequestStatus.OPEN:
            raise InvalidConsentError(
                "No open request has that id; list the requests to see theirs"
            )
        return self._keep(
            found.model_copy(
                update={
                    "status": status,
                    "answered_at": self._clock.now(),
                    "refused_because": because,
                    "note": found.note if note is None else note,
                }
            )
        )

    def _keep(self, request: RightsRequest) -> RightsRequest:
        self._vault.put(REQUEST_KIND, request.id, request, subject_id=self._subject)
        return request
