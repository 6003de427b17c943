"""What the devices of a nursery have in common: a clock to set, a log, a battery, owners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bumble import att

from babyn_protocol.gatt.current_time import AdjustReason, CurrentTime
from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement
from babyn_protocol.gatt.weight_scale import WeightMeasurement
from babyn_protocol.numbers import DateTime
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_simulator.clock import utc_now
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.device_clock import DeviceClock
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.measurement_log import MeasurementLog
from babyn_simulator.devices.models.night_light import NightLightModel
from babyn_simulator.devices.models.scale import ScaleModel
from babyn_simulator.devices.models.thermometer import ThermometerModel
from babyn_simulator.devices.open_profile.night_light import NightLight
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.open_profile.scale import Scale
from babyn_simulator.devices.open_profile.thermometer import Thermometer
from babyn_simulator.devices.signals.skin_temperature import SkinTemperature
from babyn_simulator.devices.signals.weighing import BodyWeight
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from babyn_simulator.security import Pairing
from tests.simulator.device_bench import Guest, visit
from tests.simulator.virtual_bench import pass_time, settle, turn, virtually

MEASUREMENT = Uuids.TEMPERATURE_MEASUREMENT
NOON = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - a device's clock has no zone


def patch(**options: Any) -> Callable[[Air, DeviceOptions], Thermometer]:
    options.setdefault("interval", 60.0)

    def make(air: Air, settings: DeviceOptions) -> Thermometer:
        model = ThermometerModel(SkinTemperature(Entropy(1, "signal")), **options)
        return Thermometer(air, model, Identity("SN-1"), **settings)

    return make


def scale(**options: Any) -> Callable[[Air, DeviceOptions], Scale]:
    def make(air: Air, settings: DeviceOptions) -> Scale:
        model = ScaleModel(BodyWeight(Entropy(1, "signal")), interval=600.0, **options)
        return Scale(air, model, Identity("SN-1"), **settings)

    return make


def lamp_on_mains(air: Air, settings: DeviceOptions) -> NightLight:
    return NightLight(air, NightLightModel(), Identity("SN-1"), **settings)


async def return_to(guest: Guest[Thermometer]) -> Guest[Thermometer]:
    """Connect again, with the same central."""
    connection = await guest.central.connect(guest.device)
    return Guest(guest.device, guest.central, connection)


def minutes(received: list[bytes]) -> list[int]:
    stamps = [TemperatureMeasurement.parse(data).timestamp for data in received]
    return [stamp.minute for stamp in stamps if stamp is not None]


# Its log


@virtually
async def test_what_is_stored_is_indicated_oldest_first_to_whoever_subscribes() -> None:
    """Mutants: the newest first; a measurement is told again once it was confirmed."""
    async with visit(patch(log=MeasurementLog(5))) as guest:
        await pass_time(7 * 60 + 1)
        assert guest.device.model.log.dropped == 2
        received = await guest.subscribe(MEASUREMENT)
        await pass_time(2)
        assert minutes(received) == [3, 4, 5, 6, 7]
        await pass_time(120)
        assert minutes(received) == [3, 4, 5, 6, 7, 8, 9]
        assert len(guest.device.model.log) == 0


@virtually
async def test_what_was_not_confirmed_is_told_again() -> None:
    """Mutant: a measurement is forgotten when it is sent."""
    async with visit(patch(log=MeasurementLog(5))) as guest:
        await pass_time(2 * 60 + 1)
        guest.device.controller.air.acl_filter = lambda _sender, _receiver, frame: (
            None if frame[4] == att.Opcode.ATT_HANDLE_VALUE_CONFIRMATION else frame
        )
        received = await guest.subscribe(MEASUREMENT)
        await pass_time(1)
        assert minutes(received) == [1]
        await guest.connection.disconnect()
        guest.device.controller.air.acl_filter = None
        again = await return_to(guest)
        received = await again.subscribe(MEASUREMENT)
        await pass_time(1)
        assert minutes(received) == [1, 2]
        await again.connection.disconnect()
        await turn(3)


@virtually
async def test_the_log_is_in_flash() -> None:
    """Mutant: a reset erases it. The control is a factory reset, which does."""
    async with visit(patch(log=MeasurementLog(5))) as guest:
        await pass_time(3 * 60 + 1)
        await guest.device.reset()
        assert len(guest.device.model.log) == 3
        await guest.device.factory_reset()
        assert len(guest.device.model.log) == 0


@virtually
async def test_without_a_log_nothing_is_kept() -> None:
    """The control of those above."""
    async with visit(patch()) as guest:
        await pass_time(181)
        received = await guest.subscribe(MEASUREMENT)
        await pass_time(60)
        assert minutes(received) == [4]


@virtually
async def test_a_log_is_filled_at_once() -> None:
    """Mutant: it stops short of the capacity, or goes on beyond it."""
    async with visit(scale(log=MeasurementLog(7))) as guest:
        assert guest.device.fill_log() == 7
        assert guest.device.fill_log() == 0
        assert guest.device.model.log.dropped == 0
        received = await guest.subscribe(Uuids.WEIGHT_MEASUREMENT)
        await pass_time(3)
        assert len(received) == 7
    async with visit(
        lambda air, options: NightLight(air, NightLightModel(), Identity("S"), **options)
    ) as lamp:
        assert lamp.device.fill_log() == 0
        with pytest.raises(RuntimeError, match="keeps no measurements"):
            lamp.device.store()
        with pytest.raises(RuntimeError, match="no clock"):
            lamp.device.jump_clock(timedelta(hours=1))


@virtually
async def test_a_stored_weight_has_the_time_at_which_it_was_taken() -> None:
    """Mutant: it is stamped when it is sent."""
    async with visit(scale(log=MeasurementLog(7))) as guest:
        guest.device.force_weight(4.2)
        await pass_time(25 * 60)
        received = await guest.subscribe(Uuids.WEIGHT_MEASUREMENT)
        await pass_time(1)
        messages = [WeightMeasurement.parse(data) for data in received]
        assert [m.weight for m in messages] == [Decimal("4.200")] * 2
        assert [m.timestamp.minute for m in messages if m.timestamp] == [10, 20]


# Its clock


@virtually
async def test_its_clock_is_read_and_set() -> None:
    """Mutants: the reason is lost; fractions are; the new time does not reach the stamps."""
    async with visit(patch(clock=DeviceClock(offset=timedelta(hours=-2)))) as guest:
        now = CurrentTime.parse(await guest.read(Uuids.CURRENT_TIME))
        assert now.local_time.naive() == (utc_now() - timedelta(hours=2)).replace(
            tzinfo=None, microsecond=0
        )
        assert now.day_of_week_is_right
        notified = await guest.subscribe(Uuids.CURRENT_TIME)
        reason = AdjustReason.EXTERNAL_REFERENCE_TIME_UPDATE
        written = CurrentTime.of(NOON + timedelta(seconds=0.5), adjust_reason=reason)
        await guest.write(Uuids.CURRENT_TIME, bytes(written))
        await settle()
        assert CurrentTime.parse(notified[0]) == written
        received = await guest.subscribe(MEASUREMENT)
        await pass_time(60)
        stamp = TemperatureMeasurement.parse(received[0]).timestamp
        assert stamp is not None
        at = stamp.naive()
        assert at is not None
        assert timedelta(0) < at - NOON < timedelta(seconds=61)


@virtually
async def test_what_is_no_time_is_refused() -> None:
    async with visit(patch()) as guest:
        before = await guest.read(Uuids.CURRENT_TIME)
        nowhen = DateTime(year=None, month=None, day=None, hour=1, minute=2, second=3)
        for value, error in (
            (bytes(CurrentTime(local_time=nowhen)), "0x80|128|DATA_FIELD|Application"),
            (b"\x00" * 9, "INVALID_ATTRIBUTE_LENGTH"),
            (b"\xff" * 10, "VALUE_NOT_ALLOWED|0x13"),
        ):
            with pytest.raises(att.ATT_Error, match=error):
                await guest.write(Uuids.CURRENT_TIME, value)
        assert (await guest.read(Uuids.CURRENT_TIME))[:6] == before[:6]


@virtually
async def test_a_clock_that_nobody_has_set_says_no_date() -> None:
    """Mutant: a stored measurement has no stamp, and is taken for a new one."""
    clock = DeviceClock(is_set=False)
    async with visit(patch(clock=clock, log=MeasurementLog(5))) as guest:
        now = CurrentTime.parse(await guest.read(Uuids.CURRENT_TIME))
        assert now.local_time.naive() is None
        await pass_time(125)
        received = await guest.subscribe(MEASUREMENT)
        await pass_time(60)
        stamps = [TemperatureMeasurement.parse(data).timestamp for data in received]
        assert [None if stamp is None else stamp.year for stamp in stamps] == [2000, 2000, None]


@virtually
async def test_a_clock_without_a_battery_of_its_own_is_lost_at_a_reset() -> None:
    """The control has one. Mutant: both are kept."""
    for backed in (True, False):
        async with visit(patch(clock=DeviceClock(backed=backed))) as guest:
            await guest.device.reset()
            assert guest.device.model.clock.is_set is backed
            await guest.device.factory_reset()
            assert not guest.device.model.clock.is_set


# Its battery


@virtually
async def test_with_an_empty_battery_it_goes_silent() -> None:
    """Mutants: it lives on at 0 %; its links end in good order; it starts again by itself."""
    battery = Battery(10.0, timedelta(hours=10))
    async with visit(patch(battery=battery)) as guest:
        reasons: list[int] = []
        guest.connection.on("disconnection", reasons.append)
        received = await guest.subscribe(MEASUREMENT)
        await pass_time(3600 + 30)
        assert len(received) == 59
        assert not guest.device.powered_on
        assert reasons == [0x08]
        assert not await guest.central.scan(5)
        await guest.device.power_on()
        assert not guest.device.powered_on
        guest.device.set_battery(50)
        await guest.device.power_on()
        assert await guest.central.scan(5)


@virtually
async def test_a_new_battery_comes_in_time() -> None:
    """Mutant: the end that was planned for the old one comes all the same."""
    async with visit(patch(battery=Battery(10.0, timedelta(hours=10)))) as guest:
        await pass_time(1800)
        guest.device.set_battery(100)
        await pass_time(3600)
        assert guest.device.powered_on


@virtually
async def test_one_that_never_had_a_charge_is_not_there() -> None:
    air = Air()
    device = patch(battery=Battery(0.0))(air, {"pairing": Pairing.NONE})
    async with device:
        assert not device.powered_on
        await asyncio.sleep(0)


# Its owners


@virtually
async def test_without_its_bonds_it_forgets_what_it_measured_for_them() -> None:
    """Mutants: the bond stays, or the log does."""
    make = patch(log=MeasurementLog(5))
    async with visit(make, pairing=Pairing.REQUIRED) as guest:
        await guest.central.device.pair(guest.connection)
        await pass_time(121)
        assert len(await guest.device.keystore.get_all()) == 1
        assert len(guest.device.model.log) == 2
        await guest.device.remove_bonds()
        await turn(3)
        assert not guest.device.connections
        assert not await guest.device.keystore.get_all()
        assert len(guest.device.model.log) == 0
