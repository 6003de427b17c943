"""Withdrawal stops sharing: from then on not one byte leaves, whatever was under way.

Every test compares every byte that a wiretap in front of the broker has recorded, after the
publisher has closed its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from babyn_ble.errors import ConsentRequiredError
from babyn_ble.gateway import RetryPolicy
from babyn_ble.gateway.mqtt_connection import MqttConnection
from babyn_ble.gateway.mqtt_delivery import Delivery
from babyn_ble.privacy.purposes import ENVIRONMENT, HEALTH_MONITORING, ConsentScope
from babyn_ble.readings import Quantity, Reading
from babyn_ble.store.memory import MemoryStore
from tests.gateway.conftest import Brokers
from tests.gateway.household import DEVICE, QUICK, Household, Source, reading, values
from tests.gateway.mosquitto import Tap, soon
from tests.gateway.subscriber import retained, until_retained
from tests.gateway.test_publish import sent_values


class Publishing:
    """A publisher at work in a task of its own."""

    def __init__(self, home: Household, retry: RetryPolicy = QUICK) -> None:
        home.agree_to_share()
        self.source = Source()
        self.publisher = home.publisher(retry=retry)
        self.task = asyncio.create_task(self.publisher.publish(self.source))

    async def ends_for_lack_of_consent(self) -> None:
        with pytest.raises(ConsentRequiredError) as caught:
            await soon(self.task)
        assert "sharing:home" in caught.value.missing
        assert self.publisher.waiting == 0


async def test_withdrawal_while_readings_flow(tap: Tap, home: Household) -> None:
    """Mutant: the publisher is stopped before its next reading, not at the withdrawal."""
    publishing = Publishing(home)
    publishing.source.put(*map(reading, range(3)))
    await tap.until(lambda: tap.acknowledged == 3)  # the control: they do leave
    before = tap.bytes

    await home.withdraw()
    await tap.until(lambda: tap.open == 0)
    publishing.source.put(*map(reading, range(3, 6)))
    await publishing.ends_for_lack_of_consent()

    assert tap.bytes == before
    assert len(tap.sent) == 1
    assert publishing.publisher.published == 3


async def test_withdrawal_of_the_readings_stops_sharing_too(tap: Tap, home: Household) -> None:
    publishing = Publishing(home)
    publishing.source.put(reading())
    await tap.until(lambda: tap.acknowledged == 1)

    await home.register.withdraw(home.subject.subject_id, HEALTH_MONITORING)
    publishing.source.put(reading(1))
    with pytest.raises(ConsentRequiredError):
        await publishing.task

    await tap.until(lambda: tap.open == 0)
    assert sent_values(tap.published) == values([0])


async def test_withdrawal_of_the_room_cuts_what_is_being_sent(tap: Tap, home: Household) -> None:
    """Mutant: the delivery goes on under the other consent, and sends it again."""
    home.agree(ENVIRONMENT)
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    tap.hold_answers()
    publishing.source.put(replace(reading(1), quantity=Quantity.HUMIDITY))
    await tap.until(lambda: len(tap.published) == 2)
    before = tap.bytes

    await home.register.withdraw(home.subject.subject_id, ENVIRONMENT)
    with pytest.raises(ConsentRequiredError) as caught:
        await soon(publishing.task)
    await tap.until(lambda: tap.open == 0)

    assert caught.value.missing == ("environment",)
    assert tap.bytes == before


async def test_withdrawal_for_one_recipient_leaves_the_other(tap: Tap, home: Household) -> None:
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", id="second")
    home.agree(ConsentScope.sharing("second"))
    first = Publishing(home)
    source = Source(reading(0))
    second = asyncio.create_task(home.publisher("second").publish(source))
    await tap.until(lambda: tap.acknowledged == 1)

    await home.withdraw("home")
    await first.ends_for_lack_of_consent()
    source.put(reading(1))
    source.end()
    await soon(second)

    assert sent_values(tap.published) == values([0, 1])


async def test_withdrawal_while_an_acknowledgement_is_awaited(tap: Tap, home: Household) -> None:
    """Mutant: what was not acknowledged is sent again, over a new connection."""
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    tap.hold_answers()
    publishing.source.put(*map(reading, range(1, 5)))
    await tap.until(lambda: len(tap.published) == 2)
    before = tap.bytes

    await home.withdraw()
    await tap.until(lambda: tap.open == 0)
    tap.release_answers()
    await publishing.ends_for_lack_of_consent()

    assert tap.bytes == before
    assert len(tap.sent) == 1
    assert sent_values(tap.published) == values([0, 1])
    assert (publishing.publisher.published, publishing.publisher.dropped) == (1, 4)


async def test_withdrawal_while_connecting(tap: Tap, home: Household) -> None:
    """Mutant: a greeting that is under way is completed, and readings follow it."""
    tap.hold_answers()
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: len(tap.packets) == 1)
    before = tap.bytes

    await home.withdraw()
    await tap.until(lambda: tap.open == 0)
    tap.release_answers()
    await publishing.ends_for_lack_of_consent()

    assert tap.bytes == before
    assert [packet.kind for packet in tap.packets] == ["CONNECT"]
    assert not publishing.source.asked


async def test_withdrawal_while_the_broker_is_away(tap: Tap, home: Household) -> None:
    """Mutant: the queue survives, and is sent when the broker is back."""
    pausing = asyncio.Event()
    attempts: list[int] = []

    class Announced(RetryPolicy):
        def delay(self, attempt: int) -> float:
            attempts.append(attempt)
            if attempt == 1:
                return 0
            pausing.set()
            return 3600

    publishing = Publishing(home, Announced())
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    await tap.vanish()
    tap.deaf = True
    await tap.listen()
    publishing.source.put(*map(reading, range(1, 5)))
    await soon(pausing.wait())
    tap.deaf = False

    await home.withdraw()
    await publishing.ends_for_lack_of_consent()

    assert sent_values(tap.published) == values([0])
    assert len(tap.sent) == 2
    assert attempts == [1, 1, 2]
    assert (publishing.publisher.published, publishing.publisher.dropped) == (1, 4)


async def test_withdrawal_returns_when_the_connection_is_closed(
    tap: Tap, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the connection is closed some time later, and a withdrawal does not wait for it."""
    closing, go_on = asyncio.Event(), asyncio.Event()
    go_on.set()
    close = Delivery.close

    async def slowly(delivery: Delivery) -> None:
        closing.set()
        await go_on.wait()
        await close(delivery)

    monkeypatch.setattr(Delivery, "close", slowly)
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    closing.clear()
    go_on.clear()
    withdrawing = asyncio.create_task(home.withdraw())
    await soon(closing.wait())
    finished, _ = await asyncio.wait({withdrawing}, timeout=0.1)
    assert not finished
    go_on.set()
    await soon(withdrawing)
    await publishing.ends_for_lack_of_consent()


