"""Answers that a guardian signs elsewhere: what the ledger says of them, and what it accepts.

A subject may have a guardian's key pinned. From then on nothing is agreed to for that subject
but by that key: each grant carries a signature over what was decided, and it is checked when
the grant is recorded and whenever the ledger is read. To refuse and to withdraw takes no key.

An answer belongs to a request by its nonce. It counts once, for as long as nothing else was
decided or asked about that consent since.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

import rfc8785
from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.events import GRANTS, ConsentEvent, ConsentStatus, IndicationMethod
from babyn_ble.privacy.signing import PUBLIC_KEY, is_signed

GUARDIAN_KEY_PINNED = "guardian_key_pinned"
GUARDIAN_KEY_REPLACED = "guardian_key_replaced"
ANSWERS_REQUESTED = "answers_requested"

_LABEL = b"babyn-consent-answer-v1\x00"


class Answer(StrEnum):
    """What a guardian says to one question."""

    AGREE = "agree"
    REFUSE = "refuse"
    LATER = "later"


_ANSWERS: Mapping[ConsentStatus, Answer] = {
    **dict.fromkeys(GRANTS, Answer.AGREE),
    ConsentStatus.REFUSED: Answer.REFUSE,
    ConsentStatus.DEFERRED: Answer.LATER,
}


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def entry(self) -> dict[str, object]:
        """Return it as it stands in the ledger."""
        return self.model_dump(mode="json")


class GuardianKeyPinned(_Body):
    """From now on, only this key agrees to anything for the subject."""

    subject_id: str
    public_key: str = Field(pattern=PUBLIC_KEY)


class GuardianKeyReplaced(_Body):
    """The pinned key was lost, or is in the wrong hands: from now on another one counts.

    It stands in the ledger only where nothing is agreed to, so that nothing that the old key
    has signed goes on under the new one.
    """

    subject_id: str
    public_key: str = Field(pattern=PUBLIC_KEY)


class AnswersRequested(_Body):
    """Questions that were written to a file for the guardian.

    Attributes:
        subject_id: whose data they are about.
        nonce: names the request.
        request_sha256: of the whole file, so that answers are to exactly that.
        expires_at: when no answer to it counts any more.
        scopes: what was asked, as the ledger has it.
    """

    subject_id: str
    nonce: str = Field(pattern=r"^[0-9a-f]{32}$")
    request_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires_at: datetime
    scopes: tuple[str, ...] = Field(min_length=1)


class Asked(_Body):
    """One request for answers, and which of its questions are still open."""

    request: AnswersRequested
    open: tuple[str, ...]


class SignedAnswers:
    """The part of the ledger's state that is about signed answers.

    Attributes:
        keys: the pinned key of each subject that has one.
        asked: every request, by its nonce.
    """

    def __init__(self, keys: dict[str, str], asked: dict[str, Asked]) -> None:
        self.keys = keys
        self.asked = asked

    def pin(self, body: GuardianKeyPinned) -> None:
        """Take a pinned key in.

        Raises:
            InvalidConsentError: the subject has one.
        """
        if body.subject_id in self.keys:
            raise InvalidConsentError(
                "A guardian's key is pinned already; only that one counts. If it is lost, "
                "replace it ('babyn consent replace-key')"
            )
        self.keys[body.subject_id] = body.public_key

    def replace(self, body: GuardianKeyReplaced) -> None:
        """Take another key in. No question that was to be answered with the old one is open.

        Raises:
            InvalidConsentError: the subject has none, or that one.
        """
        if self.keys.get(body.subject_id, body.public_key) == body.public_key:
            raise InvalidConsentError("There is no other key to be replaced by that one")
        self.keys[body.subject_id] = body.public_key
        for nonce, asked in tuple(self.asked.items()):
            if asked.request.subject_id == body.subject_id:
                self.asked[nonce] = Asked(request=asked.request, open=())

    def ask(self, body: AnswersRequested) -> None:
        """Take a request in. What it asks, no older one asks any more."""
        if body.nonce in self.asked:
            raise InvalidConsentError("A request for answers has the name of another")
        for scope in body.scopes:
            self._close(body.subject_id, scope)
        self.asked[body.nonce] = Asked(request=body, open=body.scopes)

    def require(self, event: ConsentEvent) -> None:
        """Refuse an event without the signature that it takes, or with one that is not right.

        Raises:
            InvalidConsentError: it says what is missing.
        """
        key = self.keys.get(event.pii_principal_id)
        signed = event.signed_answer
        if signed is None:
            if key is not None and event.event_state in GRANTS:
                raise InvalidConsentError(
                    "Only an answer that the guardian has signed counts here; write the "
                    "questions to a file for them ('babyn consent request')"
                )
            return
        asked = self.asked.get(signed.nonce)
        answer = _ANSWERS.get(event.event_state)
        if (
            key is None
            or answer is None
            or asked is None
            or event.scope not in asked.open
            or asked.request.subject_id != event.pii_principal_id
            or signed.answered_at.tzinfo is None
            or (event.event_state in GRANTS)
            != (event.indication_method is IndicationMethod.SIGNED_FILE)
        ):
            raise InvalidConsentError("A signed answer is to no question that is open")
        data = signed_bytes(
            request_sha256=asked.request.request_sha256,
            subject_id=event.pii_principal_id,
            scope=event.scope,
            notice_sha256=event.privacy_notice.sha256,
            language=event.language,
            answer=answer,
            answered_at=signed.answered_at,
        )
        if not is_signed(data, signed.signature, key):
            raise InvalidConsentError("An answer is not signed by the guardian's pinned key")

    def decided(self, event: ConsentEvent) -> None:
        """Close what was asked about a consent that is decided now, however that came."""
        if event.event_state is not ConsentStatus.REQUESTED:
            self._close(event.pii_principal_id, event.scope)

    def _close(self, subject_id: str, scope: str) -> None:
        for nonce, asked in self.asked.items():
            if asked.request.subject_id == subject_id and scope in asked.open:
                still_open = tuple(other for other in asked.open if other != scope)
                self.asked[nonce] = Asked(request=asked.request, open=still_open)


def signed_bytes(
    *,
    request_sha256: str,
    subject_id: str,
    scope: str,
    notice_sha256: str,
    language: str,
    answer: Answer,
    answered_at: datetime,
) -> bytes:
    """Return what a guardian signs: one answer to one question, under a label of its own."""
    return _LABEL + rfc8785.dumps(
        {
            "request": request_sha256,
            "subject": subject_id,
            "scope": scope,
            "notice": notice_sha256,
            "language": language,
            "answer": answer.value,
            "answered_at": written(answered_at),
        }
    )


def written(moment: datetime) -> str:
    """Return a date and time as it is signed: RFC 3339, UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
