"""What capture files say of their packets' times and lengths, and the lengths that cannot be."""

from __future__ import annotations

import struct

import pytest

from babyn_protocol.capture import CaptureFile, read_file
from tests.protocol.captures import btsnoop, message

READ = message(bytes.fromhex("0A1000"))
H4 = bytes([READ.type]) + READ.data
HALF_A_SECOND = 500_000


def block(kind: int, body: bytes) -> bytes:
    size = len(body) + -len(body) % 4 + 12
    return struct.pack("<II", kind, size) + body.ljust(size - 12, b"\0") + struct.pack("<I", size)


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(*options: bytes) -> bytes:
    return block(1, struct.pack("<HHI", 187, 0, 0) + b"".join(options))


def enhanced(time: int) -> bytes:
    head = struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(H4), len(H4))
    return block(6, head + H4)


@pytest.mark.parametrize(
    ("options", "time"),
    [
        ((), HALF_A_SECOND),
        # Each option is filled up to four bytes, which its length does not count.
        ((option(2, b"hci_0"), option(9, b"\x09")), 500_000_000),
        ((option(9, b"\x03"),), 500),
        ((option(9, b"\x81"),), 1),  # a power of two: halves of a second
        ((option(9, b"\x03\x00"),), HALF_A_SECOND),  # a length that this option cannot have
        ((option(9, b"\x7f"),), HALF_A_SECOND),  # a power that no time of 64 bits has
    ],
)
def test_the_time_s_unit_is_the_interface_s(options: tuple[bytes, ...], time: int) -> None:
    """Mutants: options without their filling; powers of two as of ten; a power that is believed."""
    (packet,) = read_file(SECTION + interface(*options) + enhanced(time)).packets
    assert (packet.microseconds, packet.data) == (HALF_A_SECOND, READ.data)


def test_a_simple_packet_may_have_been_cut_when_it_was_captured() -> None:
    """Mutant: its original length taken for the one that is there."""
    simple = block(3, struct.pack("<I", len(H4) + 40) + H4)
    found = read_file(SECTION + interface() + simple)
    assert found.error is None
    (packet,) = found.packets
    assert (packet.microseconds, packet.data[: len(READ.data)]) == (0, READ.data)


def error_of(found: CaptureFile) -> tuple[int | None, int, str]:
    assert found.error is not None
    return found.error.packet, found.error.offset, found.error.reason


@pytest.mark.parametrize("size", [0, 8, 13, 14, 15])
def test_a_block_is_whole_words_and_has_room_for_its_header(size: int) -> None:
    """Mutant: a length of 13 is believed, and the blocks behind it are read from a byte amiss."""
    start = SECTION + interface() + enhanced(0)
    wrong = struct.pack("<II", 0x0BAD, size) + bytes(16)
    found = read_file(start + wrong)
    assert error_of(found) == (2, len(start) + 4, "a block length that cannot be")
    assert len(found.packets) == 1
    right = struct.pack("<II", 0x0BAD, 24) + bytes(16)
    assert read_file(start + right).error is None  # the control


def test_no_more_of_a_packet_is_there_than_it_had() -> None:
    """Mutant: the captured length is not compared with the original one."""
    file = bytearray(btsnoop([READ, READ]))
    second = len(file) - (24 + len(H4))
    assert file[second : second + 4] == len(H4).to_bytes(4, "big")
    file[second : second + 4] = (len(H4) - 1).to_bytes(4, "big")
    found = read_file(bytes(file))
    assert error_of(found) == (2, second + 4, "a length that cannot be")
    assert len(found.packets) == 1
    file[second : second + 4] = (len(H4) + 9).to_bytes(4, "big")
    assert read_file(bytes(file)).error is None  # the control: cut when it was captured
