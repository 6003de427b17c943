"""Steps that many tests take."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from bumble.snoop import Snooper

from babyn_ble import Companion, Reading, Sighting
from babyn_ble.privacy import (
    AttestationMethod,
    GuardianAttestation,
    IndicationMethod,
    Party,
    PartyRole,
    Subject,
    SubjectKind,
    statement_sha256,
)
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator.devices.models.measurement_log import MeasurementLog
from babyn_simulator.nursery import Nursery, NurseryRadio
from babyn_simulator.peripheral import Peripheral

T = TypeVar("T")


async def first(babyn: Companion) -> Sighting:
    """Return the first device that a scan sees."""
    async with contextlib.aclosing(babyn.scan()) as sightings:
        return await anext(sightings)


async def take(readings: AsyncGenerator[Reading, None], count: int) -> list[Reading]:
    """Return the next readings of a stream, and close it."""
    async with contextlib.aclosing(readings) as stream:
        return [await anext(stream) for _ in range(count)]


async def each(stream: AsyncGenerator[T, None], act: Callable[[T], Awaitable[None]]) -> None:
    """Do something with everything that a stream yields, until it ends."""
    async for item in stream:
        await act(item)


async def withdraw(babyn: Companion, scope: ConsentScope) -> None:
    """Withdraw a consent of the companion's one subject."""
    await babyn.consent.withdraw(babyn.subject.subject_id, scope)


async def passing(seconds: float, until: Awaitable[object] | None = None) -> None:
    """Let virtual time pass."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await (until if until is not None else asyncio.Event().wait())


def shown(log: MeasurementLog[Any]) -> list[datetime]:
    """Return when what is in a log was measured, as the wire has it: to the second."""
    moments = [record.taken.clock.shown for record in log.records()]
    return [moment.replace(tzinfo=UTC, microsecond=0) for moment in moments]


def links(device: Peripheral) -> list[str]:
    """Return the links that a simulated device has, in a word each."""
    return ["encrypted" if link.is_encrypted else "plain" for link in device.connections]


def other_tasks() -> list[str]:
    """Return what the tasks beside this one do, without those of the simulated devices."""
    current = asyncio.current_task()
    names = (
        getattr(task.get_coro(), "__qualname__", "?")
        for task in asyncio.all_tasks()
        if task is not current
    )
    return sorted(name for name in names if not name.startswith("Peripheral."))


def set_up_child(babyn: Companion) -> Subject:
    """Set up a child with a guardian who has stated to be one."""
    return babyn.consent.setup(
        kind=SubjectKind.CHILD,
        controller=Party(
            party_name="A family", party_contact="at home", party_role=PartyRole.CONTROLLER
        ),
        consenting_party=Party(
            party_name="A parent", party_contact="at home", party_role=PartyRole.PARENT
        ),
        attestation=GuardianAttestation(
            method=AttestationMethod.TYPED_STATEMENT, statement_sha256=statement_sha256()
        ),
    )


def give_typed(babyn: Companion, scopes: Iterable[ConsentScope]) -> None:
    """Have the consenting party agree, one by one, as a person would at a terminal."""
    subject = babyn.subject
    for scope in scopes:
        babyn.consent.request(subject.subject_id, scope)
        babyn.consent.give(
            subject.subject_id,
            scope,
            notice_sha256=babyn.consent.notice(subject.subject_id, scope).sha256,
            given_by=subject.consenting_party.party_id,
            indication_method=IndicationMethod.TYPED_PHRASE,
        )


class CountingSnooper(Snooper):
    """Counts the HCI packets of one host."""

    def __init__(self) -> None:
        self.packets = 0

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        self.packets += 1


@asynccontextmanager
async def opened(
    nursery: Nursery, store: MemoryStore | None = None
) -> AsyncGenerator[tuple[Companion, NurseryRadio], None]:
    """Open a companion whose subject has agreed to everything, with its radio at hand."""
    radio = await nursery.radio()
    async with Companion.open(store or MemoryStore(), radio=radio) as babyn:
        set_up_synthetic(babyn)
        give_simulated(babyn)
        yield babyn, radio
