"""A household to test with: a clock, a loop in virtual time, a subject, and answers."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from babyn_ble.clock import Clock
from babyn_ble.errors import ConsentRequiredError
from babyn_ble.privacy import (
    AttestationMethod,
    ConsentEvent,
    ConsentRegister,
    ConsentScope,
    Gate,
    GuardianAttestation,
    IndicationMethod,
    KeyProvider,
    Keys,
    MemoryKeys,
    Party,
    PartyRole,
    Permit,
    RadioKind,
    Recipient,
    RecipientType,
    Subject,
    SubjectKind,
    statement_sha256,
)
from babyn_ble.privacy.checkpoints import CheckpointPlace
from babyn_ble.privacy.purposes import Category, Operation, Purpose
from babyn_ble.store import Store
from babyn_ble.store.memory import MemoryStore

T = TypeVar("T")

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GUARDIAN = "Canary Guardian"
CONTROLLER = "Canary Controller"
CHILD = "Canary Child"

SCAN = (Purpose.BINDING, Category.SIGHTING, Operation.COLLECT)
LINK = (Purpose.BINDING, Category.DEVICE_LINK, Operation.USE)
READ = (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT)
KEEP = (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.STORE)
SHARE = (Purpose.SHARING, Category.HEALTH, Operation.TRANSMIT)


class ManualClock:
    """Time passes when a test says so."""

    virtual = False

    def __init__(self) -> None:
        self.date = START
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.date

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.date += timedelta(seconds=seconds)
        self.seconds += seconds


class _Jump(selectors.DefaultSelector):
    """Instead of waiting, lets the loop's time jump to its next timer."""

    jumped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing will ever happen on this loop again")
        if not ready and timeout is not None:
            self.jumped += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time that does not say so: leases and all run on it."""

    def __init__(self) -> None:
        self.selector = _Jump()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.jumped


class JumpingClock:
    """The clock of a :class:`JumpingLoop`; may run slower or faster than it."""

    virtual = False

    def __init__(self, loop: asyncio.AbstractEventLoop, rate: float = 1.0) -> None:
        self.loop = loop
        self.rate = rate

    def now(self) -> datetime:
        return START + timedelta(seconds=self.loop.time() * self.rate)

    def monotonic(self) -> float:
        return self.loop.time() * self.rate


def run_jumping(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine function in virtual time."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main())


async def elapse(seconds: float) -> None:
    """Let virtual time pass."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.call_later(seconds, over.set)
    await over.wait()


def party(role: PartyRole, name: str = GUARDIAN) -> Party:
    return Party(party_name=name, party_contact=f"{name}'s telephone", party_role=role)


ATTESTATION = GuardianAttestation(
    method=AttestationMethod.TYPED_STATEMENT, statement_sha256=statement_sha256()
)

RECIPIENT = Recipient(
    id="home",
    name="Canary Home",
    recipient_type=RecipientType.OWN,
    endpoint="mqtt://127.0.0.1",
    purpose="Show the temperature in the living room",
    fields=("value", "unit"),
    country="local",
    contact="the same guardian",
    policy_url="none",
    retention="not kept",
    delete_channel="restart it",
)


class Household:
    """One companion's view of a store: register and gate, with one subject."""

    def __init__(
        self,
        store: Store | None = None,
        *,
        clock: Clock | None = None,
        keys: KeyProvider | None = None,
        kind: SubjectKind = SubjectKind.CHILD,
        radio: RadioKind = RadioKind.OS,
        subject: Subject | None = None,
        jurisdiction: str = "ZZ",
        places: Sequence[CheckpointPlace] = (),
    ) -> None:
        self.places = places
        self.store = store if store is not None else MemoryStore()
        self.master: KeyProvider = keys or MemoryKeys()
        self.clock = clock or ManualClock()
        self.keys = Keys.open(self.store, self.master)
        self.register = ConsentRegister.open(self.store, self.keys, clock=self.clock, places=places)
        self.gate = Gate(self.register, radio=radio)
        self.subject = subject or self.set_up(kind, jurisdiction)

    @property
    def id(self) -> str:
        return self.subject.subject_id

    def another(self, *, clock: Clock | None = None, radio: RadioKind = RadioKind.OS) -> Household:
        """Return the same store and subject as another process sees them."""
        return Household(
            self.store,
            clock=clock or self.clock,
            keys=self.master,
            subject=self.subject,
            radio=radio,
            places=self.places,
        )

    def set_up(self, kind: SubjectKind, jurisdiction: str = "ZZ") -> Subject:
        child = kind is SubjectKind.CHILD
        return self.register.setup(
            kind=kind,
            controller=party(PartyRole.CONTROLLER, CONTROLLER),
            consenting_party=party(PartyRole.PARENT if child else PartyRole.OPERATOR),
            attestation=ATTESTATION if child else None,
            name=CHILD,
            jurisdiction=jurisdiction,
        )

    def answer(self, scope: ConsentScope, **changes: Any) -> ConsentEvent:
        """Give what was asked for, as the consenting party would; or otherwise."""
        arguments: Mapping[str, Any] = {
            "notice_sha256": self.register.notice(self.id, scope).sha256,
            "given_by": self.subject.consenting_party.party_id,
            "indication_method": IndicationMethod.SIMULATED
            if self.subject.kind is SubjectKind.SYNTHETIC
            else IndicationMethod.TYPED_PHRASE,
            **changes,
        }
        return self.register.give(self.id, scope, **arguments)

    def agree(self, *scopes: ConsentScope) -> None:
        for scope in scopes:
            self.register.request(self.id, scope)
            self.answer(scope)

    def refuse(self, scope: ConsentScope) -> None:
        self.register.refuse(self.id, scope, given_by=self.subject.consenting_party.party_id)

    def permit(
        self, act: tuple[Purpose, Category, Operation], recipient: str | None = None
    ) -> Permit:
        return self.gate.permit(self.id, *act, recipient=recipient)

    def allows(
        self, act: tuple[Purpose, Category, Operation], recipient: str | None = None
    ) -> bool:
        try:
            self.permit(act, recipient).release()
        except ConsentRequiredError:
            return False
        return True

    async def withdraw(self, scope: ConsentScope) -> None:
        await self.register.withdraw(self.id, scope)

    async def aclose(self) -> None:
        await self.gate.aclose()
        await self.register.aclose()


def refused(permit: Permit) -> bool:
    """Return whether a permit does not let anything pass now."""
    try:
        permit.check()
    except ConsentRequiredError:
        return True
    return False
