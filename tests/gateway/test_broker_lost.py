"""A broker that goes away, for a moment or for good: nothing is lost or repeated in silence."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest

from babyn_ble.clock import SystemClock
from babyn_ble.errors import RecipientError, StoreError
from babyn_ble.gateway import (
    MINIMUM_FIELDS,
    MqttCredentials,
    RecipientUnreachableError,
    RetryPolicy,
    mqtt_connection,
)
from babyn_ble.readings import Gap
from babyn_ble.store.memory import MemoryStore
from tests.gateway.conftest import PASSWORD, USERNAME, Brokers
from tests.gateway.household import QUICK, Household, Source, reading, values
from tests.gateway.mosquitto import Broker, Tap, free_port, soon
from tests.gateway.test_publish import sent_values

FOREVER = RetryPolicy(attempts=10**9, first_delay=0.01, longest_delay=0.01)


async def test_a_restarted_broker_gets_every_reading(
    brokers: Brokers, tmp_path: Path, no_task_left: None
) -> None:
    """Mutant: the first lost connection ends the publisher, or loses what was under way."""
    port = free_port()
    broker = Broker(brokers.program, tmp_path, [f"listener {port} 127.0.0.1\nallow_anonymous true"])
    await asyncio.to_thread(broker.start)
    tap = Tap(port)
    await tap.listen()
    home = Household()
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}")
    home.agree_to_share()
    source = Source(*map(reading, range(3)))
    publisher = home.publisher(retry=FOREVER)
    publishing = asyncio.create_task(publisher.publish(source))
    await tap.until(lambda: tap.acknowledged == 3)

    await asyncio.to_thread(broker.stop)
    source.put(*map(reading, range(3, 6)))
    await tap.until(lambda: len(tap.sent) > 3)  # it tries, and tries again
    await asyncio.to_thread(broker.start)
    async with aiomqtt.Client("127.0.0.1", port) as subscriber:
        await subscriber.subscribe("babyn/#", qos=1)
        source.put(*map(reading, range(6, 9)))
        source.end()
        await soon(publishing)

    first = [values([number])[0] for number in range(9)]
    assert list(dict.fromkeys(sent_values(tap.published))) == first
    assert (publisher.published, publisher.dropped, publisher.waiting) == (9, 0, 0)
    await tap.vanish()
    await home.aclose()
    await asyncio.to_thread(broker.stop)


async def test_a_lost_acknowledgement_sends_it_again_and_says_so(tap: Tap, home: Household) -> None:
    """Mutant: what was sent counts as delivered. The control for withdrawal, which does not."""
    home.agree_to_share()
    source = Source(reading(0))
    publisher = home.publisher()
    publishing = asyncio.create_task(publisher.publish(source))
    await tap.until(lambda: tap.acknowledged == 1)
    tap.hold_answers()
    source.put(reading(1))
    await tap.until(lambda: len(tap.published) == 2)

    await tap.vanish()
    tap.release_answers()
    await tap.listen()
    source.put(reading(2))
    source.end()
    await soon(publishing)

    assert sent_values(tap.published) == values([0, 1, 1, 2])
    assert tap.published[1].payload == tap.published[2].payload
    assert (publisher.published, publisher.repeated, publisher.dropped) == (3, 1, 0)


async def test_too_many_waiting_readings_are_dropped_and_declared(
    tap: Tap, home: Household
) -> None:
    """Mutant: an unbounded queue; or the oldest are dropped in silence."""
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", fields=(*MINIMUM_FIELDS, "gap"))
    home.agree_to_share()
    source = Source(reading(0))
    publisher = home.publisher(capacity=3, retry=FOREVER)
    publishing = asyncio.create_task(publisher.publish(source))
    await tap.until(lambda: tap.acknowledged == 1)
    await tap.vanish()

    taken = asyncio.Event()
    source.put(*map(reading, range(1, 9)), on_taken=taken.set)
    await taken.wait()
    assert (publisher.waiting, publisher.dropped) == (3, 5)
    await tap.listen()
    source.end()
    await soon(publishing)

    assert sent_values(tap.published) == values([0, 6, 7, 8])
    gaps = [json.loads(packet.payload)["gap"] for packet in tap.published]
    assert gaps[1] == {"missed": 5, "reason": "the recipient's broker was away"}
    assert [gap for gap in gaps if gap] == [gaps[1]]
    assert (publisher.published, publisher.dropped) == (4, 5)


async def test_a_broker_that_stays_away_ends_it_at_last(tap: Tap, home: Household) -> None:
    """Mutant: it tries for ever, and nobody learns of it; or counts from the first loss on."""
    home.agree_to_share()
    source = Source(reading(0))
    publisher = home.publisher(retry=replace(QUICK, attempts=3))
    publishing = asyncio.create_task(publisher.publish(source))
    await tap.until(lambda: tap.acknowledged == 1)
    await tap.vanish()

    source.put(*map(reading, range(1, 4)))
    with pytest.raises(RecipientUnreachableError, match="recipient home") as caught:
        await soon(publishing)

    assert caught.value.__cause__ is caught.value.__context__ is None
    assert (publisher.published, publisher.waiting, publisher.dropped) == (1, 0, 3)


def test_the_pauses_grow_and_are_bounded() -> None:
    policy = RetryPolicy()

    assert [policy.delay(attempt) for attempt in range(1, 10)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert policy.delay(10**6) == 60
    whole = sum(policy.delay(attempt) for attempt in range(1, policy.attempts + 1))
    assert 3300 < whole < 3600


async def test_a_broker_that_does_not_answer_counts_as_lost(
    tap: Tap, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: an acknowledgement is waited for without end."""
    monkeypatch.setattr(mqtt_connection, "ANSWER_TIMEOUT", 0.05)
    home.agree_to_share()
    source = Source(reading(0))
    publishing = asyncio.create_task(home.publisher(retry=FOREVER).publish(source))
    await tap.until(lambda: tap.acknowledged == 1)
    tap.hold_answers()
    source.put(reading(1))
    source.end()
    await tap.until(lambda: len(tap.sent) > 2)
    tap.release_answers()
    await soon(publishing)

    assert list(dict.fromkeys(sent_values(tap.published))) == values([0, 1])


