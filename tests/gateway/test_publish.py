"""Publishing through a real broker, with a wiretap that records every byte that leaves."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import aiomqtt
import pytest

from babyn_ble.clock import running_clock
from babyn_ble.errors import (
    ConsentRequiredError,
    DisconnectedError,
    DisconnectReason,
    InvalidConsentError,
    RecipientError,
)
from babyn_ble.gateway import MINIMUM_FIELDS, MqttPublisher, RecipientUnreachableError
from babyn_ble.privacy.permits import Permit
from babyn_ble.privacy.purposes import (
    ENVIRONMENT,
    HEALTH_MONITORING,
    ConsentScope,
    RadioKind,
)
from babyn_ble.privacy.subjects import SubjectKind
from babyn_ble.readings import (
    READING_FIELDS,
    Gap,
    Quality,
    QualityReason,
    Quantity,
    Reading,
)
from tests.gateway.conftest import Brokers
from tests.gateway.household import CANARIES, DEVICE, Household, Source, reading, values
from tests.gateway.mosquitto import Packet, Tap, soon

ADDRESS = "C0:FF:EE:12:34:56"
NAME = "Canary's thermometer"
SERIAL = "SN-928374655"


def sent_values(packets: list[Packet]) -> list[str]:
    return [json.loads(packet.payload)["value"] for packet in packets]


async def publish_all(publisher: MqttPublisher, *readings: Reading) -> None:
    source = Source(*readings)
    source.end()
    await soon(publisher.publish(source))


def spellings(value: object) -> list[bytes]:
    """Return how a value may be written: as text, hex, reversed, decimal, base64, float."""
    text = value.isoformat()[:19] if isinstance(value, datetime) else str(value)
    raws = [text.encode(), text.lower().encode(), text.upper().encode()]
    plain = text.replace(":", "").replace("-", "")
    raws += [plain.encode(), plain.lower().encode()]
    try:
        data = bytes.fromhex(plain)
        raws += [data, data[::-1], str(int.from_bytes(data, "big")).encode()]
        raws += [data.hex(sep).encode() for sep in "-_:"]
    except ValueError:
        pass
    raws += [raw[::-1] for raw in list(raws)]
    raws += [raw.hex().encode() for raw in list(raws)]
    raws += [base64.b64encode(raw).rstrip(b"=")[:-1] for raw in list(raws)]
    if isinstance(value, Decimal | int):
        raws += [str(float(value)).encode(), str(value).replace(".", "").encode()]
    return [raw for raw in raws if len(raw) >= 3]


@pytest.mark.requirement("BN-SHR-01")
async def test_nothing_leaves_before_the_grant(tap: Tap, home: Household) -> None:
    """Mutant: the gate is asked after connecting, or not at all."""
    source = Source(reading())
    with pytest.raises(ConsentRequiredError) as caught:
        await soon(home.publisher().publish(source))
    assert caught.value.missing == ("health_monitoring", "sharing:home")
    assert (tap.sent, source.asked) == ([], False)

    home.agree_to_share()  # the control: with it, the same thing goes
    publisher = home.publisher()
    await publish_all(publisher, reading())

    assert sent_values(tap.published) == values([0])
    assert (publisher.published, publisher.dropped, publisher.waiting) == (1, 0, 0)


@pytest.mark.parametrize("given", ["health_monitoring", "sharing:home"])
async def test_one_of_the_two_consents_is_not_enough(tap: Tap, home: Household, given: str) -> None:
    home.agree(ConsentScope.parse(given))

    with pytest.raises(ConsentRequiredError) as caught:
        await soon(home.publisher().publish(Source(reading())))
    assert given not in caught.value.missing
    assert tap.sent == []


@pytest.mark.parametrize(
    ("kind", "radio"),
    [(SubjectKind.TEST_ARTICLE, RadioKind.OS), (SubjectKind.SYNTHETIC, RadioKind.SIM)],
)
async def test_only_a_child_s_readings_can_be_shared(
    tap: Tap, kind: SubjectKind, radio: RadioKind
) -> None:
    """Mutant: a subject that is nobody's needs no consent, and so may be sent anywhere."""
    bench = Household(kind=kind, radio=radio)
    bench.add_recipient(f"mqtt://127.0.0.1:{tap.port}")
    with pytest.raises(InvalidConsentError, match="no recipient"):
        bench.agree_to_share()

    with pytest.raises(ConsentRequiredError, match="go to no recipient"):
        await soon(bench.publisher().publish(Source(reading())))
    assert tap.sent == []
    await bench.aclose()


