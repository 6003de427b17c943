"""The status of a publisher at a real broker: there while readings may come, and no longer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import cast

import pytest

from babyn_ble.errors import ConsentRenewalRequiredError, ConsentRequiredError, StoreError
from babyn_ble.gateway import mqtt_status
from babyn_ble.gateway.mqtt_sending import ReadingConnection
from babyn_ble.gateway.mqtt_status import KEPT_FOR, PublisherStatus
from babyn_ble.privacy.gate import Gate
from babyn_ble.privacy.purposes import ConsentScope
from tests.gateway.conftest import Brokers
from tests.gateway.household import CANARIES, DEVICE, Household, reading
from tests.gateway.mosquitto import Tap, soon
from tests.gateway.subscriber import retained, until_retained
from tests.gateway.test_publish import publish_all
from tests.gateway.test_recipients import ask
from tests.gateway.test_withdrawal import Publishing

EXPIRES = bytes([2]) + KEPT_FOR.to_bytes(4, "big")
"""MQTT v5.0 - §3.3.2.3.3 (Message Expiry Interval)"""


def topic_of(home: Household) -> str:
    name = home.recipients.pseudonym("home", subject=home.subject.subject_id, device=DEVICE)
    return f"babyn/{name}/status"


@pytest.mark.requirement("BN-VER-04")
async def test_what_a_status_tells(tap: Tap, brokers: Brokers, home: Household) -> None:
    """Who comes later sees it too. Mutants: not retained; a consent's name, or a subject, in it."""
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)

    sent = (await retained(brokers.plain))[topic_of(home)]
    assert json.loads(sent) == {
        "state": "online",
        "policy_sha256": home.register.policy.sha256,
        "to_be_renewed": 0,
        "ending_soon": 0,
        "first_ends_on": None,
    }
    (status,) = tap.statuses
    assert (status.qos, status.retained) == (1, True)
    assert EXPIRES in status.body
    for secret in (home.subject.subject_id, DEVICE, CANARIES["value"], "sharing", "Guardian"):
        assert str(secret).encode() not in sent
    publishing.source.end()
    await soon(publishing.task)


@pytest.mark.requirement("BN-VER-04")
async def test_a_consent_that_has_to_be_renewed_is_seen(
    tap: Tap, brokers: Brokers, home: Household
) -> None:
    """Another recipient's entry changes: its consent waits for an answer, and is counted.

    Mutant: it is told once, when the connection is made; or when no reading waits any more.
    """
    home.add_recipient("mqtt://127.0.0.1", id="ward")
    home.agree(ConsentScope.sharing("ward"))
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)

    home.add_recipient("mqtt://127.0.0.1", id="ward", purpose="research")
    publishing.source.put(reading(1))
    await tap.until(lambda: tap.acknowledged == 2)

    sent = (await retained(brokers.plain))[topic_of(home)]
    assert json.loads(sent)["to_be_renewed"] == 1
    published = [packet for packet in tap.packets if packet.kind == "PUBLISH"]
    assert [packet.is_status for packet in published] == [True, False, True, False]
    assert b"ward" not in sent
    publishing.source.end()
    await soon(publishing.task)


@pytest.mark.requirement("BN-VER-04")
@pytest.mark.requirement("BN-WDR-06")
@pytest.mark.parametrize("end", ["renewal", "withdrawal", "cancelled", "lost", "over"])
async def test_with_the_connection_it_goes(
    tap: Tap, brokers: Brokers, home: Household, end: str
) -> None:
    """Of the first two ends, the broker is not even told. Mutant: it leaves no will with it."""
    publishing = Publishing(home)
    publishing.source.put(reading(0))
    await tap.until(lambda: tap.acknowledged == 1)
    topic = topic_of(home)
    assert topic in await retained(brokers.plain)  # the control
    before = tap.bytes

    match end:
        case "renewal":
            changed = home.subject.controller.model_copy(update={"party_name": "Another"})
            home.register.change_controller(home.subject.subject_id, changed)
        case "withdrawal":
            await home.withdraw()
        case "cancelled":
            publishing.task.cancel()
        case "lost":
            await tap.vanish()
        case _:
            publishing.source.end()
    await until_retained(brokers.plain, lambda found: topic not in found)

    if end == "lost":
        publishing.task.cancel()
    (outcome,) = await asyncio.gather(publishing.task, return_exceptions=True)
    assert type(outcome) is {
        "renewal": ConsentRenewalRequiredError,
        "withdrawal": ConsentRequiredError,
        "over": type(None),
    }.get(end, asyncio.CancelledError)
    assert tap.bytes == before or end == "over"


async def test_without_a_permit_none_is_sent(tap: Tap, home: Household) -> None:
    """Mutant: a status counts as telling nothing of anybody, and needs no consent."""
    home.agree(ConsentScope.sharing("home"))
    with pytest.raises(ConsentRequiredError):
        await publish_all(home.publisher(), reading(0))
    assert tap.sent == []


async def test_it_is_repeated_and_comes_back_with_the_broker(
    tap: Tap, brokers: Brokers, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no reading comes. Mutant: it waits for the next reading, and expires meanwhile."""
    monkeypatch.setattr(mqtt_status, "REPEATED_EVERY", 0.01)
    publishing = Publishing(home)
    await tap.until(lambda: len(tap.statuses) >= 3)
    assert len(tap.sent) == 1

    await tap.vanish()
    await tap.listen()
    await tap.until(lambda: len(tap.sent) > 1 and len(tap.statuses) > 0)
    await until_retained(brokers.plain, lambda found: topic_of(home) in found)
    publishing.source.end()
    await soon(publishing.task)


async def test_the_will_of_a_lost_connection_comes_before_the_next_status(
    brokers: Brokers, home: Household
) -> None:
    """The broker still holds the old connection when the new one is made, under the same id.

    Mutant: another client id each time, so that the old one's will clears the new status.
    """
    home.add_recipient(f"mqtt://127.0.0.1:{brokers.plain}")
    home.agree_to_share()
    permit = ask(home)
    topic = topic_of(home)
    old, new = (
        ReadingConnection(
            home.recipients.get("home"), topic.split("/")[1], permit=permit, client_id="probe"
        )
        for _ in range(2)
    )
    await soon(old.open())
    await soon(old.announce(b"old"))
    await soon(new.open())
    await soon(new.announce(b"new"))
    await until_retained(brokers.plain, lambda _: not old.is_open)
    assert (await retained(brokers.plain))[topic] == b"new"
    await old.close()
    await new.finish()
    permit.release()
    await until_retained(brokers.plain, lambda found: topic not in found)


class Silent:
    """A gate whose store cannot be asked."""

    revision = 7

    def attention(self, _subject: str) -> dict[str, object]:
        raise StoreError("The store is busy")


def test_while_consents_cannot_be_looked_up_nothing_is_told() -> None:
    """Nor is it asked for again at once. Mutant: the error ends the publisher; or a busy loop."""

    async def tell() -> None:
        status = PublisherStatus(cast("Gate", Silent()), "subject")
        assert status.due_in == 0
        assert status.tell() is None
        assert status.due_in > 0

    asyncio.run(tell())


async def test_the_documentation_shows_what_is_sent(home: Household) -> None:
    """Mutant: a field more, or another name for one, and nobody writes it down."""
    page = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text(encoding="utf-8")
    shown = page.partition("## Status")[2].partition("```json\n")[2].partition("```")[0]
    sent = PublisherStatus(home.gate, home.subject.subject_id).tell()
    assert sent is not None
    assert json.loads(shown).keys() == json.loads(sent).keys()
