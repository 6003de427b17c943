"""Devices that tell everybody their readings, in BTHome: encrypted, or in the clear."""

from __future__ import annotations

from decimal import Decimal

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from babyn_protocol.bthome import (
    SERVICE_UUID,
    AnyObject,
    Broadcast,
    EncryptedBroadcast,
    Receiver,
    address_from,
    objects,
    parse,
)
from babyn_protocol.errors import DowngradedMessageError
from babyn_protocol.numbers import SpecialValue
from babyn_simulator import scenario
from babyn_simulator.advertisement_check import warnings
from babyn_simulator.devices.open_profile.broadcasting import Broadcasting
from babyn_simulator.errors import ScenarioError
from babyn_simulator.nursery import Nursery
from babyn_simulator.scenario import Scenario
from tests.simulator.virtual_bench import pass_time

KEY = "231d39c1d7cc1ab1aee224cd096db932"
ENCRYPTED, PLAINTEXT = f'broadcast.key = "{KEY}"', "broadcast.plaintext = true"
ADDRESS = bytes.fromhex("C75E913BD2A4")
WARM, WARMER = objects.TEMPERATURE(Decimal("20.50")), objects.TEMPERATURE(Decimal("20.75"))


@pytest.fixture
def babyn_scenario(request: pytest.FixtureRequest) -> Scenario:
    """A thermometer and a room sensor that both broadcast, each every ten seconds."""
    said = getattr(request, "param", ENCRYPTED)
    return scenario.parse(
        "".join(
            f'[[device]]\nkind = "{kind}"\nname = "{kind}"\ninterval = 10.0\n{said}\n'
            for kind in ("thermometer", "room_sensor")
        )
    )


async def heard(seconds: float) -> dict[str, list[bytes]]:
    """Return what is broadcast in a time, by address, each payload once and in order."""
    found: dict[str, list[bytes]] = {}

    def advertised(device: BLEDevice, advertisement: AdvertisementData) -> None:
        data = advertisement.service_data.get(SERVICE_UUID)
        payloads = found.setdefault(device.address, [])
        if data is not None and data not in payloads:
            payloads.append(data)

    async with BleakScanner(advertised):
        await pass_time(seconds)
    return found


def values(broadcast: Broadcast | None) -> dict[str, Decimal]:
    assert broadcast is not None
    return {each.type.name: each.value for each in broadcast.objects}


@pytest.mark.asyncio
async def test_each_reading_goes_out_encrypted(babyn_nursery: Nursery) -> None:
    """Mutants: the payload stays that of power-on; a counter is used twice; another address."""
    sensor, patch = (
        babyn_nursery.room_sensor("room_sensor"),
        babyn_nursery.thermometer("thermometer"),
    )
    assert not [line for line in warnings(sensor) if "bthome-plaintext" in line]
    found = await heard(45)
    for device, names in (
        (sensor, ["battery", "temperature", "humidity", "co2"]),
        (patch, ["battery", "temperature"]),
    ):
        receiver = Receiver(bytes.fromhex(KEY), address_from(device.address))
        told = [values(receiver.receive(data)) for data in found[device.address]]
        assert [list(each) for each in told] == [names] * 5
        assert receiver.window.highest == 5
        assert receiver.refused == 0
    assert told[-1]["temperature"] != told[0]["temperature"]  # the patch warms up
    last = Receiver(bytes.fromhex(KEY), address_from(sensor.address)).receive(
        found[sensor.address][-1]
    )
    assert values(last)["temperature"] == Decimal(f"{sensor.reading.celsius:.2f}")


