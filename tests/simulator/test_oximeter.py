"""The simulated oximeter sock: its signals, and its face to a central that was let in."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bumble import att

from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.controls import PropertyName
from babyn_protocol.gatt.device_events import Alarm, AlarmState, EventKind, ProbeOff
from babyn_protocol.gatt.property_values import PropertyKind
from babyn_protocol.gatt.pulse_oximeter import (
    DeviceAndSensorStatus,
    MeasurementStatus,
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import VendorCharacteristic
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.oximeter import OximeterModel
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.open_profile.oximeter import Oximeter
from babyn_simulator.devices.signals.oximetry import (
    Desaturation,
    Oximetry,
    ProbeOffTime,
    Sample,
    Signal,
)
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from babyn_simulator.security import Pairing
from tests.simulator.device_bench import set_property, visit
from tests.simulator.virtual_bench import pass_time, virtually


def signal(seed: int = 1, **options: Any) -> Oximetry:
    return Oximetry(Entropy(seed, "signal"), **options)


def samples(source: Oximetry, seconds: int = 3600) -> list[Sample]:
    return [source.measure(timedelta(seconds=second)) for second in range(seconds)]


def sock(source: Oximetry | None = None, **options: Any) -> OximeterModel:
    return OximeterModel(source or signal(settling=timedelta(), motion_every=None), **options)


def made(model: OximeterModel) -> Any:
    def make(air: Air, options: DeviceOptions) -> Oximeter:
        return Oximeter(air, model, Identity("SN-1"), **options)

    return make


# Signals


def test_an_hour_without_movement_is_plausible() -> None:
    quiet = samples(signal(motion_every=None))
    assert [sample.signal for sample in quiet[:10]] == [Signal.STARTING] * 10
    assert {sample.signal for sample in quiet[10:]} == {Signal.GOOD}
    spo2 = [sample.spo2 for sample in quiet if sample.spo2 is not None]
    pulse = [sample.pulse_rate for sample in quiet if sample.pulse_rate is not None]
    assert 94 < min(spo2) < max(spo2) <= 100
    assert 100 < min(pulse) < max(pulse) < 150
    assert max(pulse) - min(pulse) > 10


def test_the_same_seed_gives_the_same_night_and_another_another() -> None:
    assert samples(signal(1), 600) == samples(signal(1), 600)
    assert samples(signal(1), 600) != samples(signal(2), 600)


def test_movements_come_and_go_and_disturb() -> None:
    """Mutant: a movement never ends, or its values are as good as others."""
    night = samples(signal())
    moving = [sample for sample in night if sample.signal is Signal.MOTION]
    assert 30 < len(moving) < 600
    begins = sum(
        a.signal is not Signal.MOTION and b.signal is Signal.MOTION
        for a, b in itertools.pairwise(night)
    )
    assert 5 < begins < 40
    low = [sample.spo2 for sample in moving if sample.spo2 is not None]
    assert sum(low) / len(low) < 95


def test_a_desaturation_falls_stays_and_recovers() -> None:
    """Mutant: one of its parts is skipped."""
    episode = Desaturation(onset=timedelta(seconds=100), nadir=82.0)
    source = signal(motion_every=None, desaturation=episode)
    body = [source.body(timedelta(seconds=second))[0] for second in (0, 100, 110, 125, 170, 300)]
    assert body == pytest.approx([97.5, 97.5, 89.75, 82.0, 97.5, 97.5])
    slow = source.body(timedelta(seconds=125))[1]
    assert slow == pytest.approx(source.body(timedelta(seconds=0))[1] - 25.0, abs=2)


def test_a_sock_that_was_off_starts_again() -> None:
    off = ProbeOffTime(timedelta(seconds=30), timedelta(seconds=20))
    night = samples(signal(motion_every=None, off=off), 70)
    shown = [sample.signal for sample in night]
    assert shown[9:11] == [Signal.STARTING, Signal.GOOD]
    assert shown[29:31] == [Signal.GOOD, Signal.PROBE_OFF]
    assert shown[49:51] == [Signal.PROBE_OFF, Signal.STARTING]
    assert shown[60] is Signal.GOOD
    assert {night[40].spo2, night[40].pulse_rate, night[40].amplitude} == {None}


# On the air


@virtually
async def test_measurements_are_notified_once_a_second() -> None:
    async with visit(made(sock())) as guest:
        received = await guest.subscribe(Uuids.PLX_CONTINUOUS_MEASUREMENT)
        await pass_time(60)
        assert len(received) == 60
        messages = [PlxContinuousMeasurement.parse(data) for data in received]
        assert max(map(len, received)) <= 20
        for message in messages:
            assert isinstance(message.spo2, Decimal)
            assert isinstance(message.pulse_rate, Decimal)
            assert 94 <= message.spo2 <= 100
            assert message.measurement_status is MeasurementStatus.VALIDATED_DATA
            assert message.device_and_sensor_status == DeviceAndSensorStatus(0)
        assert len({message.pulse_rate for message in messages}) > 1


@virtually
async def test_the_status_says_why_a_value_is_not_plain() -> None:
    """Mutant: a disturbed value comes without its status bits."""
    moving = sock(signal(motion_every=timedelta(seconds=5), settling=timedelta(seconds=5)))
    async with visit(made(moving)) as guest:
        received = await guest.subscribe(Uuids.PLX_CONTINUOUS_MEASUREMENT)
        await pass_time(120)
        messages = [PlxContinuousMeasurement.parse(data) for data in received]
        first = messages[0]
        assert (first.spo2, first.pulse_rate) == (SpecialValue.NAN, SpecialValue.NAN)
        assert first.measurement_status is not None
        assert MeasurementStatus.EARLY_ESTIMATED_DATA in first.measurement_status
        disturbed = [
            message
            for message in messages
            if message.device_and_sensor_status is not None
            and DeviceAndSensorStatus.ERRATIC_SIGNAL_DETECTED in message.device_and_sensor_status
        ]
        assert 0 < len(disturbed) < len(messages)
        for message in disturbed:
            assert isinstance(message.spo2, Decimal)
            assert message.measurement_status is (
                MeasurementStatus.QUESTIONABLE_MEASUREMENT_DETECTED
            )
        features = PlxFeatures.parse(await guest.read(Uuids.PLX_FEATURES))
        for message in messages:
            assert features.measurement_status_support is not None
            assert features.device_and_sensor_status_support is not None
            assert message.measurement_status is not None
            assert message.measurement_status in features.measurement_status_support
            assert message.device_and_sensor_status is not None
            assert message.device_and_sensor_status in features.device_and_sensor_status_support


@virtually
async def test_a_sock_that_comes_off_is_an_event_and_no_value() -> None:
    """Mutant: the event comes with every sample, or old values go on. The control is put on."""
    async with visit(made(sock())) as guest:
        received = await guest.subscribe(Uuids.PLX_CONTINUOUS_MEASUREMENT)
        events = await guest.events()
        await pass_time(2.5)
        assert events() == []
        guest.device.take_off()
        await pass_time(3)
        (event,) = events()
        assert (event.kind, event.details) == (EventKind.PROBE_OFF, ProbeOff(about=0x2A5F))
        last = PlxContinuousMeasurement.parse(received[-1])
        assert (last.spo2, last.pulse_rate) == (SpecialValue.NAN, SpecialValue.NAN)
        assert last.measurement_status is MeasurementStatus.MEASUREMENT_UNAVAILABLE
        assert last.device_and_sensor_status is DeviceAndSensorStatus.SENSOR_UNCONNECTED_TO_USER
        guest.device.put_on()
        await pass_time(1.1)  # a sample, and the time that it takes on the air
        assert isinstance(PlxContinuousMeasurement.parse(received[-1]).spo2, Decimal)
        guest.device.take_off()
        await pass_time(1.1)
        assert [event.sequence for event in events()] == [0, 1]


@virtually
async def test_a_desaturation_raises_an_alarm_at_the_limit_that_was_set() -> None:
    """Mutant: the alarm ignores the property, or one value raises it."""
    async with visit(made(sock())) as guest:
        events, answers = await guest.events(), await guest.answers()
        guest.device.force(88, 130)
        await pass_time(4.5)
        assert events() == []
        await pass_time(2)
        (raised,) = events()
        assert isinstance(raised.details, Alarm)
        assert raised.details.state is AlarmState.RAISED
        numbers = {d.name: d.property_id for d in (await guest.descriptions()).descriptions}
        below = numbers[PropertyName.SATURATION_ALARM_BELOW]
        await guest.send(set_property(below, PropertyKind.LEVEL, 85))
        assert answers()[0].done
        await pass_time(6)
        cleared = events()[-1].details
        assert isinstance(cleared, Alarm)
        assert cleared.state is AlarmState.CLEARED
        assert len(events()) == 2


@virtually
async def test_spot_checks_have_a_time_and_are_there_only_if_wanted() -> None:
    async with visit(made(sock(spot_check_interval=30.0))) as guest:
        received = await guest.subscribe(Uuids.PLX_SPOT_CHECK_MEASUREMENT)
        await pass_time(61)
        assert len(received) == 2
        measured = PlxSpotCheckMeasurement.parse(received[0])
        assert measured.timestamp is not None
        at = measured.timestamp.naive()
        assert at == datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC).replace(tzinfo=None)
        assert not measured.clock_not_set
        assert PlxFeatures.parse(await guest.read(Uuids.PLX_FEATURES)).has_timestamps
    async with visit(made(sock())) as guest:
        with pytest.raises(IndexError):
            await guest.subscribe(Uuids.PLX_SPOT_CHECK_MEASUREMENT)


@virtually
async def test_values_can_be_forced_and_set_free() -> None:
    async with visit(made(sock())) as guest:
        received = await guest.subscribe(Uuids.PLX_CONTINUOUS_MEASUREMENT)
        guest.device.force(91.4, 180)
        await pass_time(1.5)
        forced = PlxContinuousMeasurement.parse(received[-1])
        assert (forced.spo2, forced.pulse_rate) == (Decimal(91), Decimal(180))
        guest.device.unforce()
        guest.device.set_battery(4)
        await pass_time(1)
        assert PlxContinuousMeasurement.parse(received[-1]).pulse_rate != 180
        assert BatteryLevel.parse(await guest.read(Uuids.BATTERY_LEVEL)).percent == 4


@virtually
async def test_with_pairing_required_no_value_is_told_before_it() -> None:
    """Mutant: one value is left unprotected. The control reads all of them after pairing."""
    told: tuple[str, ...] = (Uuids.PLX_FEATURES, Uuids.BATTERY_LEVEL, Uuids.SERIAL_NUMBER_STRING)
    sent: tuple[str, ...] = (Uuids.PLX_CONTINUOUS_MEASUREMENT, VendorCharacteristic.DEVICE_EVENT)
    async with visit(made(sock()), pairing=Pairing.REQUIRED) as guest:
        for uuid in told:
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.read(uuid)
        for uuid in sent:
            with pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION"):
                await guest.subscribe(uuid)
        await guest.central.device.pair(guest.connection)
        for uuid in told:
            assert await guest.read(uuid)
        received = await guest.subscribe(Uuids.PLX_CONTINUOUS_MEASUREMENT)
        await pass_time(1.5)
        assert received
        assert await guest.read(Uuids.APPEARANCE) == b"\x40\x0c"
        assert await guest.read(Uuids.DEVICE_NAME) == b"Oximeter"
