"""The air: who hears whom, and how links carry and are lost."""

from __future__ import annotations

import asyncio
import functools
import itertools

import pytest
from bumble import core, hci

from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air, Link, PathLoss
from tests.simulator.virtual_bench import (
    NOTE,
    Central,
    note,
    pass_time,
    reasons_of,
    settle,
    turn,
    virtually,
)


def nobody_is_heard(_sender: VirtualController, _receiver: VirtualController) -> None:
    """Hear nobody, whoever they are."""


# How well


def test_path_loss_by_distance() -> None:
    """Mutant: the logarithm is natural, or the exponent is forgotten."""

    async def main() -> list[int | None]:
        model = PathLoss(at_one_metre=-50, exponent=2, sensitivity=-90, noise=0)
        air = Air(rssi=model)
        here = VirtualController(air)
        there = [
            VirtualController(air, position=(distance, 0.0)) for distance in (0, 1, 10, 100, 101)
        ]
        assert model.range == pytest.approx(100.0)
        assert [model.reaches(other, here) for other in there] == [True] * 4 + [False]
        return [model(other, here) for other in there]

    assert asyncio.run(main()) == [-30, -50, -70, -90, None]


def test_noise_comes_from_the_entropy_that_is_given() -> None:
    async def main(seed: int) -> list[int | None]:
        air = Air()
        here, there = VirtualController(air), VirtualController(air, position=(3.0, 4.0))
        model = PathLoss(noise=3, entropy=Entropy(seed, "air"))
        return [model(there, here) for _ in range(20)]

    first = asyncio.run(main(1))
    assert first == asyncio.run(main(1))
    assert first != asyncio.run(main(2))
    assert len(set(first)) > 1


@virtually
async def test_a_hook_decides_who_is_heard_and_how_well() -> None:
    air = Air(rssi=lambda _sender, _receiver: -33)
    central = Central(air)
    await central.device.power_on()
    async with note(air)[0]:
        assert {report.rssi for report in await central.scan(1)} == {-33}
        air.rssi = nobody_is_heard
        assert await central.scan(1) == []


@virtually
async def test_out_of_range_nothing_is_heard_and_nobody_connects() -> None:
    """Mutant: range is not checked for those who wait to connect."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air, position=(1000.0, 0.0))
    async with peripheral:
        assert await central.scan(1) == []
        with pytest.raises(core.TimeoutError):
            await central.connect(peripheral, timeout=1)
        peripheral.position = (1.0, 0.0)
        connection = await central.connect(peripheral, timeout=1)
        await connection.disconnect()


# Order and cost


@virtually
async def test_listeners_are_served_in_the_order_in_which_they_came() -> None:
    """Mutant: listeners are a set, and a run cannot be repeated."""
    air = Air(rssi=PathLoss(noise=0))
    served: list[int] = []
    centrals = [Central(air, address=f"C0:00:00:00:01:{number:02X}") for number in range(20)]
    for number, central in enumerate(centrals):
        await central.device.power_on()
        central.on_report(functools.partial(served.append, number))
        await central.device.start_scanning(active=False)
    async with note(air)[0]:
        await pass_time(0.05)
    assert served == list(range(20))


@virtually
async def test_an_advertiser_that_nobody_listens_to_costs_nothing() -> None:
    """Mutant: it goes on firing, or never wakes up again."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        loop = asyncio.get_running_loop()
        await pass_time(1)
        jumps = 0
        jump = loop.jump  # type: ignore[attr-defined]  # the loop is a VirtualTimeLoop

        def counted(seconds: float) -> None:
            nonlocal jumps
            jumps += 1
            jump(seconds)

        loop.jump = counted  # type: ignore[attr-defined]  # counts what time stops for
        await pass_time(3600)
        assert jumps == 1
        # One more if the scan ends in the very moment of an advertisement.
        assert len(await central.scan(1, active=False)) in (10, 11)


