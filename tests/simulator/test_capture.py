"""Captures and digests of HCI traffic, in the event loop's time."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bumble import hci
from bumble.snoop import Snooper

from babyn_simulator import clock
from babyn_simulator.capture import (
    KEPT,
    MONITOR_FORMAT,
    UNIX_EPOCH,
    BtsnoopWriter,
    CaptureFile,
    HciDigest,
    attach,
)
from babyn_simulator.entropy import Entropy
from babyn_simulator.host import QuietHost
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.virtual_bench import NOTE, Central, note, pass_time


@dataclass
class Record:
    """One record of a btsnoop file."""

    index: int
    opcode: int
    time: float
    payload: bytes


def records(data: bytes) -> Iterator[Record]:
    """Read a btsnoop file, independently of what wrote it."""
    magic, version, link_type = struct.unpack_from(">8sII", data)
    assert (magic, version, link_type) == (b"btsnoop\0", 1, MONITOR_FORMAT)
    offset = 16
    while offset < len(data):
        length, included, flags, drops, stamp = struct.unpack_from(">IIIIQ", data, offset)
        assert (length, drops) == (included, 0)
        offset += 24
        seconds = (stamp - UNIX_EPOCH) / 1_000_000
        yield Record(flags >> 16, flags & 0xFFFF, seconds, data[offset : offset + length])
        offset += length
    assert offset == len(data)


async def visit(output: io.BytesIO, digest: HciDigest, *, seed: int = 1) -> None:
    """Scan, connect, pair and read, with two hosts watched."""
    writer = BtsnoopWriter(output)
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air, entropy=Entropy(seed, "central"))
    attach(central.device.host, writer.host("central"), digest.host("central"))
    peripheral, _ = note(air, entropy=Entropy(seed, "note"))
    peripheral.snoopers = (writer.host("note"), digest.host("note"))
    await central.device.power_on()
    async with peripheral:
        await pass_time(3600)
        await central.scan(1)
        connection = await central.connect(peripheral)
        await central.device.pair(connection)
        await central.read(connection, NOTE)
        await connection.disconnect()
        await pass_time(0.1)


def capture(seed: int = 1) -> tuple[bytes, str, int]:
    output, digest = io.BytesIO(), HciDigest()
    clock.run(visit(output, digest, seed=seed))
    return output.getvalue(), digest.hexdigest(), digest.packets


def test_a_capture_holds_every_host_with_virtual_times() -> None:
    """Mutant: the system's date is written, or hosts or directions are mixed up."""
    data, _, packets = capture()
    found = list(records(data))
    assert [record.payload[8:].rstrip(b"\0") for record in found if record.opcode == 0] == [
        b"central",
        b"note",
    ]
    assert len(found) == packets + 2
    assert {record.opcode for record in found} == {0, 2, 3, 4, 5}
    assert {record.index for record in found} == {0, 1}
    times = [record.time for record in found]
    assert times == sorted(times)
    begin = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert (times[0], int(times[-1] - begin)) == (begin, 3601)
    for record in found:
        if record.opcode in (2, 3):
            kind = hci.HCI_COMMAND_PACKET if record.opcode == 2 else hci.HCI_EVENT_PACKET
            assert bytes(hci.HCI_Packet.from_bytes(bytes([kind]) + record.payload))


def test_the_same_run_gives_the_same_bytes_and_another_seed_others() -> None:
    assert capture() == capture()
    assert capture(2)[0] != capture(1)[0]
    assert capture(2)[1] != capture(1)[1]


def test_a_digest_depends_on_host_time_direction_and_bytes() -> None:
    """Mutant: one of the four is left out."""

    async def digest_of(host: str, wait: float, direction: int, packet: bytes) -> str:
        digest = HciDigest()
        await pass_time(wait)
        digest.add(host.encode(), direction, packet)
        return digest.hexdigest()

    def run(host: str = "a", wait: float = 0.0, direction: int = 0, packet: bytes = b"1") -> str:
        return clock.run(digest_of(host, wait, direction, packet))

    assert run() == run()
    assert len({run(), run(host="b"), run(wait=1e-6), run(direction=1), run(packet=b"2")}) == 5


def test_snoopers_add_up() -> None:
    """Mutant: a second one takes the place of the first."""

    async def main() -> list[int]:
        host = QuietHost()
        attach(host)
        assert host.snooper is None
        digests = [HciDigest() for _ in range(3)]
        host.snooper = digests[0].host("a")
        attach(host, digests[1].host("a"))
        attach(host, digests[2].host("a"))
        host.send_hci_packet(hci.HCI_Disconnect_Command(connection_handle=1, reason=0x13))
        return [digest.packets for digest in digests]

    assert clock.run(main()) == [1, 1, 1]


def test_a_capture_file_ends_with_a_whole_record_at_any_time(tmp_path: Path) -> None:
    """As after the process was killed: what is on the disk can be read, and is not empty.

    Mutant: let the file's own buffer cut what goes to the system. The file is never flushed here.
    """
    path = tmp_path / "run.btsnoop"
    file = CaptureFile(path)
    writer = BtsnoopWriter(file)

    async def write() -> None:
        snooper = writer.host("device")
        for length in range(400):
            snooper.snoop(bytes([4, *bytes(length)]), Snooper.Direction.CONTROLLER_TO_HOST)
            data = path.read_bytes()
            assert not data or list(records(data))

    clock.run(write())
    assert path.stat().st_size >= KEPT
    file.close()
    assert len(list(records(path.read_bytes()))) == 401  # with the new host


def test_a_capture_that_is_interrupted_has_nothing_twice(tmp_path: Path) -> None:
    """Mutant: forget what was written only after it was written."""
    path = tmp_path / "run.btsnoop"
    file = CaptureFile(path)
    file.write(b"once")
    whole, file.file = file.file, _Interrupted(file.file)
    with pytest.raises(KeyboardInterrupt):
        file.flush()
    file.file = whole
    file.close()
    assert path.read_bytes() == b"once"


class _Interrupted(io.FileIO):
    """Writes, and is interrupted then."""

    def __init__(self, file: io.FileIO) -> None:
        super().__init__(file.fileno(), "wb", closefd=False)

    def write(self, data: Any, /) -> int:
        super().write(data)
        raise KeyboardInterrupt
