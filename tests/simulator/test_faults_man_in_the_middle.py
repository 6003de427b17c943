"""A man in the middle: Just Works cannot keep him out, a passkey and numeric comparison can."""

from __future__ import annotations

import asyncio

import pytest
from bleak.exc import BleakError
from bumble.pairing import PairingConfig, PairingDelegate

from babyn_simulator.entropy import Entropy
from babyn_simulator.faults import Delay, Injection, ManInTheMiddle
from babyn_simulator.faults.injector import Injector
from babyn_simulator.peripheral import Pairing
from tests.simulator.bleak_bench import (
    BATTERY,
    LEVEL,
    NOTE,
    SENSOR,
    Bench,
    Sensor,
    Values,
    on_bench,
    secret,
)
from tests.simulator.faults_bench import BATTERY as BATTERY_LEVEL
from tests.simulator.faults_bench import MEASUREMENT, PATCH, Ward, in_ward, is_connected, pass_time
from tests.simulator.test_bleak_backend_pairing import pair_as


def injector(bench: Bench, sensor: Sensor) -> Injector:
    """Return what runs faults of one device that no scenario has."""
    return Injector(bench.air, {"sensor": sensor.peripheral}, (), Entropy(1, "fault"))


@on_bench
async def test_he_shows_the_same_and_passes_everything_on(bench: Bench) -> None:
    """Mutant: another advertisement, or an attribute that does not pass."""
    sensor = await bench.sensor()
    seen = await bench.find()
    assert seen is not None
    async with bench.client() as client:
        services = [service.uuid for service in client.services]
    faults = injector(bench, sensor)
    injection = faults.inject(ManInTheMiddle())
    await pass_time(1)
    assert len(sensor.peripheral.connections) == 1
    double = await bench.find()
    assert double is not None
    assert (double.address, double.name) == (seen.address, seen.name)
    assert injection.strikes == 0
    values = Values()
    async with bench.client() as client:
        assert injection.strikes == 1
        assert [service.uuid for service in client.services] == services
        assert client.services.get_service(BATTERY) is not None
        await client.write_gatt_char(
            "6e400002-b5a3-f393-e0a9-e50e24dcca9e", bytes(400), response=True
        )
        assert sensor.written == [bytes(400)]
        await client.start_notify(NOTE, values)
        await sensor.peripheral.notify(sensor.note, b"news")
        await pass_time(1)
        assert values.values == [b"news"]
        assert any(b"news" in pdu for pdu in injection.overheard)
    await pass_time(5)
    async with bench.client() as client:  # he is there again
        assert await client.read_gatt_char(LEVEL) == b"\x57"
    assert injection.strikes == 2
    await faults.aclose()
    await pass_time(5)
    async with bench.client() as client:
        assert await client.read_gatt_char(LEVEL) == b"\x57"
    assert injection.strikes == 2


@on_bench
async def test_just_works_does_not_keep_him_out(bench: Bench) -> None:
    """Mutant: ask the device before his own link to it is secured, which takes a while here."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    faults = injector(bench, sensor)
    faults.inject(Delay(direction="from_device", times="always", seconds=0.05))
    injection = faults.inject(
        ManInTheMiddle(find=b"secret".hex(), replace=b"forged".hex(), device="sensor")
    )
    await pass_time(1)
    async with bench.client() as client:
        await client.pair()
        assert await secret(client) == b"forged"
        assert any(b"secret" in pdu for pdu in injection.overheard)
        assert sensor.peripheral.connections[0].is_encrypted
    await pass_time(5)
    async with bench.client() as client:  # both bonds are with him
        assert await secret(client) == b"forged"
    assert injection.strikes == 2
    await faults.aclose()


@on_bench
async def test_a_bond_from_before_keeps_him_out(bench: Bench) -> None:
    """Mutant: pair anew where the key does not fit."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    async with bench.client() as client:
        await client.pair()
        assert await secret(client) == b"secret"  # the control
    faults = injector(bench, sensor)
    injection = faults.inject(ManInTheMiddle())
    await pass_time(1)
    with pytest.raises(BleakError, match="does not accept the key"):
        await bench.client().connect()
    assert injection.strikes == 1
    assert not any(b"secret" in pdu for pdu in injection.overheard)
    await faults.aclose()


class Screen(PairingDelegate):
    """The device's display; a person reads what it says."""

    def __init__(self, capability: PairingDelegate.IoCapability) -> None:
        super().__init__(capability)
        self.shown: list[int] = []

    async def compare_numbers(self, number: int, digits: int) -> bool:
        self.shown.append(number)
        return True

    async def generate_passkey(self) -> int:
        return 123456

    async def display_number(self, number: int, digits: int) -> None:
        self.shown.append(number)


