"""Questions to a guardian on another machine, and their answers: the two files.

The machine that has no screen writes its questions, each with the notice that a person reads.
The guardian answers them one by one, where they are, with their own key; nothing is asked
over a network. The machine then takes the answers in, each checked on its own. The files hold
no measurement and no name of the child; who asks stands in the questions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeVar

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from babyn_ble.errors import AnswerRefusal, AnswerRefusedError
from babyn_ble.privacy.answers import Answer, signed_bytes
from babyn_ble.privacy.events import SignedAnswer
from babyn_ble.privacy.signing import PUBLIC_KEY, SIGNATURE, GuardianKey

MAX_BYTES = 1_000_000
"""No file of either kind is larger."""

_NONCE = r"^[0-9a-f]{32}$"
_SHA256 = r"^[0-9a-f]{64}$"
_SUBJECT = r"^subject-[0-9a-f]{16}$"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def to_bytes(self) -> bytes:
        """Return the file's content: JSON, indented, for whoever wants to read it."""
        return (self.model_dump_json(indent=2) + "\n").encode()


F = TypeVar("F", bound=_File)


class Question(_File):
    """One consent that is asked for.

    Attributes:
        scope: what to call it here (``sharing:home``).
        written_scope: the same as it is signed and recorded: a recipient by its pseudonym.
        language: of the notice; BCP 47.
        title: the question in one line.
        notice: the whole text to read.
        notice_sha256: of that text.
    """

    scope: str
    written_scope: str
    language: str
    title: str
    notice: str
    notice_sha256: str = Field(pattern=_SHA256)

    @property
    def unchanged(self) -> bool:
        """Whether the text is the one that the hash is of."""
        return hashlib.sha256(self.notice.encode()).hexdigest() == self.notice_sha256


class ConsentRequest(_File):
    """What is asked, in a file.

    Attributes:
        subject: pseudonym of whose data it is about.
        nonce: names this request; answers repeat it.
        salt: random, and nowhere else: without the file, nobody can test a guess of what it
            says against its hash.
        made_at, expires_at: when it was made, and when answers stop to count.
        asked_by: who is responsible, and how to reach them.
        key: the guardian's public key, as it is pinned there.
        questions: one for each consent.
    """

    schema_version: Literal["babyn-consent-request/1"] = "babyn-consent-request/1"
    subject: str = Field(pattern=_SUBJECT)
    nonce: str = Field(pattern=_NONCE)
    salt: str = Field(pattern=_NONCE)
    made_at: datetime
    expires_at: datetime
    asked_by: str
    key: str = Field(pattern=PUBLIC_KEY)
    questions: tuple[Question, ...] = Field(min_length=1)

    @property
    def sha256(self) -> str:
        """SHA-256 of all that it says, in canonical JSON (RFC 8785)."""
        return hashlib.sha256(rfc8785.dumps(self.model_dump(mode="json"))).hexdigest()

    @classmethod
    def parse(cls, data: bytes) -> ConsentRequest:
        """Return the request in a file.

        Raises:
            AnswerRefusedError: it is none, is cut off, or a notice in it was changed.
        """
        request = _parsed(cls, data, "a request for consent")
        if not all(question.unchanged for question in request.questions):
            raise AnswerRefusedError(
                "A notice in the request was changed on its way; have the request made anew",
                reason=AnswerRefusal.NOTICE_CHANGED,
            )
        return request


class AnsweredQuestion(_File):
    """One signed answer."""

    written_scope: str
    language: str
    notice_sha256: str = Field(pattern=_SHA256)
    answer: Answer
    answered_at: datetime
    signature: str = Field(pattern=SIGNATURE)

    def evidence(self, nonce: str) -> SignedAnswer:
        """Return what the ledger keeps of it."""
        return SignedAnswer(nonce=nonce, answered_at=self.answered_at, signature=self.signature)

    def signed(self, subject: str, request_sha256: str) -> bytes:
        """Return what the signature is of."""
        return signed_bytes(
            request_sha256=request_sha256,
            subject_id=subject,
            scope=self.written_scope,
            notice_sha256=self.notice_sha256,
            language=self.language,
            answer=self.answer,
            answered_at=self.answered_at,
        )


class ConsentAnswers(_File):
    """The answers to one request, in a file: one for each of its questions."""

    schema_version: Literal["babyn-consent-answers/1"] = "babyn-consent-answers/1"
    subject: str = Field(pattern=_SUBJECT)
    nonce: str = Field(pattern=_NONCE)
    answers: tuple[AnsweredQuestion, ...] = Field(min_length=1)

    @classmethod
    def parse(cls, data: bytes) -> ConsentAnswers:
        """Return the answers in a file.

        Raises:
            AnswerRefusedError: it holds none, or is cut off.
        """
        return _parsed(cls, data, "a file of answers")


def answer_question(
    request: ConsentRequest,
    question: Question,
    answer: Answer,
    key: GuardianKey,
    *,
    now: datetime,
) -> AnsweredQuestion:
    """Return the signed answer to one question of a request."""
    signature = key.sign(
        signed_bytes(
            request_sha256=request.sha256,
            subject_id=request.subject,
            scope=question.written_scope,
            notice_sha256=question.notice_sha256,
            language=question.language,
            answer=answer,
            answered_at=now,
        )
    )
    return AnsweredQuestion(
        written_scope=question.written_scope,
        language=question.language,
        notice_sha256=question.notice_sha256,
        answer=answer,
        answered_at=now,
        signature=signature,
    )


def answers_to(request: ConsentRequest, answered: Iterable[AnsweredQuestion]) -> ConsentAnswers:
    """Return the file that answers a request."""
    return ConsentAnswers(subject=request.subject, nonce=request.nonce, answers=tuple(answered))


def _parsed(model: type[F], data: bytes, what: str) -> F:
    if len(data) <= MAX_BYTES:
        try:
            return model.model_validate_json(data)
        except ValidationError:
            pass  # what it holds must not stand in our error
    raise AnswerRefusedError(
        f"That is not {what}, or not all of it; have it made, or sent, once more",
        reason=AnswerRefusal.UNREADABLE,
    )
