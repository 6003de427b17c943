"""Link-layer control procedures: goodbyes, parameters, data length, PHY and version."""

from __future__ import annotations

import asyncio
import functools

import pytest
from bumble import hci, ll
from bumble.device import Connection

from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.radio.control_pdus import VersionInd
from tests.simulator.link_bench import HERE, THERE, TIMEOUT, Script, scene
from tests.simulator.virtual_bench import (
    pass_time,
    reasons_of,
    settle,
    virtually,
)


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

        def updated(who: str, _phy: object) -> None:
            told.append(who)

        for who, side in (("asking", asking), ("other", other)):
            side.on(Connection.EVENT_CONNECTION_PHY_UPDATE, functools.partial(updated, who))
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
