"""The whole way: from a simulated thermometer, over the air, to a real broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from pathlib import Path

import pytest

from babyn_ble import Companion
from babyn_ble.errors import ConsentRequiredError
from babyn_ble.gateway import MINIMUM_FIELDS, MqttPublisher, MqttRecipient, MqttRecipients
from babyn_ble.privacy.purposes import BLUETOOTH, HEALTH_MONITORING, LOCATION, ConsentScope
from babyn_ble.session import Session
from babyn_ble.store.memory import MemoryStore
from babyn_simulator.nursery import Nursery
from tests.gateway.household import agree, set_up
from tests.gateway.mosquitto import Tap, soon

SCENARIO = """
[simulation]
title = "A thermometer in a hurry, in wall-clock time"
seed = 3
time = "wall"

[[device]]
kind = "thermometer"
name = "patch"
distance = 1.0
interval = 0.1
"""


@pytest.fixture
async def companion(tap: Tap, tmp_path: Path) -> AsyncIterator[Companion]:
    scenario = tmp_path / "hurry.toml"
    scenario.write_text(SCENARIO)
    async with (
        Nursery.open(scenario) as nursery,
        Companion.open(MemoryStore(), radio=await nursery.radio()) as companion,
    ):
        set_up(companion.consent)
        yield companion


async def test_from_the_thermometer_to_the_broker(tap: Tap, companion: Companion) -> None:
    """Mutant: something on the way tells the broker what is not listed."""
    agree(companion.consent, LOCATION, BLUETOOTH, HEALTH_MONITORING)
    recipients = MqttRecipients(companion.consent.recipients, companion.vault)
    recipients.add(
        MqttRecipient.own_broker(f"mqtt://127.0.0.1:{tap.port}", contact="guardian@example.org")
    )
    sighting = await anext(aiter(companion.scan()))
    device = await companion.bind(sighting)

    def publish(session: Session) -> Coroutine[None, None, None]:
        publisher = MqttPublisher(
            companion.gate, recipients, "home", subject=device.subject, device=device.id
        )
        return publisher.publish(session.readings())

    async with companion.connect(device) as session:
        with pytest.raises(ConsentRequiredError):
            await soon(publish(session))
        assert tap.sent == []

        agree(companion.consent, ConsentScope.sharing("home"))
        publishing = asyncio.create_task(publish(session))
        await tap.until(lambda: tap.acknowledged == 5)
        await companion.consent.withdraw(device.subject, ConsentScope.sharing("home"))
        await tap.until(lambda: tap.open == 0)
        after = tap.bytes
        with pytest.raises(ConsentRequiredError):
            await soon(publishing)
        # The session itself goes on: only sharing was withdrawn.
        async with aclosing(session.live()) as live:
            for _ in range(2):
                await soon(anext(live))

    assert tap.bytes == after
    for packet in tap.published:
        sent = json.loads(packet.payload)
        assert tuple(sent) == MINIMUM_FIELDS
        assert (sent["quantity"], sent["unit"]) == ("temperature", "°C")
    address = device.address.replace(":", "")
    secrets = [device.id, device.name, device.subject, device.address, address, address.lower()]
    for secret in filter(None, [*secrets, bytes.fromhex(address).hex("-")]):
        assert secret.encode() not in tap.bytes
    for raw in (bytes.fromhex(address), bytes.fromhex(address)[::-1]):
        assert raw not in tap.bytes
