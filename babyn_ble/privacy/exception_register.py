"""What is done without consent, or without anybody there: declared, and shown while it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pydantic import ValidationError

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.background import (
    BACKGROUND_ENDED,
    BACKGROUND_STARTED,
    BackgroundEnd,
    BackgroundEnded,
    BackgroundStarted,
)
from babyn_ble.privacy.exceptions import (
    CLAUSES,
    EXCEPTION_DECLARED,
    EXCEPTION_ENDED,
    DeclaredException,
    ExceptionEnded,
    LegalBasis,
)
from babyn_ble.privacy.lookup import ConsentLookup
from babyn_ble.privacy.permits import Act
from babyn_ble.privacy.purposes import ConsentScope


class ExceptionRegister(ConsentLookup):
    """The part of the register that knows of exceptions, and of work in the background."""

    def declare_exception(
        self,
        subject_id: str,
        basis: LegalBasis,
        scopes: Sequence[ConsentScope],
        *,
        reason: str,
        lasts: timedelta,
        by: str,
        device: str | None = None,
    ) -> DeclaredException:
        """Declare that something is done without consent, on a basis other than consent.

        Args:
            subject_id: whose data.
            basis: which of the policy's cases.
            scopes: in place of which consents it stands.
            reason: why, without names: it stands in the ledger for good.
            lasts: for how long; 30 days at most.
            by: ``party_id`` of the controller, who answers for it.
            device: short id of the bound device, to safeguard a life.

        Raises:
            InvalidConsentError: it is wider, longer, or by somebody else than it may be.
            NotSetUpError, LedgerError, StoreError: it could not be recorded.
        """
        self._journal.current().subject(subject_id)
        now = self.clock.now()
        try:
            exception = DeclaredException(
                subject_id=subject_id,
                basis=basis,
                clause=CLAUSES[basis],
                scopes=tuple(str(scope) for scope in scopes),
                device=device,
                reason=reason,
                by=by,
                declared_at=now,
                until=now + lasts,
            )
        except ValidationError as error:
            where = ", ".join(sorted({str(item["loc"][0]) for item in error.errors()}))
            raise InvalidConsentError(
                f"An exception is incomplete or wrong in: {where}; nothing was recorded"
            ) from None
        self._record_checked(EXCEPTION_DECLARED, exception)
        return exception

    def end_exception(self, exception_id: str) -> None:
        """End an exception now. One that has ended already stays so.

        Raises:
            InvalidConsentError: there never was one of that id.
            LedgerError, StoreError: it could not be recorded.
        """
        state = self._journal.current()
        if exception_id not in state.exceptions:
            raise InvalidConsentError("There is no exception of that id")
        if exception_id not in state.exceptions_ended:
            self._journal.record(
                EXCEPTION_ENDED,
                ExceptionEnded(exception_id=exception_id).entry,
                closing=True,
            )
            self._changed()

    def exceptions(self, subject_id: str) -> list[DeclaredException]:
        """Return the exceptions that stand now for a subject, oldest first.

        Raises:
            LedgerError, StoreError: it cannot be told.
        """
        self._journal.current()
        return [one for one in self._standing() if one.subject_id == subject_id]

    def exception_for(self, act: Act, missing: frozenset[ConsentScope]) -> DeclaredException | None:
        """Return the exception that an act may rest on instead of consents. From memory."""
        with self._journal.lock:
            asked = (act.purpose.value, act.category.value, act.operation.value)
            lacks = frozenset(map(str, missing))
            found = (
                one
                for one in self._standing()
                if one.covers(act.subject_id, asked, act.device, lacks)
            )
            return max(found, key=lambda one: one.until, default=None)

    # In the background

    def begin_background(self, subject_id: str) -> str:
        """Write down that a session in the background begins; return its id.

        Raises:
            NotSetUpError, LedgerError, StoreError: it could not be recorded.
        """
        self._journal.current().subject(subject_id)
        started = BackgroundStarted(subject_id=subject_id, started_at=self.clock.now())
        self._journal.record(BACKGROUND_STARTED, started.entry)
        return started.session_id

    def end_background(self, session_id: str, reason: BackgroundEnd) -> None:
        """Write down that a session in the background ended, and why.

        Raises:
            LedgerError, StoreError: it could not be recorded.
        """
        ended = BackgroundEnded(session_id=session_id, reason=reason)
        self._journal.record(BACKGROUND_ENDED, ended.entry, closing=True)

    def background_sessions(self, subject_id: str) -> list[BackgroundStarted]:
        """Return the sessions that have begun and not ended, in any process on the store.

        Raises:
            LedgerError, StoreError: it cannot be told.
        """
        sessions = self._journal.current().background.values()
        return [session for session in sessions if session.subject_id == subject_id]

    # Inside

    def _standing(self) -> list[DeclaredException]:
        state, now = self._journal.state, self.clock.now()
        return [
            one
            for one in state.exceptions.values()
            if one.exception_id not in state.exceptions_ended and one.holds(now)
        ]

    def _record_checked(self, kind: str, exception: DeclaredException) -> None:
        def body() -> dict[str, object]:
            self._journal.state.require_exception(exception)
            return exception.entry()

        self._journal.record(kind, body)
        self._changed()