@pytest.mark.asyncio
@pytest.mark.parametrize("babyn_scenario", [PLAINTEXT], indirect=True)
async def test_or_in_the_clear(babyn_nursery: Nursery) -> None:
    """Mutant: plaintext is encrypted under no key, or what has no key is silent."""
    sensor = babyn_nursery.room_sensor("room_sensor")
    assert [line for line in warnings(sensor) if "bthome-plaintext" in line]
    payloads = (await heard(25))[sensor.address]
    assert len(payloads) == 3
    receiver = Receiver(bytes.fromhex(KEY), address_from(sensor.address))
    for data in payloads:
        broadcast = parse(data)
        assert isinstance(broadcast, Broadcast)
        assert set(values(broadcast)) == {"battery", "temperature", "humidity", "co2"}
        with pytest.raises(DowngradedMessageError):
            receiver.receive(data)


@pytest.mark.asyncio
async def test_a_link_and_a_reset_are_survived(babyn_nursery: Nursery) -> None:
    """The counter is never used twice. Mutant: it begins anew, or what was said on the link
    is not told afterwards."""
    sensor = babyn_nursery.room_sensor("room_sensor")
    before = (await heard(15))[sensor.address]
    device = await BleakScanner.find_device_by_address(sensor.address)
    assert device is not None
    async with BleakClient(device):
        assert sensor.address not in await heard(20)  # connected, it advertises nothing
    await sensor.reset()
    after = (await heard(25))[sensor.address]
    counters: list[int] = []
    for data in (*before, *after):
        broadcast = parse(data)
        assert isinstance(broadcast, EncryptedBroadcast)
        counters.append(broadcast.counter)
    assert counters == [1, 2, 4, 5, 6]  # 3 went out between the link and the reset


@pytest.mark.asyncio
@pytest.mark.parametrize("babyn_scenario", ["battery = 90.0"], indirect=True)
async def test_by_default_nobody_is_told(babyn_nursery: Nursery) -> None:
    """The control: the same devices without the key."""
    found = await heard(45)
    assert set(found) == {device.address for device in babyn_nursery.devices.values()}
    assert not any(found.values())


@pytest.mark.asyncio
@pytest.mark.parametrize("babyn_scenario", [PLAINTEXT], indirect=True)
async def test_what_is_no_value_is_not_told(babyn_nursery: Nursery) -> None:
    """BTHome has no 'not a number'. Mutant: the device dies of it, or tells the value before."""
    patch = babyn_nursery.thermometer("thermometer")
    patch.force_temperature(SpecialValue.NAN)
    await pass_time(15)
    [data] = (await heard(15))[patch.address]
    assert parse(data) == Broadcast(objects=(objects.BATTERY(Decimal(100)),))


def test_the_same_readings_are_the_same_bytes() -> None:
    """Mutant: an advertisement that is only repeated takes a counter."""
    broadcasting = Broadcasting(bytes.fromhex(KEY))
    assert broadcasting.service_data(ADDRESS) is None
    broadcasting.tell(WARM)
    first = broadcasting.service_data(ADDRESS)
    assert broadcasting.service_data(ADDRESS) == first
    assert broadcasting.counter == 1
    broadcasting.tell(WARM)
    again = broadcasting.service_data(ADDRESS)
    assert again != first
    other = broadcasting.service_data(bytes(6))
    broadcasting.tell(WARMER)
    broadcasting.service_data(bytes(6))
    assert broadcasting.counter == 4
    opened: list[tuple[AnyObject, ...]] = []
    for data, address in ((first, ADDRESS), (again, ADDRESS), (other, bytes(6))):
        assert data is not None
        found = parse(data)
        assert isinstance(found, EncryptedBroadcast)
        opened.append(found.decrypt(key=bytes.fromhex(KEY), address=address).objects)
    assert opened == [(WARM,)] * 3


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("broadcast = {}", "either a key or plaintext"),
        (f"{ENCRYPTED}\n{PLAINTEXT}", "either a key or plaintext"),
        ('broadcast.key = "00"', "key"),
    ],
)
def test_a_scenario_says_how(said: str, words: str) -> None:
    """Mutant: without a word, readings go out in the clear."""
    with pytest.raises(ScenarioError, match=words):
        scenario.parse(f'[[device]]\nkind = "room_sensor"\nname = "one"\n{said}\n')


def test_a_key_has_its_size() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Broadcasting(bytes(15))
