"""Working while nobody is there: off unless agreed to, written down, and visible.

*Unattended* means that no person is at the program: a service, a gateway, a timer. Searching
and connecting then need the consent *background collection* besides (L94). Each such session
leaves its beginning and its end, with the reason, in the ledger; one that has begun and not
ended can be seen by every process on the store.
"""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.errors import BabynError
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.radio_providers import parse_radio
from babyn_ble.store.writer import StoreWriter

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister
    from babyn_ble.privacy.permits import Permit

BACKGROUND_STARTED = "background_started"
BACKGROUND_ENDED = "background_ended"


def at_a_terminal() -> bool:
    """Return whether a terminal is at either end of this program: somebody may be there."""
    streams: tuple[TextIO | None, ...] = (sys.stdin, sys.stdout)  # none in a program with a window
    return any(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def is_attended(radio: object) -> bool:
    """Return whether a program that does not say so counts as having a person at it.

    Args:
        radio: the radio argument. A simulated one meets nobody, so nobody has to be there.
    """
    simulated = not isinstance(radio, str) or parse_radio(radio)[0] is RadioKind.SIM
    return simulated or at_a_terminal()


class BackgroundEnd(StrEnum):
    """Why a session in the background ended."""

    CLOSED = "closed"
    CONSENT_ENDED = "consent_ended"
    NOT_CLOSED = "not_closed"
    """It was found open after its program had gone."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def entry(self) -> dict[str, object]:
        """Return it as it stands in the ledger."""
        return self.model_dump(mode="json")


class BackgroundStarted(_Body):
    """A session in the background began.

    Attributes:
        session_id: pseudonym, random.
        subject_id: whose data.
        started_at: when.
    """

    session_id: str = Field(
        default_factory=lambda: f"background-{secrets.token_hex(8)}",
        pattern=r"^background-[0-9a-f]{16}$",
    )
    subject_id: str = Field(pattern=r"^subject-[0-9a-f]{16}$")
    started_at: datetime


class BackgroundEnded(_Body):
    """A session in the background ended."""

    session_id: str
    reason: BackgroundEnd


class Background:
    """What one companion does in the background. On an event loop.

    Args:
        register: whose ledger has it.
        ask: returns a permit to be in the background, for as long as it is held.
        holder: returns the lease under which that permit is held, if there is one.
    """

    def __init__(
        self,
        register: ConsentRegister,
        ask: Callable[[], Permit],
        holder: Callable[[], str | None],
    ) -> None:
        self._register = register
        self._ask = ask
        self._holder = holder
        self._writer = StoreWriter(register.store, register.clock)
        self._session: str | None = None
        self._permit: Permit | None = None

    @property
    def running(self) -> bool:
        """Whether a session has begun here and not ended."""
        return self._session is not None

    async def begin(self, subject_id: str) -> None:
        """Begin a session, unless there is one: written down before anything is done.

        Raises:
            ConsentRequiredError: background collection is not agreed to.
            LedgerError, StoreError: it cannot be written down, so it does not begin.
        """
        if self._permit is not None and self._permit.alive:
            return
        permit = self._ask()
        try:
            if not self._simulated:
                await self._writer.run(self._end_what_was_left, subject_id)
                begin = self._register.begin_background
                self._session = await self._writer.run(begin, subject_id)
        except BaseException:
            permit.release()
            raise
        self._permit = permit
        permit.guard("background session", self._died)

    @property
    def _simulated(self) -> bool:
        """Whether this is a simulation in virtual time, on a store that lives in real time.

        Nobody shares its time, and its entries would lie in the future of everybody else's.
        """
        return self._register.store.shared and self._register.clock.virtual

    async def aclose(self) -> None:
        """End the session, if there is one."""
        await self._end(BackgroundEnd.CLOSED)
        if self._permit is not None:
            self._permit.release()
        await self._writer.aclose()

    def _end_what_was_left(self, subject_id: str) -> None:
        """End the sessions of programs that have gone: nobody else holds a lease."""
        if set(self._register.store.holders()) <= {self._holder()}:
            for session in self._register.background_sessions(subject_id):
                self._register.end_background(session.session_id, BackgroundEnd.NOT_CLOSED)

    async def _died(self) -> None:
        await self._end(BackgroundEnd.CONSENT_ENDED)

    async def _end(self, reason: BackgroundEnd) -> None:
        session, self._session = self._session, None
        if session is not None:
            # A ledger that cannot take it shows the session as open: it is not hidden.
            with contextlib.suppress(BabynError):
                await self._writer.run(self._register.end_background, session, reason)