@pytest.mark.requirement("BN-SHR-03")
async def test_only_listed_fields_leave(tap: Tap, home: Household) -> None:
    """Mutant: the whole reading is sent, or a part of it in the topic or client id."""
    home.agree_to_share()
    full = Reading(quantity=Quantity.TEMPERATURE, **CANARIES)  # type: ignore[arg-type]  # every field, by name

    await publish_all(home.publisher(), full)

    (packet,) = tap.published
    assert json.loads(packet.payload) == {name: full.as_dict()[name] for name in MINIMUM_FIELDS}
    hidden = [
        *(value for name, value in CANARIES.items() if name not in MINIMUM_FIELDS),
        *(ADDRESS, NAME, SERIAL, home.subject.subject_id, socket.gethostname()),
        CANARIES["gap"].missed if isinstance(CANARIES["gap"], Gap) else None,
        "not_at_this_resolution",
    ]
    for value in hidden:
        for spelling in spellings(value):
            assert spelling not in tap.bytes, value
    for name in MINIMUM_FIELDS:  # the control: the same search finds what is listed
        assert any(spelling in tap.bytes for spelling in spellings(full.as_dict()[name])), name


@pytest.mark.parametrize("name", [name for name in CANARIES if name not in MINIMUM_FIELDS])
async def test_a_field_leaves_once_it_is_listed(tap: Tap, home: Household, name: str) -> None:
    """The control for each field that did not leave before."""
    endpoint = f"mqtt://127.0.0.1:{tap.port}"
    home.add_recipient(endpoint, fields=(*MINIMUM_FIELDS, name))
    home.agree_to_share()
    full = Reading(quantity=Quantity.TEMPERATURE, **CANARIES)  # type: ignore[arg-type]  # every field, by name

    await publish_all(home.publisher(), full)

    names = home.recipients.pseudonyms("home", subject=home.subject.subject_id, device=DEVICE)
    assert json.loads(tap.published[0].payload)[name] == names.named(full)[name]


@pytest.mark.requirement("BN-SHR-06")
async def test_what_a_message_looks_like(tap: Tap, home: Household, brokers: Brokers) -> None:
    """Mutant: QoS 0, or retained: then readings get lost, or stay on the broker."""
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", purpose="Own use, at home!")
    home.agree_to_share()
    pseudonym = home.recipients.pseudonym("home", subject=home.subject.subject_id, device=DEVICE)
    pulse = replace(reading(1), quantity=Quantity.PULSE_RATE)
    async with aiomqtt.Client("127.0.0.1", brokers.plain) as subscriber:
        await subscriber.subscribe(f"babyn/{pseudonym}/#", qos=1)
        await publish_all(home.publisher(), reading(0), pulse)
        _, *got = [await anext(subscriber.messages) for _ in range(3)]  # the first: the status

    prefix = f"babyn/{pseudonym}/own-use-at-home"
    assert [str(message.topic) for message in got] == [
        f"{prefix}/temperature",
        f"{prefix}/pulse_rate",
    ]
    assert json.loads(bytes(got[0].payload)) == {
        "quantity": "temperature",
        "value": "36.000",
        "unit": "°C",
        "quality": "valid",
        "measured_at": reading(0).as_dict()["measured_at"],
    }
    assert [(packet.qos, packet.retained) for packet in tap.published] == [(1, False)] * 2
    kinds = [packet.kind for packet in tap.packets]
    assert kinds == ["CONNECT", "PUBLISH", "PUBLISH", "PUBLISH", "DISCONNECT"]


async def test_child_and_room_are_shared_apart(tap: Tap, home: Household) -> None:
    """Mutant: what was not agreed to be read is sent because something else was."""
    humidity = replace(reading(1), quantity=Quantity.HUMIDITY)
    home.agree_to_share()
    publisher = home.publisher()
    await publish_all(publisher, reading(0), humidity)
    assert (publisher.published, publisher.dropped) == (1, 1)
    assert sent_values(tap.published) == values([0])

    home.agree(ENVIRONMENT)
    await home.register.withdraw(home.subject.subject_id, HEALTH_MONITORING)
    publisher = home.publisher()
    await publish_all(publisher, reading(0), humidity)  # the control: now it is the other
    assert (publisher.published, publisher.dropped) == (1, 1)
    assert sent_values(tap.published) == values([0, 1])


