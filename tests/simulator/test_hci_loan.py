"""H4 framing, as a host outside sends it: in pieces, too much of it, and wrong."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_simulator import clock
from babyn_simulator.capture import BtsnoopWriter
from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.hci_loan import BACKLOG_LIMIT, HARDWARE_ERROR, RESET, Loan, NonsenseError
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.raw_bench import advertise, command, host, scan, set_random_address
from tests.simulator.test_capture import records
from tests.simulator.virtual_bench import pass_time, turn, virtually

RESET_DONE = bytes.fromhex("04 0e 04 01 030c 00")


class Taken:
    """What a loan hands to its host."""

    def __init__(self, air: Air | None = None, **more: object) -> None:
        self.packets: list[bytes] = []
        self.waiting = 0
        self.controller = VirtualController(air or Air(), entropy=Entropy(1, "loan"))
        self.loan = Loan(
            self.controller,
            self.packets.append,
            backlog=lambda: self.waiting,
            **more,  # type: ignore[arg-type]  # a snooper, or nothing
        )


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_packets_arrive_whole_however_they_are_cut(data: st.DataObject) -> None:
    """Mutant: a packet begins with every piece."""
    sent = RESET + command(0x2017, bytes(32)) + b"\x02\x01\x00\x04\x00\x00\x00\x04\x00" + RESET
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=6)))

    async def main() -> list[bytes]:
        taken = Taken()
        for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
            taken.loan.feed(sent[start:end])
        await turn(3)
        return [packet[:7] for packet in taken.packets]

    assert clock.run(main()) == [RESET_DONE, bytes.fromhex("04 0e 14 01 1720 00"), RESET_DONE]


@virtually
async def test_after_nonsense_a_host_and_its_controller_find_together_by_a_reset() -> None:
    """Mutant: the controller takes the next byte for a packet, or never listens again."""
    taken = Taken()
    with pytest.raises(NonsenseError):
        taken.loan.feed(b"GET / HTTP/1.1")
    taken.loan.resynchronise()
    taken.loan.feed(command(0x2018) + b"\x01\x03")  # not understood, and half a reset
    await turn(3)
    assert taken.packets == [HARDWARE_ERROR]
    taken.loan.feed(b"\x0c\x00" + RESET)
    await turn(3)
    assert taken.packets == [HARDWARE_ERROR, RESET_DONE, RESET_DONE]


@virtually
async def test_nonsense_after_nonsense() -> None:
    taken = Taken()
    with pytest.raises(NonsenseError):
        taken.loan.feed(b"\xff" + RESET + b"\xff" + RESET)
    taken.loan.resynchronise()
    await turn(3)
    assert [packet for packet in taken.packets if packet == RESET_DONE] == [RESET_DONE] * 2
    assert taken.packets.count(HARDWARE_ERROR) == 2


@pytest.mark.parametrize("kind", [0x00, 0x03, 0x04, 0x05, 0xFF])
@virtually
async def test_what_no_host_sends_is_nonsense(kind: int) -> None:
    with pytest.raises(NonsenseError):
        Taken().loan.feed(bytes([kind, 0, 0, 0]))


@virtually
async def test_a_host_that_does_not_read_loses_advertisements_and_nothing_else() -> None:
    """Mutant: what waits for a host in a debugger grows without end."""
    air = Air(rssi=PathLoss(noise=0))
    taken, sender = Taken(air), host(air, "sender")
    await sender.send(set_random_address(bytes.fromhex("0200000000c0")), *advertise())
    for packet in scan():
        taken.loan.feed(packet)
    await pass_time(0.1)
    heard = len(taken.packets)
    assert heard > 2
    taken.waiting = BACKLOG_LIMIT + 1
    await pass_time(0.1)
    assert len(taken.packets) == heard
    taken.loan.feed(RESET)
    await turn(3)
    assert taken.packets[heard:] == [RESET_DONE]


@virtually
async def test_a_capture_has_both_directions() -> None:
    """Mutant: what the host sends is written as the controller's, or not at all."""
    output = io.BytesIO()
    taken = Taken(snooper=BtsnoopWriter(output).host("outside"))
    taken.loan.feed(RESET)
    await turn(3)
    found = [(record.opcode, record.payload) for record in records(output.getvalue())]
    assert found[1:] == [(2, RESET[1:]), (3, RESET_DONE[1:])]
