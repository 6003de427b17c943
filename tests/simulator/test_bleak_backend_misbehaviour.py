"""Peers that make no sense, and controllers that do not answer, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakClient
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_simulator.bleak_backend.bumble_types import RESET
from tests.simulator.bleak_bench import (
    ABSENT,
    BOX,
    NOTE,
    SENSOR,
    Bench,
    on_bench,
    outcome,
    pass_time,
)

COMMAND = 0x01
DISCONNECT = 0x0406
CREATE_CONNECTION_CANCEL = 0x200E
SCAN_ENABLE = 0x2042


def att_frame(*pdu: int) -> bytes:
    """Return an L2CAP frame with this ATT PDU."""
    return bytes([len(pdu), 0, 4, 0, *pdu])


# Peers that make no sense


@pytest.mark.parametrize(
    ("opcode", "answer"),
    [
        (0x11, (0x11, 6, 5, 0, 4, 0, 0, 0x18)),  # ends before it begins
        (0x11, (0x11, 6, 0, 0, 4, 0, 0, 0x18)),  # handle zero
        (0x11, (0x11, 5, 1, 0, 4, 0, 0)),  # a UUID of one byte
        (0x11, (0x11, 6)),  # nothing in it
        (0x11, (0x11, 6, 1, 0, 9, 0, 0, 0x18, 4, 0, 12, 0, 1, 0x18)),  # one inside the other
        (0x09, (0x09, 7, 2, 0, 2, 2, 0, 0, 0x2A)),  # its own value
        (0x09, (0x09, 7, 1, 0, 2, 0, 0, 0, 0x2A)),  # value before its declaration
        (0x09, (0x09, 6, 2, 0, 2, 3, 0, 0)),  # a UUID of one byte
        (0x09, (0x09, 7)),  # nothing in it
        (0x05, (0x05, 1, 1, 0, 2, 0x29)),  # outside of what was asked for
        (0x05, (0x05, 1)),  # nothing in it
    ],
)
def test_services_that_make_no_sense(opcode: int, answer: tuple[int, ...]) -> None:
    """Mutant: show an empty list of services, or loop for ever."""

    @on_bench
    async def test(bench: Bench) -> None:
        await bench.sensor()
        bench.air.acl_filter = lambda _sender, _receiver, frame: (
            att_frame(*answer) if frame[4] == opcode else frame
        )
        error = await outcome(bench.client(timeout=20).connect())
        assert isinstance(error, BleakError)
        assert not bench.central.connections
        assert bench.count.requests < 20

    test()


RESPONSE_OPCODES = [0x01, 0x03, 0x05, 0x09, 0x11]


def response(opcode: int, rest: bytes) -> bytes:
    """Return a PDU that looks like a response."""
    return bytes([opcode]) + rest


ANSWERS = st.builds(response, st.sampled_from(RESPONSE_OPCODES), st.binary(max_size=40))


@settings(max_examples=100, deadline=None)
@given(answers=st.lists(ANSWERS | st.binary(min_size=1, max_size=40) | st.none(), max_size=12))
def test_any_answers_end_in_errors_of_bleak(answers: list[bytes | None]) -> None:
    """Mutant: let any error but bleak's out, or leave the link open."""

    @on_bench
    async def test(bench: Bench) -> None:
        # bumble complains of what it cannot parse; then there is no answer.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        sensor = await bench.sensor()
        given_answers = iter(answers)

        def replace(sender: object, _receiver: object, frame: bytes) -> bytes:
            if sender is not sensor.peripheral.controller:
                return frame
            answer = next(given_answers, None)
            return frame if answer is None else att_frame(*answer)

        bench.air.acl_filter = replace
        client = bench.client(timeout=100)
        error = await outcome(client.connect())
        if error is None:
            await client.disconnect()
        else:
            assert isinstance(error, BleakError | TimeoutError)
        assert not client.is_connected
        assert not bench.central.connections

    test()


@on_bench
async def test_refused_discovery(bench: Bench) -> None:
    await bench.sensor()
    bench.air.acl_filter = lambda _sender, _receiver, frame: (
        att_frame(0x01, 0x08, 0, 0, 0x0E) if frame[4] == 0x09 else frame
    )
    error = await outcome(bench.client().connect())
    assert isinstance(error, BleakGATTProtocolError)
    assert error.code == 0x0E
    assert not bench.central.connections