async def test_the_connection_is_cut_in_the_moment_the_consent_ends(
    tap: Tap, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: it is cut by a task, some time after; bytes on their way still leave."""
    cuts: list[MqttConnection] = []
    cut = MqttConnection.cut

    def noted(connection: MqttConnection) -> None:
        cuts.append(connection)
        cut(connection)

    monkeypatch.setattr(MqttConnection, "cut", noted)
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    assert not cuts

    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", purpose="research")
    (connection,) = set(cuts)  # and nothing was awaited since
    assert not connection.is_open
    await publishing.ends_for_lack_of_consent()


async def test_withdrawal_from_within_the_readings(tap: Tap, home: Household) -> None:
    """Mutant: the withdrawal waits for a task that waits for the withdrawal."""
    home.agree_to_share()

    async def readings() -> AsyncIterator[Reading]:
        yield reading(0)
        await tap.until(lambda: tap.acknowledged == 1)
        await home.withdraw()
        yield reading(1)

    with pytest.raises(ConsentRequiredError):
        await soon(home.publisher().publish(readings()))

    await tap.until(lambda: tap.open == 0)
    assert sent_values(tap.published) == values([0])


async def test_a_changed_entry_stops_it_like_a_withdrawal(tap: Tap, home: Household) -> None:
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    before = tap.bytes

    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", purpose="research")
    await publishing.ends_for_lack_of_consent()
    await tap.until(lambda: tap.open == 0)

    assert tap.bytes == before


async def test_withdrawal_in_another_process(tap: Tap) -> None:
    """Mutant: permits are not renewed from the store, and a terminal cannot stop a gateway."""
    gateway = Household(store=MemoryStore(shared=True))
    gateway.add_recipient(f"mqtt://127.0.0.1:{tap.port}")
    publishing = Publishing(gateway)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    before = tap.bytes
    terminal = gateway.another_process()

    await terminal.withdraw()
    publishing.source.put(reading(1))
    await publishing.ends_for_lack_of_consent()
    await tap.until(lambda: tap.open == 0)

    assert tap.bytes == before
    await terminal.aclose()
    await gateway.aclose()


@pytest.mark.requirement("BN-WDR-06")
async def test_the_broker_keeps_nothing(brokers: Brokers, tap: Tap, home: Household) -> None:
    """Who subscribes to everything after the withdrawal is sent nothing that was retained.

    The control is the status, while there was one. Mutants: readings are retained; nothing
    clears the status.
    """
    name = home.recipients.pseudonym("home", subject=home.subject.subject_id, device=DEVICE)
    publishing = Publishing(home)
    publishing.source.put(*map(reading, range(3)))
    await tap.until(lambda: tap.acknowledged == 3)
    topics = [topic for topic in await retained(brokers.plain) if name in topic]
    assert topics == [f"babyn/{name}/status"]

    before = tap.bytes
    await home.withdraw()
    await publishing.ends_for_lack_of_consent()
    await until_retained(brokers.plain, lambda found: name not in repr(found))
    assert tap.bytes == before
