"""Consent events: what is recorded of each decision, and which may follow which.

Field names are those of ISO/IEC TS 27560:2023 - Consent record information structure; states
and roles are the terms of the W3C Data Privacy Vocabulary (DPV) v2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.platform import PlatformEvidence
from babyn_ble.privacy.purposes import Operation, Purpose, duration
from babyn_ble.privacy.subjects import GuardianAttestation, PartyRole


class ConsentStatus(StrEnum):
    """The state of a consent; DPV terms."""

    UNKNOWN = "ConsentUnknown"
    REQUESTED = "ConsentRequested"
    DEFERRED = "ConsentRequestDeferred"
    REFUSED = "ConsentRefused"
    GIVEN = "ConsentGiven"
    RENEWED = "RenewedConsentGiven"
    EXPIRED = "ConsentExpired"
    WITHDRAWN = "ConsentWithdrawn"
    REVOKED = "ConsentRevoked"
    INVALIDATED = "ConsentInvalidated"


class Earlier(StrEnum):
    """What became of the grant before, within one record."""

    NONE = "none"
    STANDING = "standing"
    """It was given, and nothing has ended it."""
    ENDED = "ended"


GRANTS = frozenset({ConsentStatus.GIVEN, ConsentStatus.RENEWED})
_S, _E = ConsentStatus, Earlier
_ENDS = frozenset({_S.WITHDRAWN, _S.REVOKED, _S.EXPIRED, _S.INVALIDATED})
_FIRST = frozenset({_S.REQUESTED})

TRANSITIONS: Mapping[tuple[ConsentStatus, Earlier], frozenset[ConsentStatus]] = MappingProxyType(
    {
        (_S.UNKNOWN, _E.NONE): _FIRST,
        (_S.REQUESTED, _E.NONE): frozenset({_S.GIVEN, _S.REFUSED, _S.DEFERRED}),
        (_S.DEFERRED, _E.NONE): _FIRST,
        (_S.REFUSED, _E.NONE): _FIRST,
        (_S.GIVEN, _E.STANDING): _FIRST | _ENDS,
        (_S.RENEWED, _E.STANDING): _FIRST | _ENDS,
        (_S.REQUESTED, _E.STANDING): frozenset({_S.RENEWED, _S.REFUSED, _S.DEFERRED}) | _ENDS,
        (_S.DEFERRED, _E.STANDING): _FIRST | _ENDS,
        (_S.REQUESTED, _E.ENDED): frozenset({_S.RENEWED, _S.REFUSED, _S.DEFERRED}),
        (_S.DEFERRED, _E.ENDED): _FIRST,
        (_S.REFUSED, _E.ENDED): _FIRST,
        (_S.WITHDRAWN, _E.ENDED): _FIRST,
        (_S.REVOKED, _E.ENDED): _FIRST,
        (_S.EXPIRED, _E.ENDED): _FIRST,
        (_S.INVALIDATED, _E.NONE): _FIRST,
    }
)
"""What may follow what. Everything else is refused when it is to be recorded.

A grant that stands stays valid while it is asked for again; a refusal then ends it.
"""


class IndicationMethod(StrEnum):
    """How a person expressed the decision."""

    TYPED_PHRASE = "typed_phrase"
    BUTTON = "button"
    SIGNED_FILE = "signed_file"
    DEVICE_BUTTON = "device_button"
    SIMULATED = "simulated"
    """Nobody did: a synthetic subject's."""


class RequestOrigin(StrEnum):
    """Where it was asked for."""

    COMMAND_LINE = "command_line"
    LIBRARY = "library"
    HOST = "host"
    """A program that uses this library, such as Home Assistant."""
    SIMULATION = "simulation"


class Reason(StrEnum):
    """Why a state was left."""

    WITHDRAWN_BY_USER = "withdrawn_by_user"
    TIME = "time"
    NOTICE_CHANGED = "notice_changed"
    CONTROLLER_CHANGED = "controller_changed"
    POLICY_CHANGED = "policy_changed"
    """A newer version of the policy makes a material change."""
    POLICY_NOT_IN_FORCE = "policy_not_in_force"
    """It was given to a version whose effective date has not come."""
    POLICY_UNKNOWN = "policy_unknown"
    GUARDIAN_KEY_REPLACED = "guardian_key_replaced"
    LEDGER_RESTORED = "ledger_restored"
    """An older copy was put in place of the ledger."""
    RECONFIRM = "reconfirm"
    DISMISSED = "dismissed"