@virtually
async def test_advertising_has_jitter_only_with_entropy() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.4.2.2.1: 0 to 10 ms."""

    async def gaps(entropy: Entropy | None) -> list[float]:
        air = Air(rssi=PathLoss(noise=0))
        central = Central(air)
        await central.device.power_on()
        times: list[float] = []
        loop = asyncio.get_running_loop()
        central.on_report(lambda: times.append(loop.time()))
        async with note(air, entropy=entropy)[0]:
            await central.scan(3, active=False)
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    assert await gaps(None) == pytest.approx([0.1] * len(await gaps(None)))
    jittered = await gaps(Entropy(1, "note"))
    assert all(0.1 <= gap <= 0.1101 for gap in jittered)
    assert len(set(jittered)) == len(jittered)


# Links


@virtually
async def test_a_lost_link_is_silent_first_and_then_times_out_on_both_sides() -> None:
    """Mutant: one side hears nothing, or hears it at once, or hears a goodbye."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        await settle()
        here, there = reasons_of(connection), reasons_of(peripheral.connections[0])
        timeout = connection.parameters.supervision_timeout / 1000
        air.lose_link(central.controller, peripheral.controller)
        reading = asyncio.ensure_future(central.read(connection, NOTE))
        await pass_time(timeout - 0.031)  # each was last heard up to an interval ago
        assert (here, there) == ([], [])
        assert not reading.done()
        await pass_time(0.031)
        assert here == there == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]
        with pytest.raises(asyncio.CancelledError):
            await reading
        again = await central.connect(peripheral)
        assert await central.read(again, NOTE) == b"hello"
        await again.disconnect()


@virtually
async def test_there_must_be_a_link_to_lose() -> None:
    air = Air()
    with pytest.raises(ValueError, match="no link"):
        air.lose_link(VirtualController(air), VirtualController(air))


@virtually
async def test_how_long_the_silence_lasts_can_be_chosen() -> None:
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        reasons = reasons_of(await central.connect(peripheral))
        await settle()
        peripheral.lose_link(silence=0.0)
        await turn(3)
        await pass_time(0.001)
        assert reasons == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]


@virtually
async def test_a_link_falls_silent_out_of_range_and_is_heard_again_in_time() -> None:
    """Mutant: moving ends links at once, or never, or coming back does not help."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        reasons = reasons_of(connection)
        assert await central.read(connection, NOTE) == b"hello"
        peripheral.position = (1000.0, 0.0)
        await pass_time(0.5)
        peripheral.position = (1.0, 0.0)
        await pass_time(5)
        assert reasons == []
        assert await central.read(connection, NOTE) == b"hello"
        peripheral.position = (1000.0, 0.0)
        await pass_time(5)
        assert reasons == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]


@virtually
async def test_links_fall_silent_when_another_model_takes_over() -> None:
    """Mutant: only those who move are asked about."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air, position=(10.0, 0.0))
    async with peripheral:
        reasons = reasons_of(await central.connect(peripheral))
        await settle()
        air.rssi = PathLoss(noise=0, sensitivity=-60)
        await pass_time(1)  # nobody sends anything
        assert reasons == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]


@virtually
async def test_a_lucky_advertisement_from_out_of_range_makes_no_connection() -> None:
    """Mutant: who was heard once is taken to be within range for good."""
    air = Air(rssi=PathLoss(noise=3, entropy=Entropy(1, "air")))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air, position=(70.0, 0.0))
    async with peripheral:
        reasons = reasons_of(await central.connect(peripheral, timeout=60))
        await pass_time(1)
        assert reasons == [hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR]


@virtually
async def test_a_hook_that_hears_nothing_any_more_ends_links_at_the_next_packet() -> None:
    air = Air(rssi=lambda _sender, _receiver: -40)
    central = Central(air)
    await central.device.power_on()
    peripheral, characteristic = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        reasons = reasons_of(connection)
        await (await central.characteristic(connection, NOTE)).subscribe()
        air.rssi = nobody_is_heard
        await peripheral.notify(characteristic, b"lost")
        await pass_time(5)
        assert reasons == [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR]


