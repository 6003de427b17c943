"""A GATT device of one's own, declared in a scenario."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakGATTProtocolError

from babyn_simulator import clock
from babyn_simulator.errors import ScenarioError
from babyn_simulator.nursery import Nursery, NurseryRadio
from babyn_simulator.scenario import parse

UART = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
RX = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
TX = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"

LAMP = f"""
[[device]]
kind = "custom"
name = "lamp"
local_name = "Lamp"
pairing = "required"

[device.advertisement]
service_uuids = ["180F"]
service_data = {{ 180F = "57" }}
manufacturer_data = {{ FFFF = "01 02" }}

[[device.service]]
uuid = "180F"

[[device.service.characteristic]]
uuid = "2A19"
properties = ["read", "notify"]
values = ["57", "56", "55"]
notify_every = 60

[[device.service]]
uuid = "{UART}"

[[device.service.characteristic]]
uuid = "{RX}"
properties = ["read", "write", "write-without-response"]
text = "dark"

[[device.service.characteristic]]
uuid = "{TX}"
properties = ["indicate"]
value = "FF"
notify_every = 2.5

[[device.service.characteristic]]
uuid = "2A1D"
values = ["01", "02"]

[[device.service.characteristic]]
uuid = "2A25"
text = "secret"
protected = true
"""


async def on_the_radio(nursery: Nursery) -> tuple[BleakClient, NurseryRadio]:
    radio = await nursery.radio()
    device = await BleakScanner.find_device_by_name("Lamp", backend=radio.scanner)
    assert device is not None
    return BleakClient(device, backend=radio.client), radio


def lamp(test: Coroutine[Any, Any, None]) -> None:
    clock.run(test)


def test_it_advertises_what_the_scenario_says() -> None:
    """Mutant: service data is left out of the advertisement."""

    async def test() -> None:
        async with Nursery.open(parse(LAMP)) as nursery:
            radio = await nursery.radio()
            found = await BleakScanner.discover(1.0, return_adv=True, backend=radio.scanner)
            ((_, data),) = found.values()
            battery = "0000180f-0000-1000-8000-00805f9b34fb"
            assert (data.local_name, data.service_uuids) == ("Lamp", [battery])
            assert data.service_data == {battery: b"\x57"}
            assert data.manufacturer_data == {0xFFFF: b"\x01\x02"}

    lamp(test())


def test_values_are_read_written_and_told() -> None:
    """Mutants: a read does not take the next value; a written one is not kept."""

    async def test() -> None:
        async with Nursery.open(parse(LAMP)) as nursery:
            client, _ = await on_the_radio(nursery)
            async with client:
                told: list[tuple[float, bytes]] = []
                loop = asyncio.get_running_loop()

                def on_value(_: object, value: bytearray) -> None:
                    told.append((round(loop.time()) // 60, bytes(value)))

                await client.start_notify("2a19", on_value)
                assert await client.read_gatt_char("2a19") == b"\x57"
                assert await client.read_gatt_char("2a19") == b"\x57"  # its time has not come
                await asyncio.sleep(190)
                assert told == [(1, b"\x56"), (2, b"\x55"), (3, b"\x57")]
                reads = [bytes(await client.read_gatt_char("2a1d")) for _ in range(3)]
                assert reads == [b"\x01", b"\x02", b"\x01"]

                assert await client.read_gatt_char(RX) == b"dark"
                await client.write_gatt_char(RX, b"light", response=True)
                assert await client.read_gatt_char(RX) == b"light"
                await client.write_gatt_char(RX, b"dim", response=False)
                assert await client.read_gatt_char(RX) == b"dim"

                values: asyncio.Queue[bytes] = asyncio.Queue()
                await client.start_notify(TX, lambda _, value: values.put_nowait(bytes(value)))
                before = loop.time()
                assert [await values.get(), await values.get()] == [b"\xff", b"\xff"]
                assert 2.5 <= loop.time() - before <= 5.5

    lamp(test())


def test_properties_and_protection_are_as_declared() -> None:
    """Mutants: every writable characteristic takes write requests; nothing is protected."""
    only = LAMP.replace('["read", "write", "write-without-response"]', '["write-without-response"]')

    async def test() -> None:
        async with Nursery.open(parse(only.replace('text = "dark"', ""))) as nursery:
            client, _ = await on_the_radio(nursery)
            async with client:
                shown = {c.uuid: c.properties for s in client.services for c in s.characteristics}
                assert shown[RX] == ["write-without-response"]
                assert shown[TX] == ["indicate"]
                with pytest.raises(BleakGATTProtocolError):
                    await client.read_gatt_char("2a25")
                await client.pair()
                assert await client.read_gatt_char("2a25") == b"secret"

    lamp(test())


@pytest.mark.parametrize(
    ("change", "to", "expected"),
    [
        ('uuid = "180F"', 'uuid = "18"', "device[0].service[0].uuid: must match the pattern"),
        ('value = "FF"', 'value = "F"', "characteristic[1].value: must be octets in hexadecimal"),
        ('value = "FF"', f'value = "{"00" * 513}"', "value: must have at most 512 octets"),
        ('value = "FF"', 'value = "FF"\ntext = "a"', "has one of value and text, not both"),
        ('"indicate"', '"broadcast"', "properties[0]: allowed: 'read', 'write', 'write-without"),
        ('["indicate"]', '["read"]', "notify_every needs 'notify' or 'indicate' in properties"),
        ('["indicate"]', "[]", "characteristic[1].properties: "),
        ("notify_every = 60", "notify_every = 0", "notify_every: must be greater than 0"),
        ("notify_every = 60", "every = 60", "every: this key is not known here; allowed: uuid, "),
        ("FFFF =", "company =", "manufacturer_data.company"),
        ('"Lamp"', f'"{"L" * 29}"', ""),  # it fits: the control of the next
        ('FFFF = "01 02"', f'FFFF = "{"00" * 20}"', "the advertising data would take 36 octets"),
        ("[[device.service]]", "[device.service]", "must be a list; a service begins with [[dev"),
    ],
)
def test_a_mistake_is_one_line(change: str, to: str, expected: str) -> None:
    """Mutant: the keys of the device are told for an unknown key of a table inside."""
    text = LAMP.replace(change, to, 1) if change != "[[device.service]]" else NO_LIST
    if not expected:
        assert parse(text).devices[0].name == "lamp"
        return
    with pytest.raises(ScenarioError) as raised:
        parse(text)
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


NO_LIST = '[[device]]\nkind = "custom"\nname = "lamp"\n[device.service]\nuuid = "180F"\n'