@pytest.mark.parametrize("credentials", [None, MqttCredentials(USERNAME, "wrong")])
async def test_a_broker_that_lets_nobody_in_ends_it_at_once(
    brokers: Brokers, home: Household, credentials: MqttCredentials | None
) -> None:
    home.add_recipient(f"mqtt://127.0.0.1:{brokers.guarded}")
    home.agree_to_share()

    with pytest.raises(RecipientError, match="home") as caught:
        await soon(home.publisher(credentials=credentials).publish(Source(reading())))
    assert not isinstance(caught.value, RecipientUnreachableError)
    assert "wrong" not in str(caught.value)


async def test_a_broker_that_takes_no_readings_ends_it_at_once(
    brokers: Brokers, home: Household
) -> None:
    """Mutant: a refusal in the acknowledgement is taken for success (aiomqtt ignores it)."""
    home.add_recipient(f"mqtt://127.0.0.1:{brokers.guarded}")
    home.agree_to_share()
    publisher = home.publisher(credentials=MqttCredentials(USERNAME, PASSWORD))

    with pytest.raises(RecipientError, match="access rules") as caught:
        await soon(publisher.publish(Source(reading())))
    assert not isinstance(caught.value, RecipientUnreachableError)
    assert (publisher.published, publisher.dropped) == (0, 1)


class Unreadable(MemoryStore):
    """A shared store that cannot be asked for a while."""

    broken = False

    def __init__(self) -> None:
        super().__init__(shared=True)
        self.refused = asyncio.Semaphore(0)

    def renew_lease(self, holder: str, seen_seq: int) -> int:
        if self.broken:
            self.refused.release()
            raise StoreError("The store is busy")
        return super().renew_lease(holder, seen_seq)


class Jumping(SystemClock):
    """The system's clock, with time of a test's own added."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


async def test_a_store_that_cannot_be_asked_holds_readings_back(tap: Tap) -> None:
    """Mutant: they leave although consent cannot be confirmed; or a moment's fault ends it."""
    store, clock = Unreadable(), Jumping()
    home = Household(store=store, clock=clock)
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}")
    home.agree_to_share()
    source = Source(reading(0))
    publishing = asyncio.create_task(home.publisher(retry=FOREVER).publish(source))
    await tap.until(lambda: tap.acknowledged == 1)
    before = tap.bytes

    store.broken, clock.ahead = True, 2.0  # longer than a lease, shorter than the gate's patience
    source.put(reading(1))
    for _ in range(5):
        await soon(store.refused.acquire())
    assert tap.bytes == before
    store.broken = False
    source.end()
    await soon(publishing)

    assert sent_values(tap.published) == values([0, 1])
    await home.aclose()


async def test_a_source_may_bring_its_own_gaps(tap: Tap, home: Household) -> None:
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", fields=(*MINIMUM_FIELDS, "gap"))
    home.agree_to_share()
    source = Source(replace(reading(0), gap=Gap(None, "link lost")))
    source.end()

    await soon(home.publisher().publish(source))

    assert json.loads(tap.published[0].payload)["gap"] == {"missed": None, "reason": "link lost"}