async def test_what_a_device_kept_before_the_grant_is_not_sent(tap: Tap, home: Household) -> None:
    """Neither what says so nor what is old. Mutant: only the consent of now is asked for."""
    home.agree_to_share()
    given = running_clock().now()
    stored = Quality.of({QualityReason.FROM_STORAGE})
    hour = timedelta(hours=1)
    readings = [
        replace(reading(0), measured_at=given - hour, received_at=given),
        replace(reading(1), measured_at=given - hour / 100, received_at=given, quality=stored),
        replace(reading(2), measured_at=None, received_at=given, quality=stored),
        replace(reading(3), measured_at=given, received_at=given + hour, quality=stored),
        replace(reading(4), measured_at=given - hour / 100, received_at=given),
    ]
    publisher = home.publisher()
    await publish_all(publisher, *readings)
    assert (publisher.published, publisher.dropped) == (2, 3)
    assert sent_values(tap.published) == values([3, 4])  # the control: kept since, and of now


async def test_the_client_id_is_random(tap: Tap, home: Household) -> None:
    """Mutant: a client id made of the host's name, or the same one for ever."""
    home.agree_to_share()
    for _ in range(2):
        await publish_all(home.publisher(), reading())

    ids = [packet.client_id for packet in tap.packets if packet.kind == "CONNECT"]
    assert len(set(ids)) == 2
    for each in ids:
        int(each, 16)
        assert len(each) == 20


async def test_readings_of_another_device_are_refused(tap: Tap, home: Household) -> None:
    home.agree_to_share()

    with pytest.raises(ValueError, match="its own device"):
        await soon(home.publisher().publish(Source(reading(device="otherdev"))))
    assert tap.published == []


async def test_an_unknown_recipient_is_refused(tap: Tap, home: Household) -> None:
    with pytest.raises(RecipientError, match="No such recipient"):
        await soon(home.publisher("elsewhere").publish(Source(reading())))
    assert tap.sent == []


async def test_an_entry_that_changes_while_the_gate_answers_is_not_used(
    tap: Tap, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: what was agreed to and what is sent are two readings of the entry."""
    home.agree_to_share()
    ask = home.gate.permit

    def answer(*question: Any, **about: Any) -> Permit:
        permit = ask(*question, **about)
        changed = home.recipients.get("home").model_copy(update={"fields": READING_FIELDS})
        home.register.vault.put("recipient", "home", changed)  # in another process
        return permit

    monkeypatch.setattr(home.gate, "permit", answer)
    with pytest.raises(RecipientError, match="changed meanwhile"):
        await soon(home.publisher().publish(Source(reading())))
    assert tap.sent == []


async def test_what_arrived_before_the_end_is_still_sent(tap: Tap, home: Household) -> None:
    """Mutant: the error that ends the readings ends the sending at once, and loses some."""
    home.agree_to_share()
    source = Source(*map(reading, range(5)))
    source.end(DisconnectedError("gone", reason=DisconnectReason.LINK_LOST))
    publisher = home.publisher()

    with pytest.raises(DisconnectedError, match="gone"):
        await soon(publisher.publish(source))

    assert sent_values(tap.published) == values(range(5))
    assert (publisher.published, publisher.dropped) == (5, 0)


async def test_the_source_is_not_asked_before_the_broker_answers(home: Household, tap: Tap) -> None:
    """Mutant: the device is read although nobody takes the readings."""
    home.agree_to_share()
    await tap.vanish()
    source = Source(reading())

    with pytest.raises(RecipientUnreachableError, match="recipient home") as caught:
        await soon(home.publisher().publish(source))
    assert not source.asked
    assert str(tap.port) not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize("state", ["connecting", "waiting", "unacknowledged", "retrying"])
async def test_a_cancelled_publisher_closes_everything(
    tap: Tap, home: Household, state: str
) -> None:
    """Mutant: a socket, task or thread outlives it (warnings are errors)."""
    home.agree_to_share()
    source = Source()
    publisher = home.publisher()
    if state == "connecting":
        tap.hold_answers()
    publishing = asyncio.create_task(publisher.publish(source))
    await tap.until(lambda: bool(tap.packets))
    if state != "connecting":
        source.put(reading(0))
        await tap.until(lambda: tap.acknowledged == 1)
    if state in ("unacknowledged", "retrying"):
        tap.hold_answers()
        source.put(reading(1))
        await tap.until(lambda: len(tap.published) == 2)
    if state == "retrying":
        await tap.vanish()

    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await soon(publishing)

    await tap.until(lambda: tap.open == 0)
    assert source.closed == source.asked
    assert publisher.waiting == 0
    assert publisher.published + publisher.dropped == len(set(sent_values(tap.published)))
