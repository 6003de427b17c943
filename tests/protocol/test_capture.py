"""Captures: every encapsulation tells the same story, and damage is named by packet and byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_protocol.capture import (
    MalformedCaptureError,
    Packet,
    PacketType,
    Phase,
    Story,
    read_file,
    read_story,
)
from babyn_protocol.errors import MalformedMessageError
from babyn_simulator.clock import run
from tests.client.demo_story import story as demo_story
from tests.protocol.captures import acl, btsnoop, connected, message, packet, pcap, pcapng


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The capture of the demo, of all three hosts."""
    file = tmp_path_factory.mktemp("capture") / "demo.btsnoop"
    _ = run(demo_story(3, str(file)))
    return file.read_bytes()


@pytest.fixture(scope="session")
def one_side(demo: bytes) -> tuple[Packet, ...]:
    """The packets of the demo's client."""
    packets = read_file(demo).packets
    host = next(event.host for event in read_story(demo).events if event.connection)
    return tuple(each for each in packets if each.host == host)


def texts(story: Story) -> list[str]:
    return [event.told.text for event in story.events]


def test_the_demo_is_told_whole(demo: bytes) -> None:
    """Mutant: handles that are not followed, fragments that are lost, one end told twice."""
    told = read_story(demo)
    assert (told.format, told.error, told.mirrored) == ("btsnoop", None, 2)
    kinds = [(event.connection, event.told.phase, event.told.kind) for event in told.events]
    order = [
        (None, Phase.SCAN, "scan"),
        (None, Phase.SCAN, "advertisement"),
        (1, Phase.CONNECTION, "connected"),
        (1, Phase.DISCOVERY, "service"),
        (1, Phase.PAIRING, "pairing"),
        (1, Phase.PAIRING, "encryption"),
        (1, Phase.VALUES, "read"),
        (1, Phase.CONNECTION, "disconnected"),
        (2, Phase.CONNECTION, "connected"),
        (2, Phase.PAIRING, "encryption"),
        (2, Phase.VALUES, "subscribe"),
        (2, Phase.VALUES, "indication"),
        (2, Phase.CONNECTION, "disconnected"),
    ]
    places = [kinds.index(each) for each in order]
    assert places == sorted(places)
    steps = [text for text in texts(told) if text.startswith("pairing")]
    assert steps[0].startswith("pairing request: no input and no output, bonding, Secure")
    assert [step for step in steps if "DHKey check" in step] == ["pairing DHKey check"] * 2
    readings = [event.told for event in told.events if event.told.kind == "indication"]
    assert len(readings) == 10
    assert all("°C" in reading.text for reading in readings)
    assert {reading.value.message for reading in readings if reading.value} == {
        "TemperatureMeasurement"
    }


def test_no_key_is_told(demo: bytes, one_side: tuple[Packet, ...]) -> None:
    """Mutant: the bytes of a key in an event."""
    said = repr(read_story(demo).events).lower()
    secret = [
        each.data for each in one_side if each.type is PacketType.ACL and each.data[6:7] == b"\6"
    ]
    keys = [data[9:] for data in secret if data[8] in (0x03, 0x04, 0x08, 0x0D)]
    assert len(keys) >= 4
    assert not [key for key in keys if key.hex() in said or repr(key).lower() in said]


WRITERS: list[Callable[[tuple[Packet, ...]], bytes]] = [
    lambda packets: btsnoop(packets, 1001),
    lambda packets: btsnoop(packets, 1002),
    lambda packets: btsnoop(packets, 2001),
    lambda packets: pcap(packets, 187),
    lambda packets: pcap(packets, 201),
    lambda packets: pcap(packets, 254),
    lambda packets: pcap(packets, 201, order=">", nano=True),
    lambda packets: pcapng(packets, 187),
    lambda packets: pcapng(packets, 201, order=">"),
]


@pytest.mark.parametrize("write", WRITERS)
def test_every_encapsulation_tells_the_same(
    write: Callable[[tuple[Packet, ...]], bytes], one_side: tuple[Packet, ...]
) -> None:
    """Mutant: a header of the wrong size, a direction or byte order taken for the other one."""
    expected = read_story(btsnoop(one_side, 2001))
    assert len(expected.events) > 80
    told = read_story(write(one_side))
    assert told.error is None
    assert texts(told) == texts(expected)
    assert [e.microseconds for e in told.events] == [e.microseconds for e in expected.events]