class _Recorded(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


_SHA256 = r"^[0-9a-f]{64}$"


class NoticeReference(_Recorded):
    """Which notice was shown, resting on which policy version (TS 27560 §6.3.4.1)."""

    sha256: str = Field(pattern=_SHA256)
    policy_sha256: str = Field(pattern=_SHA256)
    policy_update_date: str
    policy_effective_date: str
    policy_flags: tuple[str, ...]


class PiiInformation(_Recorded):
    """A type of personal information (TS 27560 §6.3.5)."""

    pii_type: str
    pii_optional: bool
    sensitive_pii_category: bool
    special_pii_category: bool


class PartyReference(_Recorded):
    """A party, by pseudonym and a commitment to who it is (TS 27560 §6.3.6)."""

    party_id: str = Field(pattern=r"^party-[0-9a-f]{16}$")
    party_role: PartyRole
    commitment: str = Field(pattern=_SHA256)


class SignedAnswer(_Recorded):
    """The evidence of a decision that was signed on another machine.

    Attributes:
        nonce: of the request that it answers.
        answered_at: when, by the guardian's clock.
        signature: Ed25519, of the answer (:func:`babyn_ble.privacy.answers.signed_bytes`).
    """

    nonce: str = Field(pattern=r"^[0-9a-f]{32}$")
    answered_at: datetime
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")


class ConsentEvent(_Recorded):
    """One decision about one consent (ISO/IEC TS 27560:2023 §6.3), complete or refused.

    ``scope`` and ``recipient_third_parties`` carry a recipient's pseudonym, not its id.
    """

    schema_version: Literal["babyn-consent/1"] = "babyn-consent/1"
    conforms_to: Literal["dpv-27560#record"] = "dpv-27560#record"
    record_id: str = Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    pii_principal_id: str = Field(pattern=r"^subject-[0-9a-f]{16}$")
    scope: str
    privacy_notice: NoticeReference
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    request_origin: RequestOrigin
    purpose: Purpose
    purpose_type: str
    primary_purpose: bool
    lawful_basis: Literal["consent"] = "consent"
    pii_information: tuple[PiiInformation, ...] = Field(min_length=1)
    processing_method: tuple[Operation, ...] = Field(min_length=1)
    collection_method: str
    storage_locations: tuple[str, ...]
    retention_period: str
    jurisdiction: str = Field(pattern=r"^[A-Z]{2}$")
    recipient_third_parties: tuple[str, ...]
    withdrawal_method: str = Field(min_length=1)
    pii_controllers: tuple[PartyReference, ...] = Field(min_length=1)
    event_time: datetime
    validity_duration: str
    entity_id: str = Field(pattern=r"^party-[0-9a-f]{16}$")
    entity_role: PartyRole
    guardian_attestation: GuardianAttestation | None = None
    event_type: Literal["ExplicitlyExpressedConsent"]
    event_state: ConsentStatus
    indication_method: IndicationMethod | None = None
    reason: Reason | None = None
    signed_answer: SignedAnswer | None = None
    platform_evidence: PlatformEvidence | None = None

    @model_validator(mode="after")
    def _complete(self) -> ConsentEvent:
        if self.event_state in GRANTS and self.indication_method is None:
            raise ValueError("a grant without how it was expressed")
        if self.event_time.tzinfo is None:
            raise ValueError("an event without a time zone")
        duration(self.validity_duration)
        return self

    @property
    def ends_at(self) -> datetime:
        """When a grant is over by itself."""
        return self.event_time + duration(self.validity_duration)

    def entry(self) -> dict[str, object]:
        """Return the event as it stands in the ledger."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def parse(cls, entry: Mapping[str, object]) -> ConsentEvent:
        """Return the event of a ledger entry.

        Raises:
            InvalidConsentError: something is missing, or not as it has to be.
        """
        try:
            return cls.model_validate(entry)
        except ValidationError as error:
            where = ", ".join(
                sorted({".".join(map(str, item["loc"])) or "event" for item in error.errors()})
            )
            raise InvalidConsentError(
                f"A consent event is incomplete or wrong in: {where}; it is not recorded"
            ) from None


@dataclass(frozen=True, slots=True)
class ConsentLife:
    """Where one consent stands: what its events so far come to.

    Attributes:
        status: the state of the last event.
        earlier: what became of the grant before.
        record_id: the record it all belongs to.
        request: the last request, while it is open.
        grant: the grant that stands, if one does.
    """

    status: ConsentStatus = ConsentStatus.UNKNOWN
    earlier: Earlier = Earlier.NONE
    record_id: str | None = None
    request: ConsentEvent | None = None
    grant: ConsentEvent | None = None

    def follow(self, event: ConsentEvent) -> ConsentLife:
        """Return where the consent stands after one more event.

        Raises:
            InvalidConsentError: the event may not follow, or is not what was asked for.
        """
        state = event.event_state
        if state not in TRANSITIONS[self.status, self.earlier]:
            raise InvalidConsentError(
                f"{state.value} cannot follow {self.status.value}; "
                "ask for the consent (anew) and let it be answered"
            )
        fresh = self.status in (ConsentStatus.UNKNOWN, ConsentStatus.INVALIDATED)
        if not fresh and event.record_id != self.record_id:
            raise InvalidConsentError("A consent event belongs to another record")
        if state in GRANTS:
            self._require_as_requested(event)
        return ConsentLife(
            status=state,
            earlier=self._earlier_after(state),
            record_id=event.record_id,
            request=event if state is ConsentStatus.REQUESTED else None,
            grant=self._grant_after(event),
        )

    def _require_as_requested(self, event: ConsentEvent) -> None:
        request = self.request
        if (
            request is None
            or event.privacy_notice != request.privacy_notice
            or event.language != request.language
            or event.event_time < request.event_time
        ):
            raise InvalidConsentError(
                "A consent was given to another notice than the one that was shown; show the "
                "present notice and ask again"
            )

    def _earlier_after(self, state: ConsentStatus) -> Earlier:
        if state in GRANTS:
            return Earlier.STANDING
        if state is ConsentStatus.INVALIDATED:
            return Earlier.NONE
        if self.earlier is Earlier.STANDING and (state in _ENDS or state is ConsentStatus.REFUSED):
            return Earlier.ENDED
        return self.earlier

    def _grant_after(self, event: ConsentEvent) -> ConsentEvent | None:
        if event.event_state in GRANTS:
            return event
        stays = self._earlier_after(event.event_state) is Earlier.STANDING
        return self.grant if stays else None
