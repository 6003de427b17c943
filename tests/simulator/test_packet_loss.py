"""Packet loss: how much, in bursts, and what it does to advertisements."""

from __future__ import annotations

import itertools
import math

import pytest
from bumble import hci

from babyn_simulator import scenario
from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.nursery import Nursery
from babyn_simulator.radio import Air, PacketLoss, PathLoss
from babyn_simulator.radio.packet_loss import AT_SENSITIVITY, CLEAR
from tests.simulator.virtual_bench import Central, note, pass_time, virtually


def loss(*, seed: int = 1, **options: float) -> PacketLoss:
    return PacketLoss(Entropy(seed, "loss"), **options)


def two(air: Air, distance: float = 1.0) -> tuple[VirtualController, VirtualController]:
    return VirtualController(air), VirtualController(air, position=(distance, 0.0))


@virtually
async def test_between_bursts_the_rate_is_lost() -> None:
    """Mutant: the rate is that of what arrives."""
    sender, receiver = two(Air(rssi=PathLoss(noise=0)))
    for rate in (0.0, 0.2, 1.0):
        model = loss(rate=rate)
        lost = sum(model.loses(sender, receiver) for _ in range(5000))
        assert lost / 5000 == pytest.approx(rate, abs=0.02)


@virtually
async def test_the_entropy_decides_and_nothing_else() -> None:
    sender, receiver = two(Air())

    def lost(seed: int) -> list[bool]:
        model = loss(seed=seed, rate=0.5)
        return [model.loses(sender, receiver) for _ in range(50)]

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)


@virtually
async def test_bursts_come_and_last_as_asked_for_however_rarely_one_looks() -> None:
    """Mutant: each packet draws its own state, and there are no bursts."""
    _, receiver = two(Air())
    model = loss(burst_every=0.4, burst_lasts=0.1)
    states: list[bool] = []
    for _ in range(20_000):
        await pass_time(0.005)
        states.append(model.in_burst(receiver))
    assert sum(states) / len(states) == pytest.approx(0.1 / 0.5, abs=0.03)
    runs = [len(list(run)) for disturbed, run in itertools.groupby(states) if disturbed]
    assert sum(runs) / len(runs) * 0.005 == pytest.approx(0.1, rel=0.15)
    rarely: list[bool] = []
    for _ in range(2_000):
        await pass_time(5.0)
        rarely.append(model.in_burst(receiver))
    assert sum(rarely) / len(rarely) == pytest.approx(0.2, abs=0.03)


@virtually
async def test_within_a_burst_most_is_lost_and_each_receiver_has_its_own() -> None:
    """Mutant: one state for all receivers."""
    air = Air(rssi=PathLoss(noise=0))
    sender, here = two(air)
    there = VirtualController(air)
    model = loss(burst_every=1.0, burst_lasts=1.0, burst_rate=1.0)
    both: list[tuple[bool, bool]] = []
    for _ in range(500):
        await pass_time(0.5)
        both.append((model.loses(sender, here), model.loses(sender, there)))
    assert {(True, False), (False, True), (True, True), (False, False)} == set(both)


@virtually
async def test_a_weak_signal_is_lost_more_and_more() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 6 Part A §4.1: what sensitivity means."""
    air = Air(rssi=PathLoss(noise=0, exponent=2, at_one_metre=-50, sensitivity=-90))
    sender, receiver = two(air)
    shares: list[float] = []
    for decibels in (0.0, 2.0, 4.0, CLEAR):
        receiver.position = (10 ** ((40 - decibels) / 20), 0.0)
        model = loss()
        shares.append(sum(model.loses(sender, receiver) for _ in range(4000)) / 4000)
    assert shares[0] == pytest.approx(AT_SENSITIVITY, abs=0.03)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 0.0

    def hook(_sender: VirtualController, _receiver: VirtualController) -> int:
        return -33

    air.rssi = hook  # it knows no sensitivity
    assert not loss().loses(sender, receiver)


@pytest.mark.parametrize(
    "options", [{"rate": 1.1}, {"burst_rate": -0.1}, {"burst_every": -1.0}, {"burst_lasts": 0.0}]
)
def test_what_makes_no_sense_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"from 0 to 1|some time"):
        PacketLoss(Entropy(1, "loss"), **options)


@virtually
async def test_advertisements_and_scan_responses_are_not_heard() -> None:
    """Mutant: only links lose packets. The control is the same air without loss."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    async with note(air)[0]:
        responses: list[bool] = []

        def reported(report: hci.HCI_LE_Extended_Advertising_Report_Event.Report) -> None:
            responses.append(bool(report.event_type & 8))

        central.device.host.on("advertising_report", reported)

        async def heard() -> tuple[int, int]:
            responses.clear()
            await central.scan(60)
            return responses.count(False), responses.count(True)

        assert await heard() == (600, 600)
        air.loss = loss(rate=0.5)
        advertisements, answers = await heard()
        assert advertisements == pytest.approx(300, abs=40)
        assert answers == pytest.approx(advertisements / 4, abs=25)  # request and response
        air.loss = loss(rate=1.0)
        assert await heard() == (0, 0)


@virtually
async def test_a_nursery_loses_what_its_scenario_says() -> None:
    """Mutant: the nursery's air has no loss, or the wrong one. By default nothing is lost."""
    plan = scenario.parse(
        "[radio]\nloss = 0.5\nburst_every = 9.0\nburst_lasts = 0.3\nburst_loss = 0.8\n"
        'path_loss_exponent = 3.0\nnoise = 1.0\n[[device]]\nkind = "beacon"\nname = "b"\n'
    )
    async with Nursery.open(plan) as nursery:
        model, path = nursery.air.loss, nursery.air.rssi
        assert model is not None
        assert isinstance(path, PathLoss)
        assert (model.rate, model.burst_every, model.burst_lasts) == (0.5, 9.0, 0.3)
        assert (model.burst_rate, path.exponent, path.noise) == (0.8, 3.0, 1.0)
    async with Nursery.open("house") as nursery:
        radio = await nursery.radio()
        assert nursery.air.loss is not None
        for device in nursery.devices.values():
            distance = math.dist(device.position, radio.device.controller.position)
            assert distance < 25
            assert not nursery.air.loss.loses(device.controller, radio.device.controller)