def test_a_cut_file_is_told_up_to_the_cut(demo: bytes) -> None:
    """Mutant: nothing told of a file that a crash cut off, or the cut not named."""
    whole = read_story(demo)
    for size in range(len(demo) // 2, len(demo) // 2 + 60):
        told = read_story(demo[:size])
        assert texts(told)[:20] == texts(whole)[:20]
        if told.error is not None:
            assert told.error.packet is not None
            assert f"packet {told.error.packet}, byte {told.error.offset} of the file" in str(
                told.error
            )
    last = read_story(demo[:-1]).error
    assert last is not None
    assert (last.message_type, last.offset, last.reason) == ("btsnoop", len(demo) - 1, "cut off")
    assert whole.error is None  # the control


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"this is no capture", 0),
        (b"btsnoop\0", 8),
        (b"btsnoop\0\0\0\0\2\0\0\3\xea", 8),
        (b"btsnoop\0\0\0\0\1\0\0\0\1", 12),
        (pcap([], 1), 20),
        (pcap([], 201)[:10], 10),
    ],
)
def test_what_is_no_capture_is_refused(data: bytes, offset: int) -> None:
    with pytest.raises(MalformedCaptureError) as caught:
        read_story(data)
    assert (caught.value.packet, caught.value.offset) == (None, offset)


def test_other_interfaces_of_the_same_file_are_left_out() -> None:
    """Mutant: a packet of Ethernet beside HCI ends the story, or is told as HCI."""
    other = pcapng([message(b"\1\2\3")], 1)
    mine = pcapng([connected()], 201)
    # Each is a section of its own, with its own interfaces.
    told = read_story(other + mine + other)
    assert (told.error, told.packets) == (None, 1)
    assert [event.packet for event in told.events] == [2]
    with pytest.raises(MalformedCaptureError, match="link type 1, which has no HCI packets"):
        read_story(other + other)


def test_what_a_file_says_of_the_direction() -> None:
    """Mutant: a bit of the direction read the other way round."""
    both = [message(b"\x0a\3\0"), message(b"\x0b\1", sent=False)]
    for file in (btsnoop(both, 1001), btsnoop(both), btsnoop(both, 2001), pcap(both), pcapng(both)):
        assert [each.sent for each in read_file(file).packets] == [True, False]
    assert [each.sent for each in read_file(pcap(both, 187)).packets] == [None, None]


def test_a_signed_write_has_a_signature_of_12_bytes() -> None:
    told = read_story(btsnoop([connected(), message(bytes.fromhex("D20300AABB") + bytes(12))]))
    assert texts(told)[-1].endswith(": AA BB (without response)")


READ = bytes.fromhex("0A1000")


@pytest.mark.parametrize(
    ("wrong", "reason", "offset"),
    [
        (packet(PacketType.EVENT, b"\x3e\x20\x01", sent=False), "cut off", 3),
        (packet(PacketType.COMMAND, b"\x0c\x20\x05\x01"), "cut off", 4),
        (packet(PacketType.ACL, b"\x40\x00\x09\x00\x01"), "cut off", 5),
        (acl(b"\1\0", first=False), "continues a message whose start is not there", 4),
        (acl(b"\1\0\4\0\x0a\x10"), "longer than the message that it is part of", 4),
        (acl(b"\1\0"), "too short for its header", 4),
        (message(b""), "empty", 8),
        (message(b"\x05\x03\x01\x00", sent=False), "a format that is not known", 9),
        (message(b"\x03\x01", sent=False), "cut off", 10),
        (message(b"\x01\x07", channel=6), "cut off", 10),
    ],
)
def test_a_damaged_packet_is_named_and_the_rest_told(
    wrong: Packet, reason: str, offset: int
) -> None:
    """Mutant: one bad packet ends the story, or passes unseen."""
    good = [message(READ), message(b"\x0b\x57", sent=False)]
    told = read_story(btsnoop([connected(), wrong, *good]))
    assert told.error is not None
    assert (told.error.packet, told.error.reason) == (2, reason)
    start = read_file(btsnoop([connected(), wrong])).packets[1].offset
    assert told.error.offset == start + offset
    assert told.events[-1].told.kind == "read"
    assert read_story(btsnoop([connected(), *good])).error is None  # the control


def test_fragments_are_put_together() -> None:
    whole = bytes.fromhex("0D000400") + bytes.fromhex("1B10000001020304050607")
    first, second = acl(whole[:7], sent=False), acl(whole[7:], sent=False, first=False)
    told = read_story(btsnoop([connected(), first, second]))
    assert told.error is None
    assert told.events[-1].told.kind == "connected"  # two bytes are missing
    third = acl(b"\x08\x09", sent=False, first=False)
    told = read_story(btsnoop([connected(), first, second, third]))
    assert told.events[-1].told.text.endswith("00 01 02 03 04 05 06 07 08 09")


DISCOVERY = [
    message(bytes.fromhex("10 0100 FFFF 0028")),
    message(bytes.fromhex("11 06 0100 0900 1B18"), sent=False),
    message(bytes.fromhex("08 0100 0900 0328")),
    message(bytes.fromhex("09 07 0200 20 0300 1C2A"), sent=False),
    message(bytes.fromhex("04 0400 0900")),
    message(bytes.fromhex("05 01 0400 0229"), sent=False),
]


