"""Captures of the simulator, as Wireshark sees them: 24 devices found, paired with and read."""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from bleak import BleakClient, BleakScanner

from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement
from babyn_simulator import clock, scenario
from babyn_simulator.capture import MONITOR_FORMAT, UNIX_EPOCH
from babyn_simulator.nursery import Nursery, NurseryRadio
from tests import wireshark
from tests.required_tools import need
from tests.simulator.test_capture import Record, records

KINDS = ("thermometer", "oximeter", "scale", "room_sensor", "night_light", "bottle_warmer")
BATTERY = 61
ATT, SMP = 4, 6
INDICATION = 0x1D
DISCOVERY_ANSWER = 0x11


def nursery() -> scenario.Scenario:
    """Return four devices of each kind."""
    devices = [
        f'[[device]]\nkind = "{kind}"\nname = "{kind}-{number}"\n'
        + (f"battery = {BATTERY}\n" if kind == "thermometer" else "")
        for number in range(4)
        for kind in KINDS
    ]
    return scenario.parse("".join(devices))


async def visit(radio: NurseryRadio, device: object) -> None:
    """Pair with a device, read what can be read, and wait for its first notification."""
    heard = asyncio.Event()

    def on_notification(_sender: object, _data: bytearray) -> None:
        heard.set()

    async with BleakClient(device, backend=radio.client) as client:  # type: ignore[arg-type]
        # a device, as the scanner gave it
        await client.pair()
        for service in client.services:
            for characteristic in service.characteristics:
                if "read" in characteristic.properties:
                    await client.read_gatt_char(characteristic)
                if {"notify", "indicate"} & set(characteristic.properties):
                    await client.start_notify(characteristic, on_notification)
        waiting = asyncio.ensure_future(heard.wait())
        await asyncio.wait({waiting}, timeout=30)
        waiting.cancel()
        await asyncio.wait({waiting})


async def story(path: Path) -> None:
    async with Nursery.open(nursery(), capture=path) as house:
        radio = await house.radio()
        found = await BleakScanner.discover(timeout=5, backend=radio.scanner)
        assert len(found) == len(house.devices) == 24
        for device in found:
            await visit(radio, device)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need(wireshark.missing())
    path = tmp_path_factory.mktemp("tshark") / "house.btsnoop"
    clock.run(story(path))
    return path


def is_acl(record: Record) -> bool:
    return record.opcode in (4, 5)


def test_no_frame_is_malformed(capture: Path) -> None:
    """Mutant: a host without a New Index record, or a record with the wrong opcode."""
    assert wireshark.suspicious(capture) == []
    found = list(records(capture.read_bytes()))
    protocols = Counter(name for (name,) in wireshark.fields(capture, "frame", "_ws.col.Protocol"))
    assert protocols["HCI_MON"] == 25
    channels = Counter(record.payload[6] for record in found if is_acl(record))
    assert (protocols["ATT"], protocols["SMP"]) == (channels[ATT], channels[SMP])
    assert protocols.total() == len(found)


def test_the_hosts_pairing_and_every_att_message_are_shown(capture: Path) -> None:
    hosts = wireshark.fields(capture, "hci_mon.opcode == 0", "hci_mon.adapter_id")
    assert hosts == [(str(number),) for number in range(25)]
    pairings = wireshark.fields(capture, "btsmp.opcode == 0x0c", "btsmp.public_key_x")
    assert len(pairings) == 2 * 2 * 24  # both keys, seen by both hosts
    assert len(set(pairings)) == 25  # each host keeps its key pair
    shown = [opcode for (opcode,) in wireshark.fields(capture, "btatt", "btatt.opcode")]
    ours = [
        f"0x{record.payload[8]:02x}"
        for record in records(capture.read_bytes())
        if is_acl(record) and record.payload[6] == ATT
    ]
    assert shown == ours


def test_values_are_shown(capture: Path) -> None:
    levels = [
        level
        for (level,) in wireshark.fields(capture, "btatt.battery_level", "btatt.battery_level")
    ]
    assert levels.count(str(BATTERY)) >= 2 * 4
    indications = "btatt.opcode == 0x1d && btatt.temperature_measurement.value.celsius"
    floats = wireshark.raw(capture, indications, "btatt.temperature_measurement.value.celsius")
    sent = [
        record.payload[11:]
        for record in records(capture.read_bytes())
        if is_acl(record) and record.payload[6] == ATT and record.payload[8] == INDICATION
    ]
    ours = [value for value in sent if value[1:5] in floats]
    assert len(ours) == len(floats) >= 2 * 4
    for value, bytes_ in zip(ours, floats, strict=True):
        assert bytes_ == value[1:5]
        mantissa, exponent = struct.unpack("<ib", bytes_[:3] + bytes(1) + bytes_[3:])
        assert TemperatureMeasurement.parse(value).value == Decimal(mantissa).scaleb(exponent)


def cut_att(record: Record) -> Record:
    """Take a discovery answer's last octets away, and leave the lengths as they were."""
    return replace(record, payload=record.payload[:-3])


def odd_list(record: Record) -> Record:
    """Give the entries of a discovery answer a length that they do not have."""
    payload = bytearray(record.payload)
    payload[9] = 5
    return replace(record, payload=bytes(payload))


@pytest.mark.parametrize("damage", [cut_att, odd_list])
def test_a_capture_that_was_corrupted_is_flagged(
    capture: Path, tmp_path: Path, damage: Callable[[Record], Record]
) -> None:
    """The control of the tests above: the judge sees what is wrong, and where."""
    found = list(records(capture.read_bytes()))
    at = next(
        index
        for index, record in enumerate(found)
        if is_acl(record) and record.payload[6] == ATT and record.payload[8] == DISCOVERY_ANSWER
    )
    found[at] = damage(found[at])
    corrupted = tmp_path / "corrupted.btsnoop"
    corrupted.write_bytes(written(found))
    assert at + 1 in wireshark.suspicious(corrupted)
    whole = tmp_path / "whole.btsnoop"
    found[at] = list(records(capture.read_bytes()))[at]
    whole.write_bytes(written(found))
    assert wireshark.suspicious(whole) == []


def written(found: list[Record]) -> bytes:
    """Write records into a file again."""
    data = b"btsnoop\0" + struct.pack(">II", 1, MONITOR_FORMAT)
    for record in found:
        size, stamp = len(record.payload), UNIX_EPOCH + round(record.time * 1_000_000)
        flags = record.index << 16 | record.opcode
        data += struct.pack(">IIIIQ", size, size, flags, 0, stamp) + record.payload
    return data
