"""A household with a child, a guardian who answers, and a recipient to share with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from babyn_ble.clock import Clock
from babyn_ble.gateway import (
    MqttCredentials,
    MqttPublisher,
    MqttRecipient,
    MqttRecipients,
    RetryPolicy,
    complete,
)
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.events import IndicationMethod
from babyn_ble.privacy.gate import Gate
from babyn_ble.privacy.key_providers import MemoryKeys
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.notices import statement_sha256
from babyn_ble.privacy.purposes import HEALTH_MONITORING, ConsentScope, RadioKind
from babyn_ble.privacy.subjects import (
    AttestationMethod,
    GuardianAttestation,
    Party,
    PartyRole,
    Subject,
    SubjectKind,
)
from babyn_ble.readings import Gap, Quality, QualityReason, QualityStatus, Quantity, Reading, Site
from babyn_ble.store import Store
from babyn_ble.store.memory import MemoryStore

DEVICE = "canarydv"
QUICK = RetryPolicy(first_delay=0.01, longest_delay=0.01)
START = datetime(2031, 5, 6, 7, 8, 9, 123000, UTC)

CANARIES = {
    "device": DEVICE,
    "epoch": 928374655,
    "sequence": 817263544,
    "value": Decimal("37.4219"),
    "unit": "°C",
    "algorithm": "canary-algorithm",
    "measured_at": datetime(2033, 1, 2, 3, 3, 59, tzinfo=UTC),
    "device_time": datetime(2032, 9, 8, 7, 6, 5),  # noqa: DTZ001 - as the device sends it
    "received_at": datetime(2033, 1, 2, 3, 4, 5, tzinfo=UTC),
    "site": Site.TYMPANUM,
    "quality": Quality(
        QualityStatus.QUESTIONABLE, frozenset({QualityReason.NOT_AT_THIS_RESOLUTION})
    ),
    "gap": Gap(564738291, "canary-gap"),
}
"""Every field of a reading, each with a value that is found again."""


def reading(number: int = 0, device: str = DEVICE) -> Reading:
    """Return the ``number``-th reading: values and times tell them apart."""
    moment = START + timedelta(seconds=number)
    return Reading(
        device=device,
        quantity=Quantity.TEMPERATURE,
        value=Decimal(36000 + number).scaleb(-3),
        unit="°C",
        measured_at=moment,
        received_at=moment,
    )


def values(numbers: Sequence[int]) -> list[str]:
    """Return the values of readings as they are published."""
    return [str(reading(number).value) for number in numbers]


class Source:
    """A stream of readings that a test drives."""

    def __init__(self, *readings: Reading) -> None:
        self._queue: asyncio.Queue[Reading | BaseException | Callable[[], None] | None] = (
            asyncio.Queue()
        )
        self.asked = False
        self.closed = False
        for each in readings:
            self.put(each)

    def put(self, *readings: Reading, on_taken: Callable[[], None] | None = None) -> None:
        for each in readings:
            self._queue.put_nowait(each)
        if on_taken is not None:
            self._queue.put_nowait(on_taken)

    def end(self, error: BaseException | None = None) -> None:
        self._queue.put_nowait(error)

    async def __aiter__(self) -> AsyncIterator[Reading]:
        self.asked = True
        try:
            while (item := await self._queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                if isinstance(item, Reading):
                    yield item
                else:
                    item()
        finally:
            self.closed = True


class Household:
    """One store's consents, its recipients, and one subject."""

    def __init__(
        self,
        *,
        kind: SubjectKind = SubjectKind.CHILD,
        store: Store | None = None,
        keys: MemoryKeys | None = None,
        subject: Subject | None = None,
        radio: RadioKind = RadioKind.OS,
        clock: Clock | None = None,
    ) -> None:
        self.store = store or MemoryStore()
        self.keys = keys or MemoryKeys()
        self.register = ConsentRegister.open(
            self.store, Keys.open(self.store, self.keys), clock=clock
        )
        self.gate = Gate(self.register, radio=radio)
        self.recipients = MqttRecipients(self.register.recipients, self.register.vault)
        self.subject = subject or set_up(self.register, kind)

    def another_process(self) -> Household:
        """Return the household as another process on the same store sees it."""
        return Household(store=self.store, keys=self.keys, subject=self.subject)

    def add_recipient(self, endpoint: object, **changes: object) -> MqttRecipient:
        own = MqttRecipient.own_broker("mqtt://127.0.0.1", contact="guardian@example.org")
        recipient = complete({**own.model_dump(), "endpoint": endpoint, **changes})
        self.recipients.add(recipient)
        return recipient

    def agree(self, *scopes: ConsentScope) -> None:
        agree(self.register, *scopes)

    def agree_to_share(self, recipient: str = "home") -> None:
        self.agree(HEALTH_MONITORING, ConsentScope.sharing(recipient))

    async def withdraw(self, recipient: str = "home") -> None:
        await self.register.withdraw(self.subject.subject_id, ConsentScope.sharing(recipient))

    def publisher(
        self,
        recipient: str = "home",
        *,
        capacity: int = 100,
        retry: RetryPolicy = QUICK,
        credentials: MqttCredentials | None = None,
        ca_file: Path | None = None,
    ) -> MqttPublisher:
        return MqttPublisher(
            self.gate,
            self.recipients,
            recipient,
            subject=self.subject.subject_id,
            device=DEVICE,
            capacity=capacity,
            retry=retry,
            credentials=credentials,
            ca_file=ca_file,
        )

    async def aclose(self) -> None:
        await self.gate.aclose()
        await self.register.aclose()


def agree(register: ConsentRegister, *scopes: ConsentScope) -> None:
    """Have the consenting party of the only subject read each notice and agree."""
    (subject_id,) = register.subjects()
    subject = register.subject(subject_id)
    synthetic = subject.kind is SubjectKind.SYNTHETIC
    for scope in scopes:
        register.request(subject_id, scope)
        register.give(
            subject_id,
            scope,
            notice_sha256=register.notice(subject_id, scope).sha256,
            given_by=subject.consenting_party.party_id,
            indication_method=IndicationMethod.SIMULATED
            if synthetic
            else IndicationMethod.TYPED_PHRASE,
        )


def set_up(register: ConsentRegister, kind: SubjectKind = SubjectKind.CHILD) -> Subject:
    """Set up a subject, with who is responsible and who may consent."""
    child = kind is SubjectKind.CHILD
    return register.setup(
        kind=kind,
        controller=Party(
            party_name="Controller",
            party_contact="controller@example.org",
            party_role=PartyRole.CONTROLLER,
        ),
        consenting_party=Party(
            party_name="Guardian",
            party_contact="guardian@example.org",
            party_role=PartyRole.PARENT if child else PartyRole.OPERATOR,
        ),
        attestation=GuardianAttestation(
            method=AttestationMethod.TYPED_STATEMENT, statement_sha256=statement_sha256()
        )
        if child
        else None,
    )
