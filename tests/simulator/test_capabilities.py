"""A controller says what it can do, does that, and answers every command once."""

from __future__ import annotations

from typing import Any, cast

import pytest
from bumble import hci
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_simulator import clock
from babyn_simulator.controller import VirtualController, capabilities
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.raw_bench import command, connected
from tests.simulator.virtual_bench import RawHost, pass_time, virtually

NO_ANSWER = 0x0C35
"""Host Number Of Completed Packets."""
KNOWN = sorted(capabilities.carried_out(VirtualController))
LENGTHS = capabilities.PARAMETER_LENGTHS
COMPLETE, STATUS = 0x0E, 0x0F


def answers_to(packets: list[bytes], op_code: int) -> list[int]:
    """Return the statuses of the answers to a command."""
    head = op_code.to_bytes(2, "little")
    return [
        packet[6] if packet[1] == COMPLETE else packet[3]
        for packet in packets
        if (packet[1] == COMPLETE and packet[4:6] == head)
        or (packet[1] == STATUS and packet[5:7] == head)
    ]


async def told(host: RawHost, packet: bytes) -> list[bytes]:
    return [bytes(event) for event in await host.send(packet)]


@virtually
async def test_what_it_says_is_what_it_has() -> None:
    """Mutant: bumble's own list, which promises tests, periodic advertising and clock offsets."""
    host = RawHost(VirtualController(Air()))
    (commands,) = await told(host, command(0x1002))
    said = int.from_bytes(commands[7:], "little")
    masks = cast("dict[int, int]", cast("Any", hci).HCI_SUPPORTED_COMMANDS_MASKS)
    assert said == sum(masks.get(op_code, 0) for op_code in KNOWN)
    for op_code, mask in masks.items():
        if op_code != NO_ANSWER:
            statuses = answers_to(await told(host, command(op_code, bytes(80))), op_code)
            unknown = statuses == [hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR]
            assert unknown is not bool(said & mask), hci.HCI_Command.command_name(op_code)
            assert len(statuses) == 1
    (features,) = await told(host, command(0x2003))
    assert int.from_bytes(features[7:], "little") == capabilities.FEATURES
    (version,) = await told(host, command(0x1001))
    assert (version[7], version[10]) == (10, 10)  # Bluetooth 5.1
    (buffers,) = await told(host, command(0x2002))
    assert buffers[7:] == bytes.fromhex("fb00 40")


def test_of_what_is_listed_only_the_links_part_is_still_to_come() -> None:
    """What has no handler yet is not said to be there."""
    missing = set(capabilities.COMMANDS) - set(KNOWN)
    assert {hci.HCI_Command.command_name(op_code) for op_code in missing} <= {
        "HCI_LE_SET_DATA_LENGTH_COMMAND",
        "HCI_LE_SET_PHY_COMMAND",
        "HCI_LE_REMOTE_CONNECTION_PARAMETER_REQUEST_NEGATIVE_REPLY_COMMAND",
        "HCI_LE_REMOTE_CONNECTION_PARAMETER_REQUEST_REPLY_COMMAND",
        "HCI_READ_REMOTE_VERSION_INFORMATION_COMMAND",
    }


@virtually
async def test_a_host_that_gives_buffers_back_gets_no_answer() -> None:
    host = RawHost(VirtualController(Air()))
    assert await told(host, command(NO_ANSWER, bytes.fromhex("01 0100 0100"))) == []
    assert len(await told(host, command(0x0C03))) == 1  # the control


@pytest.mark.parametrize("op_code", [0x2FFF, 0xFC01, 0x2070])
@virtually
async def test_what_nobody_knows_is_answered_too(op_code: int) -> None:
    host = RawHost(VirtualController(Air()))
    assert answers_to(await told(host, command(op_code)), op_code) == [1]


commands = st.one_of(
    st.tuples(st.sampled_from(KNOWN), st.binary(max_size=80)),
    st.tuples(st.sampled_from(sorted(LENGTHS)), st.binary(max_size=80)),
    st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=255)),
    st.sampled_from(sorted(LENGTHS.items())).flatmap(
        lambda row: st.tuples(st.just(row[0]), st.binary(min_size=row[1], max_size=row[1]))
    ),
)


@given(st.lists(commands, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_every_command_is_answered_once(sent: list[tuple[int, bytes]]) -> None:
    """Whatever its parameters, also on a link. Mutant: what cannot be parsed is dropped."""

    async def main() -> None:
        central, _ = await connected(Air(rssi=PathLoss(noise=0)))
        for op_code, parameters in sent:
            packets = await told(central, command(op_code, parameters))
            expected = 0 if op_code == NO_ANSWER else 1
            assert len(answers_to(packets, op_code)) == expected
        await pass_time(0.1)

    clock.run(main())


@virtually
async def test_what_a_controller_knows_of_its_channels_and_power() -> None:
    central, _ = await connected(Air(rssi=PathLoss(noise=0)))
    (channels,) = await told(central, command(0x2015, b"\x01\x00"))
    assert channels[6:] == bytes.fromhex("00 0100 ffffffff1f")
    assert answers_to(await told(central, command(0x2014, bytes(5))), 0x2014) == [0x12]
    await central.send(command(0x2014, bytes.fromhex("0300000000")))
    (channels,) = await told(central, command(0x2015, b"\x01\x00"))
    assert channels[6:] == bytes.fromhex("00 0100 0300000000")
    (power,) = await told(central, command(0x0C2D, bytes.fromhex("0100 00")))
    assert power[6:] == bytes.fromhex("00 0100 00")
    for unknown in (command(0x2015, b"\x07\x00"), command(0x0C2D, bytes.fromhex("0700 00"))):
        op_code = int.from_bytes(unknown[1:3], "little")
        assert answers_to(await told(central, unknown), op_code) == [2]
