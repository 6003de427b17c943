"""Making a consent event complete: what every record says besides the decision itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.entries import SubjectSetUp
from babyn_ble.privacy.events import (
    GRANTS,
    ConsentEvent,
    ConsentLife,
    ConsentStatus,
    IndicationMethod,
    NoticeReference,
    PiiInformation,
    Reason,
    RequestOrigin,
    SignedAnswer,
)
from babyn_ble.privacy.notices import Notice
from babyn_ble.privacy.platform import PlatformEvidence
from babyn_ble.privacy.purposes import ConsentScope, operations
from babyn_ble.privacy.terms import terms

_BY_THE_CONTROLLER = frozenset(
    {
        ConsentStatus.REQUESTED,
        ConsentStatus.EXPIRED,
        ConsentStatus.REVOKED,
        ConsentStatus.INVALIDATED,
    }
)
_NEW_RECORD_AFTER = frozenset({ConsentStatus.UNKNOWN, ConsentStatus.INVALIDATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is new in an event; everything else follows from where the consent stands.

    Attributes:
        status: the new state.
        notice: the notice shown; without one, that of the event before.
        given_by: ``party_id`` of who expressed it; without one, of whose part it is.
        method: how it was expressed.
        origin: where it was asked for; without one, as the event before.
        reason: why.
        signed: the evidence, if it was expressed on another machine.
        expressed_at: when it was expressed, if that was not now.
    """

    status: ConsentStatus
    notice: Notice | None = None
    given_by: str | None = None
    method: IndicationMethod | None = None
    origin: RequestOrigin | None = None
    reason: Reason | None = None
    signed: SignedAnswer | None = None
    expressed_at: datetime | None = None


def consent_event(
    decided: Decided,
    *,
    scope: ConsentScope,
    written_scope: str,
    subject: SubjectSetUp,
    life: ConsentLife,
    before: ConsentEvent | None,
    now: datetime,
    platform: PlatformEvidence | None = None,
) -> ConsentEvent:
    """Return the complete event of a decision.

    Args:
        decided: what is new.
        scope: which consent.
        written_scope: the same with the recipient's pseudonym.
        subject: whose data.
        life: where the consent stands.
        before: the event before.
        now: when it was expressed.
        platform: what the platform allowed then, as far as it is known.

    Raises:
        InvalidConsentError: there is no notice that it could be about.
    """
    notice, language = _notice(decided, before)
    by_controller = decided.status in _BY_THE_CONTROLLER
    party = subject.controller if by_controller else subject.consenting_party
    fresh = life.record_id is None or life.status in _NEW_RECORD_AFTER
    told = terms(scope)
    recipient = None if scope.recipient is None else written_scope.partition(":")[2]
    entry: dict[str, object] = {
        "record_id": str(uuid.uuid4()) if fresh else life.record_id,
        "pii_principal_id": subject.subject_id,
        "scope": written_scope,
        "privacy_notice": notice,
        "language": language,
        "request_origin": decided.origin
        or (before.request_origin if before else RequestOrigin.LIBRARY),
        "purpose": scope.purpose,
        "purpose_type": told.purpose_type,
        "primary_purpose": told.primary_purpose,
        "pii_information": tuple(
            PiiInformation(
                pii_type=pii_type,
                pii_optional=not told.primary_purpose,
                sensitive_pii_category=True,
                special_pii_category=told.special,
            )
            for pii_type in told.pii_types
        ),
        "processing_method": operations(scope),
        "collection_method": told.collection_method,
        "storage_locations": ("local",),
        "retention_period": told.retention_period,
        "jurisdiction": subject.jurisdiction,
        "recipient_third_parties": (recipient,) if recipient else (),
        "withdrawal_method": "babyn consent withdraw",
        "pii_controllers": (subject.controller,),
        "event_time": _expressed_at(decided, before, now),
        "validity_duration": told.validity,
        "entity_id": decided.given_by or party.party_id,
        "entity_role": party.party_role,
        "guardian_attestation": None if by_controller else subject.guardian_attestation,
        "event_type": "ExplicitlyExpressedConsent",
        "event_state": decided.status,
        "indication_method": decided.method,
        "reason": decided.reason,
        "signed_answer": decided.signed,
        "platform_evidence": platform if decided.status in GRANTS else None,
    }
    return ConsentEvent.parse(entry)


def _expressed_at(decided: Decided, before: ConsentEvent | None, now: datetime) -> datetime:
    """Return when it was expressed: not before what it follows, and not in the future.

    The clock of another machine, or of another time, may be wrong.
    """
    claimed = decided.expressed_at
    if claimed is None:
        return now
    return min(now, max(claimed, now if before is None else before.event_time))


def _notice(decided: Decided, before: ConsentEvent | None) -> tuple[NoticeReference, str]:
    if decided.notice is not None:
        return notice_reference(decided.notice), decided.notice.language
    if before is not None:
        return before.privacy_notice, before.language
    raise InvalidConsentError("That consent was never asked for; ask for it first")


def notice_reference(notice: Notice) -> NoticeReference:
    """Return how a notice is referred to in a record."""
    return NoticeReference(
        sha256=notice.sha256,
        policy_sha256=notice.policy.sha256,
        policy_update_date=notice.policy.update_date,
        policy_effective_date=notice.policy.effective_date,
        policy_flags=tuple(notice.policy.flags),
    )