class Person(PairingDelegate):
    """Somebody at the central, who compares or types what the device's display says."""

    def __init__(self, capability: PairingDelegate.IoCapability, screen: Screen) -> None:
        super().__init__(capability)
        self.screen = screen
        self.compared: list[tuple[int, list[int]]] = []

    async def compare_numbers(self, number: int, digits: int) -> bool:
        await pass_time(1)  # both numbers are there by then
        self.compared.append((number, list(self.screen.shown)))
        return self.screen.shown[-1:] == [number]

    async def get_number(self) -> int | None:
        await pass_time(1)
        return self.screen.shown[-1] if self.screen.shown else None


NUMERIC = PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT
PASSKEY = PairingDelegate.DISPLAY_OUTPUT_ONLY
KEYBOARD = PairingDelegate.KEYBOARD_INPUT_ONLY


async def paired(
    bench: Bench, screen: Screen, person: Person, fault: ManInTheMiddle | None
) -> tuple[bytes | None, Injection[ManInTheMiddle] | None]:
    """Pair with a device that has a display; return its secret, if it was told."""
    sensor = await bench.sensor(pairing=Pairing.REQUIRED)
    pair_as(sensor.peripheral.device, PairingConfig(sc=True, mitm=True, delegate=screen))
    faults = injector(bench, sensor)
    injection = None if fault is None else faults.inject(fault)
    await pass_time(1)
    told = None
    try:
        async with asyncio.timeout(60), bench.client(SENSOR, pairing=person) as client:
            try:
                await client.pair()
                told = await secret(client)
            except BleakError:
                told = None
    finally:
        await faults.aclose()
    await pass_time(5)
    return told, injection


@on_bench
async def test_numeric_comparison_without_him(bench: Bench) -> None:
    screen = Screen(NUMERIC)
    person = Person(NUMERIC, screen)
    assert (await paired(bench, screen, person, None))[0] == b"secret"
    ((number, shown),) = person.compared
    assert shown == [number]


@on_bench
async def test_numeric_comparison_keeps_him_out(bench: Bench) -> None:
    """Mutant: show the number of the other link. The control is above."""
    screen = Screen(NUMERIC)
    person = Person(NUMERIC, screen)
    told, injection = await paired(bench, screen, person, ManInTheMiddle(io="display_yes_no"))
    assert told is None
    ((number, shown),) = person.compared
    assert len(shown) == 1
    assert shown != [number]
    assert injection is not None
    assert injection.strikes == 1
    assert not any(b"secret" in pdu for pdu in injection.overheard)


@on_bench
async def test_a_passkey_without_him(bench: Bench) -> None:
    screen = Screen(PASSKEY)
    assert (await paired(bench, screen, Person(KEYBOARD, screen), None))[0] == b"secret"


@pytest.mark.parametrize("io", ["display", "keyboard_display"])
def test_a_passkey_keeps_him_out(io: str) -> None:
    """Mutant: guess right. The control is above."""
    _passkey_keeps_him_out(io)


@on_bench
async def _passkey_keeps_him_out(bench: Bench, io: str) -> None:
    screen = Screen(PASSKEY)
    fault = ManInTheMiddle.model_validate({"io": io})
    told, injection = await paired(bench, screen, Person(KEYBOARD, screen), fault)
    assert told is None
    assert injection is not None
    assert injection.strikes == 1
    assert not any(b"secret" in pdu for pdu in injection.overheard)


MITM = (
    PATCH.replace('pairing = "none"', 'pairing = "required"')
    + """
[[fault]]
kind = "man_in_the_middle"
device = "patch"
lasts = 600.0
"""
)


@in_ward(MITM)
async def test_he_is_in_a_scenario_and_leaves(ward: Ward) -> None:
    """Mutant: he stays for ever."""
    (injection,) = ward.nursery.faults
    values: list[bytes] = []
    async with ward.connected() as client:
        await client.pair()
        await client.start_notify(MEASUREMENT, lambda _sender, data: values.append(bytes(data)))
        await pass_time(10.5)
        assert len(values) == 10
        assert all(any(value in pdu for pdu in injection.overheard) for value in values)
        await pass_time(600)
        assert not is_connected(client)
        await client.unpair()
    assert injection.strikes == 1
    async with ward.connected() as client:
        await client.pair()
        assert await client.read_gatt_char(BATTERY_LEVEL)
    assert injection.strikes == 1
