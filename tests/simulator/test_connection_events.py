"""Connection events: what travels when, what is acknowledged, sent again, and given up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator

import pytest
from bumble import hci
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_simulator import clock
from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.radio import Air, PacketLoss, PathLoss
from tests.simulator.link_bench import TIMEOUT, Script, scene
from tests.simulator.virtual_bench import (
    DEVICE,
    Central,
    pass_time,
    reasons_of,
    turn,
    virtually,
)


@contextlib.contextmanager
def counted_jumps() -> Generator[list[float]]:
    """Count what virtual time stops for."""
    loop = asyncio.get_running_loop()
    jumps: list[float] = []
    jump = loop.jump  # type: ignore[attr-defined]  # the loop is a VirtualTimeLoop

    def counted(seconds: float) -> None:
        jumps.append(seconds)
        jump(seconds)

    loop.jump = counted  # type: ignore[attr-defined]  # as above
    try:
        yield jumps
    finally:
        loop.jump = jump  # type: ignore[attr-defined]  # as above


# Laziness


@virtually
async def test_an_idle_link_costs_nothing_and_a_notification_two_timers() -> None:
    """Mutants: each event has a timer; a side that hears nothing new has one."""
    async with scene(interval=7.5) as made:
        with counted_jumps() as jumps:
            await pass_time(24 * 3600)
            assert len(jumps) == 1
            jumps.clear()
            for _ in range(10):
                await made.notify(b"x")
                await pass_time(1)
            # It is received; it is acknowledged; the second is over.
            assert len(jumps) == 30
        assert len(made.notified) == 10


# Buffers


@virtually
async def test_a_packet_counts_as_completed_when_it_is_acknowledged_on_the_air() -> None:
    """Mutants: when the controller takes it; when the other side has it."""
    async with scene() as made:
        assert made.pending == 0
        await made.notify(b"x")
        await turn(5)
        assert made.pending == 1
        await pass_time(0.0305)
        assert (len(made.notified), made.pending) == (1, 1)
        await pass_time(0.030)
        assert made.pending == 0


@virtually
async def test_what_never_reaches_the_air_is_completed_at_once() -> None:
    """Mutant: a filter that drops or delays takes the host's buffers away for ever."""
    async with scene() as made:
        verdicts: list[tuple[float, bytes] | None] = [None, (2.0, b"\x04\x00\x04\x00\x1b\x00\x00x")]

        def verdict(*_: object) -> tuple[float, bytes] | None:
            return verdicts[-1]

        while verdicts:
            made.air.acl_filter = verdict
            await made.notify(b"x")
            await turn(5)
            assert made.pending == 0
            verdicts.pop()
        made.air.acl_filter = None
        await pass_time(3)
        assert made.notified == []


@virtually
async def test_a_frame_that_is_longer_than_all_buffers_arrives() -> None:
    """Mutant: the host waits for buffers, the controller for the rest of the frame."""
    async with scene(interval=7.5) as made:
        (end,) = made.central.controller.links()
        received: list[int] = []
        made.peripheral.device.l2cap_channel_manager.register_fixed_channel(
            0x3A, lambda _handle, payload: received.append(len(payload))
        )
        length = 70 * 251
        made.central.device.host.send_l2cap_pdu(end.handle, 0x3A, bytes(length))
        await pass_time(1)
        assert received == [length]


# Order, loss, and what is sent again


@virtually
async def test_what_comes_between_two_pairs_travels_in_the_next_one() -> None:
    """Mutant: it ends the event, and everything waits for the next anchor point."""
    async with scene(interval=7.5) as made:
        await made.notify(*[b"x"] * 8)
        await pass_time(0.0075)
        came = [when for when, _ in made.notified]
        await pass_time(came[0] + 20 * 0.0075 - made.now)
        await made.notify(*[b"x"] * 8)
        await pass_time(0.0075 + 0.000075)  # in the middle of T_IFS after the first of them
        assert len(made.notified) == 9
        await made.write(b"y")
        await pass_time(0.001)
        assert [value for _, value in made.written] == [b"y"]
        assert len(made.notified) == 10
        await pass_time(0.0055)
        assert len(made.notified) == 16


