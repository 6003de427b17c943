"""The simulated infant scale: what it weighs, and its face to a central that was let in."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bumble import att

from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.device_events import ButtonPress, EventKind, FeedEnded
from babyn_protocol.gatt.sensor import FineWeightMeasurement
from babyn_protocol.gatt.weight_scale import (
    MeasurementUnits,
    WeightMeasurement,
    WeightResolution,
    WeightScaleFeature,
)
from babyn_protocol.numbers import NoNumber
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import VendorCharacteristic
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.scale import Occasion, ScaleModel
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.open_profile.scale import Scale
from babyn_simulator.devices.signals.weighing import BodyWeight, Feeding
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from babyn_simulator.security import Pairing
from tests.simulator.device_bench import visit
from tests.simulator.virtual_bench import pass_time, virtually

FEEDING = Feeding(onset=timedelta(minutes=5), every=timedelta(hours=3))
LYING_STILL = timedelta(minutes=1)


def child(seed: int = 1, **options: Any) -> BodyWeight:
    return BodyWeight(Entropy(seed, "signal"), **options)


def made(model: ScaleModel) -> Any:
    def make(air: Air, options: DeviceOptions) -> Scale:
        return Scale(air, model, Identity("SN-1"), **options)

    return make


def day(body: BodyWeight) -> list[float]:
    return [body.measure(timedelta(minutes=m), LYING_STILL) for m in range(0, 24 * 60, 5)]


# Signals


def test_a_child_grows_and_a_scale_flickers_by_a_gram() -> None:
    values = day(child())
    assert values[-1] - values[0] == pytest.approx(0.030, abs=0.005)
    steps = [abs(b - a) for a, b in itertools.pairwise(values)]
    assert 0 < max(steps) < 0.004


def test_the_same_seed_gives_the_same_day_and_another_another() -> None:
    assert day(child(1, feeding=FEEDING)) == day(child(1, feeding=FEEDING))
    assert day(child(1, feeding=FEEDING)) != day(child(2, feeding=FEEDING))


def test_a_feed_makes_a_child_heavier_for_some_hours() -> None:
    """Mutant: what was drunk stays for ever, or comes all at once."""
    body = child(feeding=FEEDING, gain_per_day=0.0)
    feed = body.feed_after(timedelta())
    assert feed is not None
    assert feed.begin == timedelta(minutes=5)
    assert 0.03 < feed.intake < 0.16
    drunk = [body.body(feed.begin + feed.lasts * share) - body.weight for share in (0.0, 0.5, 1.0)]
    assert drunk == pytest.approx([0.0, feed.intake / 2, feed.intake])
    two_hours_later = body.body(feed.begin + feed.lasts + timedelta(hours=2))
    assert two_hours_later - body.weight == pytest.approx(feed.intake * 0.37, abs=0.002)


def test_a_child_that_was_just_laid_down_does_not_lie_still() -> None:
    def spread(lying: timedelta) -> float:
        body = child()
        values = [body.measure(timedelta(minutes=1), lying) for _ in range(200)]
        return max(values) - min(values)

    assert spread(timedelta()) > 0.1
    assert spread(timedelta(seconds=8)) < 0.005


def test_weighings_are_planned_around_feeds_and_at_the_interval() -> None:
    """Mutant: one of the two weighings of a feed is forgotten, or one comes twice."""
    model = ScaleModel(child(feeding=FEEDING), interval=3600.0)
    planned: list[tuple[Occasion, float]] = []
    last = timedelta()
    while last < timedelta(hours=4):
        weighing = model.next_weighing(last)
        assert weighing is not None
        assert weighing.at > last
        last = weighing.at
        planned.append((weighing.occasion, last / timedelta(minutes=1)))
    occasions = [occasion for occasion, _ in planned]
    before, after, interval = Occasion.BEFORE_FEED, Occasion.AFTER_FEED, Occasion.INTERVAL
    assert occasions == [before, after] + [interval] * 3 + [before, after, interval]
    assert planned[0][1] == 4.5
    assert [minutes for occasion, minutes in planned if occasion is interval] == [60, 120, 180, 240]
    assert ScaleModel(child(), interval=None).next_weighing(timedelta()) is None


# On the air


@virtually
async def test_a_weight_is_indicated_in_both_steps() -> None:
    """Mutant: the finer weight is the coarse one, or the other way round."""
    async with visit(made(ScaleModel(child(), interval=60.0))) as guest:
        fine = await guest.subscribe(VendorCharacteristic.FINE_WEIGHT_MEASUREMENT)
        coarse = await guest.subscribe(Uuids.WEIGHT_MEASUREMENT)
        guest.device.force_weight(4.2031)
        await pass_time(70)
        assert (len(fine), len(coarse)) == (9, 1)
        weights = [FineWeightMeasurement.parse(data) for data in fine]
        assert [weight.settled for weight in weights] == [False] * 8 + [True]
        assert weights[-1].weight == Decimal("4.203")
        whole = WeightMeasurement.parse(coarse[0])
        assert (whole.units, whole.weight) == (MeasurementUnits.SI, Decimal("4.205"))
        assert whole.timestamp is not None
        when = datetime(2026, 1, 1, 0, 1, 8, tzinfo=UTC).replace(tzinfo=None)
        assert whole.timestamp.naive() == when
        guest.device.force_weight(None)
        await pass_time(60)
        settled = FineWeightMeasurement.parse(fine[-1]).weight
        assert isinstance(settled, Decimal)
        assert abs(settled - Decimal("4.200")) < Decimal("0.004")
        features = WeightScaleFeature.parse(await guest.read(Uuids.WEIGHT_SCALE_FEATURE))
        assert features.has_timestamps
        assert features.weight_resolution is WeightResolution.KG_0_005_OR_LB_0_01


@virtually
async def test_a_feed_ends_with_its_totals() -> None:
    """Mutant: the totals are the planned ones, and not what was weighed."""
    body = child(feeding=FEEDING)
    feed = body.feed_after(timedelta())
    assert feed is not None
    async with visit(made(ScaleModel(body, interval=None))) as guest:
        events = await guest.events()
        await pass_time(270 + 20)
        assert events() == []
        await pass_time(feed.lasts.total_seconds() + 90)
        (event,) = events()
        assert event.kind is EventKind.FEED_ENDED
        assert isinstance(event.details, FeedEnded)
        assert event.details.seconds == round(feed.lasts.total_seconds())
        assert isinstance(event.details.millilitres, Decimal)
        assert float(event.details.millilitres) == pytest.approx(feed.intake * 1000 / 1.03, abs=4)


@virtually
async def test_totals_that_were_not_weighed_are_not_known() -> None:
    async with visit(made(ScaleModel(child(feeding=FEEDING), interval=None))) as guest:
        events = await guest.events()
        guest.device.force_weight(NoNumber.MEASUREMENT_UNSUCCESSFUL)
        await pass_time(290)
        guest.device.force_weight(None)
        await pass_time(1800)
        (event,) = events()
        assert isinstance(event.details, FeedEnded)
        assert event.details.millilitres is NoNumber.NOT_KNOWN


@virtually
async def test_a_weight_that_is_none_says_so() -> None:
    """Mutant: a failed weighing is 65.535 kg, or nothing at all."""
    async with visit(made(ScaleModel(child(), interval=60.0, timestamp=False))) as guest:
        fine = await guest.subscribe(VendorCharacteristic.FINE_WEIGHT_MEASUREMENT)
        coarse = await guest.subscribe(Uuids.WEIGHT_MEASUREMENT)
        for forced in (NoNumber.MEASUREMENT_UNSUCCESSFUL, 21.0):
            guest.device.force_weight(forced)
            await pass_time(60 if coarse else 70)
            last = FineWeightMeasurement.parse(fine[-1])
            assert last.weight is NoNumber.MEASUREMENT_UNSUCCESSFUL
            assert (last.settled, last.timestamp) == (False, None)
            whole = WeightMeasurement.parse(coarse[-1])
            assert whole.weight is NoNumber.MEASUREMENT_UNSUCCESSFUL
        assert len(coarse) == 2


@virtually
async def test_the_button_takes_the_towel_away() -> None:
    """Mutant: the button is only an event. The control is the weight before."""
    async with visit(made(ScaleModel(child(), interval=60.0, towel=0.25))) as guest:
        fine = await guest.subscribe(VendorCharacteristic.FINE_WEIGHT_MEASUREMENT)
        events = await guest.events()
        guest.device.force_weight(4.0)
        await pass_time(70)
        with_towel = FineWeightMeasurement.parse(fine[-1])
        assert (with_towel.weight, with_towel.net) == (Decimal("4.250"), False)
        guest.device.press_button(2)
        guest.device.press_button(1, ButtonPress.LONG_PRESS)
        assert not guest.device.model.net
        guest.device.press_button()
        await pass_time(60)
        without = FineWeightMeasurement.parse(fine[-1])
        assert (without.weight, without.net) == (Decimal("4.000"), True)
        assert [event.kind for event in events()] == [EventKind.BUTTON_PRESSED] * 3


@virtually
async def test_with_pairing_required_no_value_is_told_before_it() -> None:
    """Mutant: one value is left unprotected. The control reads all of them after pairing."""
    told: tuple[str, ...] = (
        Uuids.WEIGHT_SCALE_FEATURE,
        Uuids.BATTERY_LEVEL,
        Uuids.SERIAL_NUMBER_STRING,
    )
    sent: tuple[str, ...] = (Uuids.WEIGHT_MEASUREMENT, VendorCharacteristic.FINE_WEIGHT_MEASUREMENT)
    async with visit(made(ScaleModel(child())), pairing=Pairing.REQUIRED) as guest:
        for uuid in told:
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.read(uuid)
        for uuid in sent:
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.subscribe(uuid)
        await guest.central.device.pair(guest.connection)
        for uuid in sent:
            await guest.subscribe(uuid)
        for uuid in told:
            assert await guest.read(uuid)
        assert BatteryLevel.parse(await guest.read(Uuids.BATTERY_LEVEL)).percent == 100
        assert (await guest.descriptions()).descriptions == ()
        assert await guest.states() == {}
