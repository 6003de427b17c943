"""Connection events: what travels when, what is acknowledged, sent again, and given up."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncGenerator, Generator, Iterable
from dataclasses import dataclass, field

import pytest
from bumble import hci, ll
from bumble.device import Connection, ConnectionParametersPreferences
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_simulator import clock
from babyn_simulator.controller import VirtualController
from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from babyn_simulator.radio import Air, Link, PacketLoss, PathLoss
from babyn_simulator.radio.control_pdus import VersionInd
from tests.simulator.virtual_bench import (
    DEVICE,
    NOTE,
    Central,
    pass_time,
    reasons_of,
    settle,
    turn,
    virtually,
)

TIMEOUT = hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR
HERE = hci.HCI_ErrorCode.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR
THERE = hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR


class Script(PacketLoss):
    """Loses the packets that it is told to, and then no more."""

    def __init__(self, lost: Iterable[bool] = (), *, after: bool = False) -> None:
        super().__init__(Entropy(1, "script"))
        self.left = list(lost)
        self.after = after
        self.asked = 0

    def loses(self, sender: VirtualController, receiver: VirtualController) -> bool:
        self.asked += 1
        return self.left.pop(0) if self.left else self.after


@dataclass
class Scene:
    """Two connected hosts, and what each has received of the other."""

    air: Air
    central: Central
    peripheral: Peripheral
    connection: Connection
    characteristic: Characteristic
    notified: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])
    written: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])
    begin: float = 0.0

    @property
    def now(self) -> float:
        """Seconds since the scene began."""
        return asyncio.get_running_loop().time() - self.begin

    @property
    def link(self) -> Link:
        (end,) = self.central.controller.links()
        assert end.radio_link is not None
        return end.radio_link

    @property
    def pending(self) -> int:
        """HCI packets that the peripheral's controller has not completed."""
        queue = self.peripheral.device.host.le_acl_packet_queue
        assert queue is not None
        return queue.pending

    async def notify(self, *values: bytes) -> None:
        for value in values:
            await self.peripheral.notify(self.characteristic, value)

    async def write(self, *values: bytes) -> None:
        proxy = await self.central.characteristic(self.connection, NOTE)
        for value in values:
            await proxy.write_value(value)


@contextlib.asynccontextmanager
async def scene(
    *, interval: float = 30.0, latency: int = 0, timeout: int = 4000
) -> AsyncGenerator[Scene]:
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    scenes: list[Scene] = []

    def write(value: bytes) -> None:
        scenes[0].written.append((scenes[0].now, value))

    characteristic = Characteristic(NOTE, write=write, notify=True)
    peripheral = Peripheral(air, [Service(0xFFF0, [characteristic])], address=DEVICE)
    async with peripheral:
        wish = ConnectionParametersPreferences(
            connection_interval_min=interval,
            connection_interval_max=interval,
            max_latency=latency,
            supervision_timeout=timeout,
        )
        connection = await central.device.connect_le(
            hci.Address(DEVICE), {hci.Phy.LE_1M: wish}, timeout=5
        )
        made = Scene(air, central, peripheral, connection, characteristic)
        scenes.append(made)
        proxy = await central.characteristic(connection, NOTE)
        await proxy.subscribe(lambda value: made.notified.append((made.now, bytes(value))))
        await pass_time(1)
        made.begin = asyncio.get_running_loop().time()
        yield made
        air.loss = None
        if peripheral.connections:
            await connection.disconnect()
            await settle()


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


# Control procedures


@virtually
async def test_goodbye_comes_after_what_was_sent_before_and_is_acknowledged() -> None:
    """Mutants: it overtakes data; the one who says it does not wait for the other."""
    async with scene() as made:
        here, there = reasons_of(made.connection), reasons_of(made.peripheral.connections[0])
        await made.write(*[bytes([number]) for number in range(5)])
        begin = made.now
        await made.connection.disconnect()
        assert 0.0 < made.now - begin < 0.031
        await settle()
        assert [value for _, value in made.written] == [bytes([n]) for n in range(5)]
        assert (here, there) == ([HERE], [THERE])