@virtually
async def test_what_comes_during_a_pair_does_not_disturb_it() -> None:
    """Mutant: the pair begins anew, or its event is given up."""
    async with scene() as made:
        await made.notify(b"1")
        await pass_time(0.0305)
        ((came, _),) = made.notified
        await pass_time(0.27)
        await made.notify(b"2")
        await pass_time(came + 10 * 0.030 - 0.0001 - made.now)  # the second is being sent
        assert len(made.notified) == 1
        await made.write(b"y")
        await pass_time(0.0002)
        assert [value for _, value in made.notified] == [b"1", b"2"]
        assert made.written == []
        await pass_time(0.030)
        assert [value for _, value in made.written] == [b"y"]


@virtually
async def test_a_value_that_follows_another_takes_the_very_next_event() -> None:
    """Mutant: what comes while an acknowledgement is awaited waits for one event more."""
    async with scene() as made:
        await made.notify(b"1")
        await pass_time(0.0305)
        (first,) = made.notified
        await made.notify(b"2")
        await pass_time(0.1)
        assert made.notified[1][0] - first[0] == pytest.approx(0.030, abs=0.0005)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), max_size=40))
def test_nothing_is_lost_above_the_link_layer_only_late(lost: list[bool]) -> None:
    """Mutants: a lost PDU is gone; a lost acknowledgement lets it come twice.

    Whatever pattern of packets is lost, in both directions at once.
    """

    async def main() -> None:
        async with scene(interval=7.5) as made:
            script = made.air.loss = Script(lost)
            values = [bytes([number]) * 20 for number in range(6)]
            await asyncio.gather(made.notify(*values), made.write(*values))
            await pass_time(2)
            assert [value for _, value in made.notified] == values
            assert [value for _, value in made.written] == values
            assert made.pending == 0
            assert script.asked > 0

    clock.run(main())


@virtually
async def test_a_lost_packet_ends_the_event_and_comes_with_the_next_one() -> None:
    """Mutant: it is sent again in the same event. The control is lost nowhere."""
    for lost in ([], [False, True], [True], [True, False, True]):
        async with scene() as made:
            made.air.loss = Script(lost)
            await made.notify(b"x")
            await pass_time(0.5)
            ((came, _),) = made.notified
            assert 0.030 * sum(lost) < came < 0.030 * sum(lost) + 0.031


# Silence


@virtually
async def test_both_sides_give_up_a_timeout_after_they_last_heard_of_each_other() -> None:
    """Mutant: the timeout counts from the first loss. Half of all lost is no silence."""
    async with scene(interval=200, timeout=4000) as made:
        here, there = reasons_of(made.connection), reasons_of(made.peripheral.connections[0])
        made.air.loss = PacketLoss(Entropy(1, "loss"), rate=0.5)
        await made.notify(*[b"x"] * 20)
        await pass_time(60)
        assert (here, there) == ([], [])
        assert len(made.notified) == 20
        made.air.loss = PacketLoss(Entropy(1, "loss"), rate=1.0)
        await pass_time(30)  # nobody has anything to say, so nobody notices
        await made.notify(b"x")
        await pass_time(3.79)
        assert (here, there) == ([], [])
        await pass_time(0.21)  # the last that was heard was up to an interval before
        assert (here, there) == ([TIMEOUT], [TIMEOUT])


@virtually
async def test_a_connection_that_nobody_answers_in_six_events_is_none() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.5.2. Mutant: it times out."""
    air = Air(rssi=PathLoss(noise=0), loss=Script([False], after=True))
    central = Central(air)
    await central.device.power_on()
    async with Peripheral(air, [], address=DEVICE) as peripheral:
        connection = await central.connect(peripheral)  # the advertisement was heard
        here, there = reasons_of(connection), reasons_of(peripheral.connections[0])
        await pass_time(6 * 0.030 - 0.001)
        assert (here, there) == ([], [])
        await pass_time(0.003)  # the first of them is 1.6 ms after the connection request
        failed = hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR
        assert (here, there) == ([failed], [failed])


@virtually
async def test_a_sleeping_peripheral_is_woken_by_a_loss() -> None:
    """Mutant: with a latency of nine, each retry waits for ten events."""
    async with scene(interval=30, latency=9) as made:
        made.air.loss = Script([True, True])
        await made.write(b"x")
        await pass_time(0.4)
        assert [value for _, value in made.written] == [b"x"]
