"""Consent from another machine: asking in a file, and taking the signed answers in.

A file of answers is checked whole before anything of it is recorded, and then recorded event
by event, each of which the ledger checks once more. If that is interrupted, the same file
can be taken in again: what was recorded is found, and the rest follows.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from babyn_ble.errors import AnswerRefusal, AnswerRefusedError, InvalidConsentError
from babyn_ble.privacy.answers import (
    ANSWERS_REQUESTED,
    GUARDIAN_KEY_PINNED,
    GUARDIAN_KEY_REPLACED,
    Answer,
    AnswersRequested,
    Asked,
    GuardianKeyPinned,
    GuardianKeyReplaced,
)
from babyn_ble.privacy.events import (
    ConsentEvent,
    ConsentStatus,
    Earlier,
    IndicationMethod,
    Reason,
    RequestOrigin,
)
from babyn_ble.privacy.purposes import OWN_SCOPES, ConsentScope
from babyn_ble.privacy.record import Decided
from babyn_ble.privacy.requests import AnsweredQuestion, ConsentAnswers, ConsentRequest, Question
from babyn_ble.privacy.set_aside import SetAsideWithdrawals
from babyn_ble.privacy.signing import is_signed

VALID_FOR = timedelta(days=7)
"""How long a request may be answered."""


class RemoteAnswers(SetAsideWithdrawals):
    """The part of the register that asks and is answered in files."""

    def pin_guardian_key(self, subject_id: str, public_key: str) -> None:
        """Let nothing be agreed to from now on but by answers signed with one key.

        Args:
            subject_id: whose guardian's key it is.
            public_key: 64 hexadecimal digits (:func:`babyn_ble.privacy.signing.load_public_key`).

        Raises:
            InvalidConsentError: another key is pinned already.
            NotSetUpError, LedgerError, StoreError: it could not be recorded.
        """
        state = self._journal.current()
        state.subject(subject_id)
        if state.guardian_keys.get(subject_id) == public_key:
            return
        body = GuardianKeyPinned(subject_id=subject_id, public_key=public_key)

        def made() -> dict[str, object]:
            if subject_id in self._journal.state.guardian_keys:
                raise InvalidConsentError(
                    "A guardian's key is pinned already, and only that one counts; nothing was "
                    "changed. If it is lost, replace it ('babyn consent replace-key')"
                )
            return body.entry()

        self._journal.record(GUARDIAN_KEY_PINNED, made)
        self._changed()

    def replace_guardian_key(self, subject_id: str, public_key: str) -> int:
        """Pin another key in place of one that is lost, or in the wrong hands.

        Everything that was agreed to ends first, at once, also in other processes: the new
        key answers anew. Interrupted in between, less is agreed to, and the old key counts.

        Args:
            subject_id: whose guardian's key it is.
            public_key: the new one, as for :meth:`pin_guardian_key`.

        Returns:
            How many consents ended.

        Raises:
            InvalidConsentError: none is pinned, or that one; or a consent was given meanwhile.
            NotSetUpError, LedgerError, StoreError: it could not be recorded.
        """
        state = self._journal.current()
        state.subject(subject_id)
        pinned = state.guardian_keys.get(subject_id)
        if pinned is None:
            raise InvalidConsentError(
                "No guardian's key is pinned that could be replaced; pin one "
                "('babyn setup --guardian-key')"
            )
        if pinned == public_key:
            raise InvalidConsentError("That key is the one that is pinned; nothing was changed")
        ended = self.revoke_all(subject_id, Reason.GUARDIAN_KEY_REPLACED)
        body = GuardianKeyReplaced(subject_id=subject_id, public_key=public_key)

        def made() -> dict[str, object]:
            self._journal.state.require_nothing_agreed(subject_id)
            return body.entry()

        self._journal.record(GUARDIAN_KEY_REPLACED, made)
        self._changed()
        return ended

    def guardian_key(self, subject_id: str) -> str | None:
        """Return the pinned key of a subject's guardian, or ``None``."""
        return self._journal.current().guardian_keys.get(subject_id)

    def request_answers(
        self,
        subject_id: str,
        scopes: Sequence[ConsentScope],
        *,
        valid_for: timedelta = VALID_FOR,
        language: str = "en",
        origin: RequestOrigin = RequestOrigin.LIBRARY,
    ) -> ConsentRequest:
        """Ask for consents in a file that a guardian answers elsewhere.

        Whatever an earlier file asked of the same is asked by this one alone from now on.

        Args:
            subject_id: whose data.
            scopes: what to ask for.
            valid_for: how long the answers count.
            language: of the notices.
            origin: where it is asked from.

        Raises:
            AnswerRefusedError: no guardian's key is pinned.
            InvalidConsentError, NotSetUpError, RecipientError, ValueError, LedgerError,
                StoreError: as :meth:`notice`.
        """
        key = self._pinned(subject_id)
        if not scopes:
            raise InvalidConsentError("There is nothing to ask for; name a consent")
        questions: list[Question] = []
        for scope in dict.fromkeys(scopes):
            self.request(subject_id, scope, language=language, origin=origin)
            notice = self.notice(subject_id, scope, language)
            questions.append(
                Question(
                    scope=str(scope),
                    written_scope=self._written(scope),
                    language=language,
                    title=notice.title,
                    notice=notice.text,
                    notice_sha256=notice.sha256,
                )
            )
        controller = self.subject(subject_id).controller
        now = self.clock.now()
        made = ConsentRequest(
            subject=subject_id,
            nonce=secrets.token_hex(16),
            salt=secrets.token_hex(16),
            made_at=now,
            expires_at=now + valid_for,
            asked_by=f"{controller.party_name}, {controller.party_contact}",
            key=key,
            questions=tuple(questions),
        )
        asked = AnswersRequested(
            subject_id=subject_id,
            nonce=made.nonce,
            request_sha256=made.sha256,
            expires_at=made.expires_at,
            scopes=tuple(question.written_scope for question in questions),
        )
        self._record(ANSWERS_REQUESTED, asked.entry())
        return made

    def apply_answers(self, answers: ConsentAnswers) -> list[ConsentEvent]:
        """Take signed answers in: all of them, or, where one is not right, none.

        Returns:
            What was recorded, in the order of the file.

        Raises:
            AnswerRefusedError: ``reason`` says why nothing was recorded.
            LedgerError, StoreError: it could not all be recorded; take the file in again.
        """
        return [self._apply(answers, one, scope) for one, scope in self._checked(answers)]

    # Inside

    def _checked(self, answers: ConsentAnswers) -> list[tuple[AnsweredQuestion, ConsentScope]]:
        """Return what of a file is to be recorded, with the scopes meant."""
        state = self._journal.current()
        asked = state.answers_asked.get(answers.nonce)
        if answers.subject not in state.subjects or (
            asked is not None and asked.request.subject_id != answers.subject
        ):
            raise _refused(
                AnswerRefusal.OTHER_SUBJECT, "The answers are about another child than this one"
            )
        key = self._pinned(answers.subject)
        if asked is None:
            raise _refused(AnswerRefusal.NOT_ASKED, "The answers are to no request from here")
        given = [one.written_scope for one in answers.answers]
        if sorted(given) != sorted(asked.request.scopes):
            raise _refused(
                AnswerRefusal.PARTIAL,
                f"The file has {len(given)} answers to {len(asked.request.scopes)} questions, "
                "or to others than were asked",
            )
        if not all(
            is_signed(one.signed(answers.subject, asked.request.request_sha256), one.signature, key)
            for one in answers.answers
        ):
            raise _refused(
                AnswerRefusal.WRONG_KEY,
                "An answer is not signed by the guardian's pinned key, or it or its question was "
                "changed on the way",
            )
        todo = [one for one in answers.answers if not self._recorded(answers, one)]
        if not todo:
            raise _refused(AnswerRefusal.REPLAYED, "The answers were taken in already", again=False)
        if self.clock.now() >= asked.request.expires_at:
            raise _refused(AnswerRefusal.EXPIRED, "The answers came too late")
        return [self._meant(answers, asked, one) for one in todo]

    def _recorded(self, answers: ConsentAnswers, one: AnsweredQuestion) -> bool:
        """Whether an answer stands in the ledger already."""
        evidence = one.evidence(answers.nonce)
        return any(
            recorded.event.signed_answer == evidence
            for recorded in self._journal.history()
            if recorded.event.pii_principal_id == answers.subject
        )

    def _meant(
        self, answers: ConsentAnswers, asked: Asked, one: AnsweredQuestion
    ) -> tuple[AnsweredQuestion, ConsentScope]:
        if one.written_scope not in asked.open:
            raise _refused(
                AnswerRefusal.SUPERSEDED,
                "Something in the file was asked again, or decided otherwise, since",
            )
        scope = self._named(one.written_scope)
        present = None if scope is None else self._notice_sha256(scope, one.language)
        if scope is None or one.notice_sha256 != present:
            raise _refused(
                AnswerRefusal.NOTICE_CHANGED,
                "A notice that was answered is not the present one",
            )
        return one, scope

    def _named(self, written: str) -> ConsentScope | None:
        """Return the scope that the ledger writes so; ``None`` if there is none any more."""
        recipients = self.recipients.list()
        scopes = (
            *OWN_SCOPES,
            *(ConsentScope.sharing(entry.id) for entry in recipients),
            *(ConsentScope.cross_border(entry.country) for entry in recipients if entry.abroad),
        )
        return next((scope for scope in scopes if self._written(scope) == written), None)

    def _apply(
        self, answers: ConsentAnswers, one: AnsweredQuestion, scope: ConsentScope
    ) -> ConsentEvent:
        evidence = one.evidence(answers.nonce)
        at = one.answered_at
        subject = self.subject(answers.subject)
        if one.answer is Answer.LATER:
            decided = Decided(
                status=ConsentStatus.DEFERRED,
                reason=Reason.DISMISSED,
                signed=evidence,
                expressed_at=at,
            )
        elif one.answer is Answer.REFUSE:
            decided = Decided(status=ConsentStatus.REFUSED, signed=evidence, expressed_at=at)
        else:
            life = self._journal.state.life(answers.subject, one.written_scope)
            first = life.earlier is Earlier.NONE
            decided = Decided(
                status=ConsentStatus.GIVEN if first else ConsentStatus.RENEWED,
                notice=self.notice(answers.subject, scope, one.language),
                given_by=subject.consenting_party.party_id,
                method=IndicationMethod.SIGNED_FILE,
                signed=evidence,
                expressed_at=at,
            )
        return self._event(answers.subject, scope, decided)

    def _pinned(self, subject_id: str) -> str:
        state = self._journal.current()
        state.subject(subject_id)
        key = state.guardian_keys.get(subject_id)
        if key is None:
            raise AnswerRefusedError(
                "No guardian's key is pinned here, so no answer could be checked; pin it "
                "('babyn setup --guardian-key')",
                reason=AnswerRefusal.NO_KEY,
            )
        return key


def _refused(reason: AnswerRefusal, what: str, *, again: bool = True) -> AnswerRefusedError:
    following = "; nothing was recorded"
    if again:
        following += ". Write a new request and have it answered ('babyn consent request')"
    return AnswerRefusedError(f"{what}{following}", reason=reason)