@virtually
async def test_the_filter_may_drop_change_and_delay() -> None:
    """Mutant: a verdict of the filter is ignored."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, characteristic = note(air)
    loop = asyncio.get_running_loop()
    async with peripheral:
        connection = await central.connect(peripheral)
        proxy = await central.characteristic(connection, NOTE)
        received: list[tuple[float, bytes]] = []
        await proxy.subscribe(
            lambda value: received.append((round(loop.time() - begin, 1), bytes(value)))
        )

        def verdict(
            sender: VirtualController, receiver: VirtualController, frame: bytes
        ) -> bytes | tuple[float, bytes] | None:
            assert (sender, receiver) == (peripheral.controller, central.controller)
            if frame.endswith(b"drop"):
                return None
            if frame.endswith(b"late"):
                return 2.5, frame
            return frame.replace(b"change", b"CHANGE")

        begin = loop.time()
        air.acl_filter = verdict
        for value in (b"drop", b"late", b"change", b"plain"):
            await peripheral.notify(characteristic, value)
        await pass_time(3)
        assert received == [(0.0, b"CHANGE"), (0.0, b"plain"), (2.5, b"late")]
        air.acl_filter = None
        await connection.disconnect()


@virtually
async def test_filters_are_a_chain_and_a_frame_may_become_several() -> None:
    """Mutant: the second filter gets the frame as it was, or delays do not add up."""
    air = Air(rssi=PathLoss(noise=0))
    loop = asyncio.get_running_loop()
    central = Central(air)
    await central.device.power_on()
    peripheral, characteristic = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        proxy = await central.characteristic(connection, NOTE)
        received: list[tuple[float, bytes]] = []
        begin = loop.time()
        await proxy.subscribe(
            lambda value: received.append((round(loop.time() - begin, 3), bytes(value)))
        )
        air.acl_filter = lambda _sender, _receiver, frame: [(0.0, frame), (1.0, frame)]
        air.acl_filters.append(lambda _sender, _receiver, frame: (0.5, frame.replace(b"a", b"b")))
        air.acl_filters.append(lambda _sender, _receiver, frame: frame.replace(b"b", b"c"))
        await peripheral.notify(characteristic, b"a")
        await pass_time(3)
        assert [value for _, value in received] == [b"c", b"c"]
        (first, _), (second, _) = received
        assert 0.5 < first < 0.7
        assert second - first == pytest.approx(1.0, abs=0.1)
        air.acl_filters.append(lambda _sender, _receiver, _frame: [])
        await peripheral.notify(characteristic, b"a")
        await pass_time(3)
        assert len(received) == 2
        air.acl_filter = None
        air.acl_filters.clear()
        await connection.disconnect()


class Seen:
    """Keeps what it is told of links."""

    def __init__(self) -> None:
        self.opened: list[Link] = []
        self.closed: list[Link] = []

    def link_opened(self, link: Link) -> None:
        self.opened.append(link)

    def link_closed(self, link: Link) -> None:
        self.closed.append(link)


@virtually
async def test_who_watches_links_is_told_of_each_end_once() -> None:
    """Mutant: a link counts as closed while one of its ends still holds it."""
    air = Air(rssi=PathLoss(noise=0))
    seen = Seen()
    air.link_observers.append(seen)
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        connection = await central.connect(peripheral)
        assert (len(seen.opened), len(seen.closed)) == (1, 0)
        await connection.disconnect()
        await pass_time(0.1)
        assert seen.closed == seen.opened
        await central.connect(peripheral)
        await peripheral.power_off()
        assert (len(seen.opened), len(seen.closed)) == (2, 1)
        await pass_time(10)  # the supervision timeout
        assert seen.closed == seen.opened


@virtually
async def test_leaving_the_air_tells_nobody_but_the_peers_time_out() -> None:
    """Mutant: a controller that leaves keeps its links, or a peer waits for ever."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    peripheral, _ = note(air)
    async with peripheral:
        reasons = reasons_of(await central.connect(peripheral))
        await settle()
        central_side = peripheral.connections[0]
        there = reasons_of(central_side)
        central.controller.leave()
        assert air.members == (peripheral.controller,)
        await pass_time(5)
        assert (reasons, there) == ([], [hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR])
        other = Central(air, address="C0:00:00:00:00:09")
        await other.device.power_on()
        assert await other.scan(1)  # the peripheral advertises again