@on_bench
async def test_value_without_end(bench: Bench) -> None:
    """Mutant: read on as long as the peer sends full parts."""
    sensor = await bench.sensor()
    sensor.long_value = bytes(60_000)
    async with bench.client(mtu=23) as client:
        value = await client.read_gatt_char(BOX)
        assert 512 <= len(value) < 512 + 22
        assert bench.count.sent["ATT_READ_BLOB_REQUEST"] == 23


@on_bench
async def test_mtu_that_is_too_small(bench: Bench) -> None:
    """Mutant: agree to less than 23 bytes."""
    await bench.sensor()
    bench.air.acl_filter = lambda _sender, _receiver, frame: (
        att_frame(0x03, 1, 0) if frame[4] == 0x03 else frame
    )
    async with bench.client() as client:
        assert client.mtu_size == 23


# Controllers that do not answer


class DeafTo:
    """A controller that some commands do not reach."""

    def __init__(self, bench: Bench, *opcodes: int) -> None:
        self._sink = bench.central.host.hci_sink
        self._opcodes = opcodes
        bench.central.host.set_packet_sink(self)

    def on_packet(self, packet: bytes) -> None:
        opcode = int.from_bytes(packet[1:3], "little")
        if self._sink and not (packet[0] == COMMAND and opcode in self._opcodes):
            self._sink.on_packet(packet)


@on_bench
async def test_disconnect_that_is_not_confirmed(bench: Bench) -> None:
    """Mutant: wait for ever, or stay connected."""
    await bench.sensor()
    gone: list[BleakClient] = []
    client = bench.client(disconnected_callback=gone.append)
    await client.connect()
    DeafTo(bench, DISCONNECT)
    assert isinstance(await outcome(client.disconnect()), TimeoutError)
    assert not client.is_connected
    assert gone == [client]
    assert not bench.central.connections


@on_bench
async def test_cancellation_that_is_not_confirmed(bench: Bench) -> None:
    """Mutant: hang when the controller does not confirm that it has given up."""
    DeafTo(bench, CREATE_CONNECTION_CANCEL)
    error = await outcome(bench.client(ABSENT, timeout=3).connect())
    assert isinstance(error, BleakDeviceNotFoundError)


@on_bench
async def test_controller_refuses_to_scan(bench: Bench) -> None:
    """Mutant: let bumble's error out, or take the scanner for scanning."""
    scanner = bench.scanner()
    device = bench.central
    device.host.set_packet_sink(Refuses(bench, SCAN_ENABLE))
    error = await outcome(scanner.start())
    assert isinstance(error, BleakError)
    assert "command disallowed" in str(error)
    await scanner.stop()
    assert not bench.is_scanning()


class Refuses:
    """A controller that refuses one command."""

    def __init__(self, bench: Bench, opcode: int) -> None:
        self._host = bench.central.host
        self._sink = self._host.hci_sink
        self._opcode = opcode

    def on_packet(self, packet: bytes) -> None:
        if int.from_bytes(packet[1:3], "little") == self._opcode:
            refusal = bytes([0x04, 0x0E, 4, 1, packet[1], packet[2], 0x0C])
            asyncio.get_running_loop().call_soon(self._host.on_packet, refusal)
        elif self._sink:
            self._sink.on_packet(packet)


@on_bench
async def test_lost_controller(bench: Bench) -> None:
    """Mutant: what waits for a controller that is gone waits for ever."""
    sensor = await bench.sensor()
    gone: list[BleakClient] = []
    client = bench.client(disconnected_callback=gone.append)
    await client.connect()
    scanner = bench.scanner()
    await scanner.start()
    sensor.peripheral.stall_reads()
    tasks = [
        asyncio.create_task(client.read_gatt_char(NOTE)),
        asyncio.create_task(bench.client(ABSENT).connect()),
    ]
    await pass_time(1)
    bench.adapter.on_controller_lost()
    bench.adapter.on_controller_lost()
    await asyncio.wait(tasks)
    assert all(isinstance(task.exception(), BleakError) for task in tasks)
    assert gone == [client]
    await scanner.stop()
    await client.disconnect()
    for work in (scanner.start(), client.connect()):
        error = await outcome(work)
        assert isinstance(error, BleakError)
        assert "open it again" in str(error)
    sent = bench.count.commands.total()
    error = await outcome(bench.central.host.send_sync_command(RESET))
    assert error is not None
    assert bench.count.commands.total() == sent + 1
    assert SENSOR not in str(error)
