"""What a real broker still has of a subject after an erasure: in memory, and in its file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from babyn_ble.gateway import hand_over
from babyn_ble.privacy.rights.notices import DeletionNotices, NoticeStatus
from tests.gateway.conftest import Brokers
from tests.gateway.household import DEVICE, Household, Source, reading, values
from tests.gateway.mosquitto import Broker, Tap, free_port, soon
from tests.gateway.subscriber import retained, until_retained
from tests.gateway.test_deletion_notices import erased


class Kept:
    """A household, and a broker that writes down what it keeps."""

    def __init__(self, broker: Broker, port: int, tap: Tap) -> None:
        self.broker = broker
        self.port = port
        self.tap = tap
        self.home = Household()
        self.home.add_recipient(f"mqtt://127.0.0.1:{tap.port}")
        self.home.agree_to_share()
        subject = self.home.subject.subject_id
        self.name = self.home.recipients.pseudonym("home", subject=subject, device=DEVICE)
        self.canaries = [self.name, subject, DEVICE, *values([0])]

    async def publish(self) -> tuple[Source, asyncio.Task[None]]:
        """Publish a reading, and go on."""
        source = Source(reading(0))
        publishing = asyncio.create_task(self.home.publisher().publish(source))
        await self.tap.until(lambda: self.tap.acknowledged == 1)
        return source, publishing

    async def found_anew(self) -> set[str]:
        """Return the canaries that a new subscriber to everything is sent."""
        text = repr(await retained(self.port))
        return {each for each in self.canaries if each in text}

    async def lose_power(self) -> None:
        """Have the broker save while it runs, then end at once, and come back with that."""

        def is_in_file() -> bool:
            file = self.broker.saved
            return file.exists() and self.name.encode() in file.read_bytes()

        self.broker.save()
        await until_retained(self.port, lambda _: is_in_file())
        await asyncio.to_thread(self.broker.stop, crash=True)
        await asyncio.to_thread(self.broker.start)

    async def found_in_file(self) -> set[str]:
        """Return the canaries that are in the file of the broker once it has saved."""
        await asyncio.to_thread(self.broker.stop)
        data = self.broker.saved.read_bytes()
        await asyncio.to_thread(self.broker.start)
        return {each for each in self.canaries if each.encode() in data}


@pytest.fixture
async def kept(brokers: Brokers, tmp_path: Path, no_task_left: None) -> AsyncIterator[Kept]:
    port = free_port()
    listener = f"listener {port} 127.0.0.1\nallow_anonymous true"
    broker = Broker(brokers.program, tmp_path, [listener], persistent=True)
    await asyncio.to_thread(broker.start)
    tap = Tap(port)
    await tap.listen()
    kept = Kept(broker, port, tap)
    yield kept
    await tap.vanish()
    await kept.home.aclose()
    await asyncio.to_thread(broker.stop)


@pytest.mark.requirement("BN-DSR-04")
async def test_the_broker_forgets_with_the_erasure(kept: Kept) -> None:
    """Not a byte is needed for it: the will of the connection does it.

    Mutant: there is no will, so that the status stays.
    """
    _, publishing = await kept.publish()
    assert await kept.found_anew() == {kept.name}  # the control

    before = len(kept.tap.bytes)
    await erased(kept.home)
    await asyncio.wait({publishing})
    assert publishing.exception() is not None
    await until_retained(kept.port, lambda found: kept.name not in repr(found))

    assert len(kept.tap.bytes) == before
    assert await kept.found_anew() == set()
    assert await kept.found_in_file() == set()


@pytest.mark.requirement("BN-DSR-04")
@pytest.mark.requirement("BN-DSR-05")
async def test_a_broker_that_was_down_meanwhile_is_told_to_forget(kept: Kept) -> None:
    """It comes back with its file, and without the wills of those who are gone.

    Mutant: the notice does not clear what is retained.
    """
    _, publishing = await kept.publish()
    await kept.lose_power()
    await erased(kept.home)
    await asyncio.wait({publishing})
    assert publishing.exception() is not None
    assert await kept.found_anew() == {kept.name}  # the control: it does not know
    assert await kept.found_in_file() == {kept.name}
    [told] = await soon(hand_over(DeletionNotices(kept.home.register.vault)))

    assert told.status is NoticeStatus.SENT
    assert await kept.found_anew() == set()
    assert await kept.found_in_file() == set()