@pytest.mark.parametrize(
    "between",
    [
        [message(bytes.fromhex("52 0700 AABB"))],  # a command has no answer
        [message(bytes.fromhex("1D 0300 006C0100FF"), sent=False), message(b"\x1e")],
    ],
)
def test_an_answer_is_to_the_request_whatever_goes_between(between: list[Packet]) -> None:
    """Mutants: a command, or the confirmation of an indication, taken for a request."""
    packets = [connected(), *DISCOVERY, message(bytes.fromhex("0A 0300"))]
    answer = message(bytes.fromhex("0B 006C0100FF"), sent=False)
    told = read_story(btsnoop([*packets, *between, answer]))
    assert told.error is None
    assert texts(told)[-1] == "read Temperature Measurement: 36.4 °C"
    unasked = read_story(btsnoop([*packets[:-1], answer]))  # the control
    assert texts(unasked)[-1] != texts(told)[-1]


def test_handles_get_names_also_on_a_later_connection() -> None:
    """Mutant: names forgotten at the end of a connection, as no client does."""
    end = packet(PacketType.EVENT, bytes.fromhex("05 04 00 4000 13"), sent=False)
    value = message(bytes.fromhex("1D 0300 006C0100FF"), sent=False)
    subscribe = message(bytes.fromhex("12 0400 0200"))
    later = [connected(), subscribe, value]
    told = read_story(btsnoop([connected(), *DISCOVERY, end, *later]))
    assert texts(told)[-2:] == [
        "subscribe to Temperature Measurement: indications",
        "indication Temperature Measurement: 36.4 °C",
    ]
    assert "not discovered" in texts(read_story(btsnoop(later)))[-1]  # the control


def test_a_value_that_its_characteristic_cannot_have_says_why() -> None:
    """Mutant: a device's mistake taken for a fault of the file."""
    value = message(bytes.fromhex("1D 0300 006C01"), sent=False)
    told = read_story(btsnoop([connected(), *DISCOVERY, value]))
    assert told.error is None
    assert texts(told)[-1].endswith("no TemperatureMeasurement (value, byte 1 of 3: too short)")


def test_a_connection_of_before_the_capture_is_told() -> None:
    told = read_story(btsnoop([message(READ), message(b"\x0b\x57", sent=False)]))
    assert [event.connection for event in told.events] == [1]


def test_writes_refusals_and_long_values() -> None:
    packets = [
        connected(),
        *DISCOVERY,
        message(bytes.fromhex("52 0300 AABB")),
        message(bytes.fromhex("16 0300 0000 0102")),
        message(bytes.fromhex("16 0300 0200 0304")),
        message(bytes.fromhex("18 01")),
        message(bytes.fromhex("0A 0700")),
        message(bytes.fromhex("01 0A 0700 05"), sent=False),
        message(bytes.fromhex("0A 0700")),
        message(bytes.fromhex("0B 0102"), sent=False),
        message(bytes.fromhex("0C 0700 0200")),
        message(bytes.fromhex("0D 0304"), sent=False),
        message(bytes.fromhex("05 03"), channel=6, sent=False),
    ]
    said = texts(read_story(btsnoop(packets)))[-6:]
    assert said[0].endswith("(without response)")
    assert "01 02 03 04" in said[1]
    assert said[2].endswith("insufficient authentication")
    assert said[4].endswith("01 02 03 04")
    assert said[5] == "pairing failed: authentication requirements"


def told_or_refused(data: bytes) -> Story | None:
    try:
        return read_story(data)
    except MalformedMessageError as error:
        caught = error
    assert 0 <= caught.offset <= len(data)
    return None


PACKETS = st.builds(packet, st.sampled_from(PacketType), st.binary(max_size=40), sent=st.booleans())
MESSAGES = st.builds(
    message, st.binary(max_size=30), channel=st.sampled_from([4, 4, 4, 6, 5]), sent=st.booleans()
)
FRAGMENTS = st.builds(acl, st.binary(max_size=12), sent=st.booleans(), first=st.booleans())


@settings(deadline=None)
@given(st.lists(PACKETS | MESSAGES | FRAGMENTS | st.just(connected()), max_size=12))
def test_any_packets_are_told_or_named(packets: list[Packet]) -> None:
    """Mutant: a length that is not checked, a handle without a connection."""
    told = told_or_refused(btsnoop(packets))
    assert told is not None
    assert told.packets == len(packets)


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 5999), st.integers(0, 255)), min_size=1, max_size=6),
    size=st.integers(0, 6000),
)
def test_any_damage_ends_in_our_error(
    changes: list[tuple[int, int]], size: int, demo: bytes
) -> None:
    """Mutant: a word of a header that is believed."""
    file = bytearray(demo[:6000])
    for at, byte in changes:
        file[at] = byte
    told_or_refused(bytes(file[:size]))


@settings(deadline=None)
@given(
    st.sampled_from([b"", btsnoop([]), pcap([]), pcap([], 187), pcapng([]), pcapng([], order=">")]),
    st.binary(max_size=200),
)
def test_any_bytes_end_in_our_error(start: bytes, data: bytes) -> None:
    told_or_refused(start + data)
