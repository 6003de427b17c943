"""The person at a companion: what they are shown, and what they decide."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator
from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_ble.errors import BabynError, StoreError, TeardownIncompleteError
from babyn_ble.privacy import ConsentScope, ConsentStatus, IndicationMethod, SubjectKind
from babyn_ble.privacy.events import Reason
from babyn_ble.privacy.record import Decided
from tests.privacy.trace.oracle import CROSS_BORDER, OTHERS, SHARING, TEARDOWN
from tests.privacy.trace.people import (
    ABROAD,
    RECIPIENT,
    controller,
    edition_of,
    policy_version,
    recipient,
)

if TYPE_CHECKING:
    from tests.privacy.trace.member import Member

PATIENCE = TEARDOWN + OTHERS + 0.5
"""Seconds for which somebody waits for a withdrawal to return before it counts as hanging."""


class Person:
    """Somebody who decides, through one companion.

    Attributes:
        withdrawing: what they are withdrawing at present.
    """

    def __init__(self, member: Member) -> None:
        self.withdrawing: list[str] = []
        self._member = member
        self._world = member.world
        self._babyn = member.babyn
        self._shown: dict[ConsentScope, tuple[str, tuple[object, ...], int]] = {}

    def ask(self, scope: ConsentScope) -> None:
        """Show somebody the notice, and ask."""
        with self._refused():
            subject = self._babyn.subject.subject_id
            self._babyn.consent.request(subject, scope)
            notice = self._babyn.consent.notice(subject, scope)
            told = self._world.oracle.circumstances(str(scope))
            self._shown[scope] = (notice.sha256, told, edition_of(notice.policy))

    def agree(self, scope: ConsentScope) -> None:
        """Agree to what was shown."""
        if scope not in self._shown:
            return
        shown, told, policy = self._shown.pop(scope)
        simulated = self._world.program.kind is SubjectKind.SYNTHETIC
        with self._refused():
            self._babyn.consent.give(
                self._babyn.subject.subject_id,
                scope,
                notice_sha256=shown,
                given_by=self._babyn.subject.consenting_party.party_id,
                indication_method=IndicationMethod.SIMULATED
                if simulated
                else IndicationMethod.TYPED_PHRASE,
            )
            self._world.gave(scope, policy)
            oracle = self._world.oracle
            if told != oracle.circumstances(str(scope)) or oracle.overtaken(
                policy, self._world.loop.utc_now()
            ):
                self._world.object(f"{scope}: agreed to what nobody was shown")

    def refuse(self, scope: ConsentScope) -> None:
        """Say no to what was asked."""
        with self._refused():
            subject = self._babyn.subject
            given_by = subject.consenting_party.party_id
            self._babyn.consent.refuse(subject.subject_id, scope, given_by=given_by)
            self._world.ended(scope, self._member, returned=True)

    def defer(self, scope: ConsentScope) -> None:
        """Put the question off."""
        with self._refused():
            self._babyn.consent.defer(self._babyn.subject.subject_id, scope)

    async def withdraw(self, scope: ConsentScope) -> None:
        """Withdraw. It returns, whatever hangs."""
        if self._member.is_dead():
            return
        try:
            subject = self._babyn.subject.subject_id
        except BabynError:
            return
        self._world.ended(scope, self._member, returned=False)
        slept = self._world.slept
        self.withdrawing.append(str(scope))
        try:
            async with asyncio.timeout(PATIENCE):
                await self._babyn.consent.withdraw(subject, scope)
        except TeardownIncompleteError:
            pass
        except StoreError:  # also of a ledger that does not verify
            if not self._member.is_dead() and not self._world.oracle.damaged:
                raise
        except TimeoutError:
            if self._world.slept == slept:
                self._world.object(f"{scope}: the withdrawal does not return")
        finally:
            self.withdrawing.remove(str(scope))
        if not self._member.is_dead():
            self._world.oracle.returned(str(scope))

    def change_controller(self) -> None:
        """Make somebody else responsible."""
        world = self._world
        with self._refused():
            subject = self._babyn.subject.subject_id
            self._babyn.consent.change_controller(subject, controller(world.oracle.controller + 1))
            world.oracle.controller += 1
            world.changed(self._member)

    def archive_policy(self, seconds: float, *, material: bool) -> None:
        """Take over another version of the policy, in force some seconds from now."""
        world = self._world
        now = world.loop.utc_now()
        version = policy_version(
            world.oracle.policy + 1, now + timedelta(seconds=seconds), material=material
        )
        with self._refused():
            self._babyn.consent.add_policy(version)
            world.oracle.archived(now, version.effective_at, material=material)
            world.changed(self._member)

    def put_recipient(self, edition: int | None) -> None:
        """Say something else of the recipient, or forget it."""
        world = self._world
        if edition == world.oracle.recipient:
            return
        with self._refused():
            if edition is None:
                self._babyn.consent.recipients.remove(RECIPIENT)
            else:
                self._member.recipients().add(recipient(edition))
            world.oracle.recipient = edition
            world.oracle.abroad = edition is not None and edition >= ABROAD
            world.changed(self._member, SHARING, CROSS_BORDER)

    def end_from_above(self, status: ConsentStatus, scope: ConsentScope) -> None:
        """Have the controller end a consent. No command does so; a ledger may say so."""
        with self._refused():
            self._babyn.consent._event(  # pyright: ignore[reportPrivateUsage] - see above
                self._babyn.subject.subject_id, scope, Decided(status=status, reason=Reason.TIME)
            )
            self._world.ended(scope, self._member, returned=True)

    @contextlib.contextmanager
    def _refused(self) -> Generator[None]:
        """What may not be recorded is refused; nothing comes of it."""
        with contextlib.suppress(BabynError):
            yield