@virtually
async def test_goodbye_over_a_dead_link_ends_by_the_supervision_timeout() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §5.1.6. Mutant: it never does."""
    async with scene(timeout=1000) as made:
        here, there = reasons_of(made.connection), reasons_of(made.peripheral.connections[0])
        made.peripheral.lose_link()
        await made.connection.disconnect()
        assert made.now == pytest.approx(1.0, abs=0.031)
        await settle()
        assert (here, there) == ([HERE], [TIMEOUT])


@virtually
async def test_who_leaves_at_once_still_says_goodbye() -> None:
    """As after a wrong key (Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §5.1.3.1).

    Mutant: the control PDUs of a closed end are dropped, with its data.
    """
    async with scene() as made:
        there = reasons_of(made.peripheral.connections[0])
        (end,) = made.central.controller.links()
        await made.write(b"x")
        reason = hci.HCI_ErrorCode.CONNECTION_TERMINATED_DUE_TO_MIC_FAILURE_ERROR
        end.send_ll_control_pdu(ll.TerminateInd(reason))
        end.owner.on_le_disconnected(end, reason)
        await settle()
        assert there == [reason]
        assert made.written == []


@virtually
async def test_new_parameters_hold_from_one_instant_on_at_both_ends() -> None:
    """Mutants: at once; at the central only; the peripheral may not ask."""
    async with scene() as made:
        theirs = made.peripheral.connections[0]
        told: list[tuple[float, float]] = []

        def changed(side: Connection) -> None:
            told.append((made.now, side.parameters.connection_interval))

        for side in (made.connection, theirs):
            side.on(Connection.EVENT_CONNECTION_PARAMETERS_UPDATE, functools.partial(changed, side))
        for asking, interval in ((made.connection, 50.0), (theirs, 7.5)):
            told.clear()
            begin = made.now
            before = made.link.seconds
            await asking.update_parameters(interval, interval, 0, 4000)
            await pass_time(1)
            assert [value for _, value in told] == [interval] * 2
            assert told[0][0] == told[1][0]
            assert 6 * before <= told[0][0] - begin <= 9 * before
            await made.notify(b"x", b"y")
            await pass_time(1)
            assert made.link.seconds == interval / 1000


@virtually
async def test_who_misses_an_instant_is_lost() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §5.5. Mutant: both change."""
    async with scene(timeout=1000) as made:
        reasons = reasons_of(made.connection)
        made.air.loss = Script([True] * 8)  # one of two packets an event
        with pytest.raises(asyncio.CancelledError):
            await made.connection.update_parameters(50, 50, 0, 4000)
        assert reasons == [TIMEOUT]


@virtually
async def test_pdus_grow_when_both_sides_can_and_hosts_are_told() -> None:
    """Mutants: 251 octets from the start; the shorter side is overrun; time is no limit."""
    async with scene() as made:
        theirs = made.peripheral.connections[0]
        assert made.connection.data_length.max_tx_octets == 251  # what bumble's hosts suggest
        await made.connection.set_data_length(100, 2120)
        await pass_time(0.1)
        assert made.connection.data_length.max_tx_octets == 100
        assert theirs.data_length.max_rx_octets == 100
        assert theirs.data_length.max_tx_octets == 251
        await made.connection.set_data_length(251, (27 + 14) * 8)
        await pass_time(0.1)
        central, _ = made.link.sides
        assert central.tx_octets == 27
        made.peripheral.controller.supported_max_rx_octets = 60
        await made.connection.set_data_length(251, 2120)
        await pass_time(0.1)
        assert central.tx_octets == made.connection.data_length.max_tx_octets == 60


@pytest.mark.parametrize("asks", ["central", "peripheral"])
@virtually
async def test_the_phy_changes_if_both_sides_allow_it(asks: str) -> None:
    """Mutants: the other side is not asked; a side is not told; Read PHY says 1M."""
    async with scene() as made:
        theirs = made.peripheral.connections[0]
        asking, other = (
            (made.connection, theirs) if asks == "central" else (theirs, made.connection)
        )
        told: list[str] = []
        asking.on(Connection.EVENT_CONNECTION_PHY_UPDATE, lambda _phy: told.append("asking"))
        other.on(Connection.EVENT_CONNECTION_PHY_UPDATE, lambda _phy: told.append("other"))
        await asking.set_phy([hci.Phy.LE_2M], [hci.Phy.LE_2M])
        await pass_time(1)
        assert sorted(told) == ["asking", "other"]
        for side in (asking, other):
            phy = await side.get_phy()
            assert (phy.tx_phy, phy.rx_phy) == (hci.Phy.LE_2M, hci.Phy.LE_2M)
        await other.device.set_default_phy([hci.Phy.LE_2M], [hci.Phy.LE_2M])
        await asking.set_phy([hci.Phy.LE_1M], [hci.Phy.LE_1M])
        await pass_time(1)
        phy = await asking.get_phy()
        assert (phy.tx_phy, phy.rx_phy) == (hci.Phy.LE_2M, hci.Phy.LE_2M)
        assert sorted(told) == ["asking", "asking", "other"]  # nothing changed: who asked hears


@virtually
async def test_each_side_may_ask_for_the_others_version() -> None:
    """Mutants: no answer; a second request is sent on the air, which it must not be."""
    async with scene() as made:
        answers: list[int] = []

        def told(event: hci.HCI_Read_Remote_Version_Information_Complete_Event) -> None:
            answers.append(event.subversion)

        on_air: list[VersionInd] = []
        send = made.link.send_control

        def sent(end: VirtualConnection, packet: ll.ControlPdu) -> None:
            if isinstance(packet, VersionInd):
                on_air.append(packet)
            send(end, packet)

        setattr(made.link, "send_control", sent)  # noqa: B010 - counts what goes through it
        name = "on_hci_read_remote_version_information_complete_event"
        made.central.controller.lmp_subversion = 7
        for device in (made.peripheral.device, made.central.device):
            handle = next(iter(device.host.connections))
            setattr(device.host, name, told)
            for _ in range(2):
                await device.host.send_async_command(
                    hci.HCI_Read_Remote_Version_Information_Command(connection_handle=handle)
                )
                await pass_time(0.2)
        assert answers == [7, 7, 0, 0]
        assert len(on_air) == 2
