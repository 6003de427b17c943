"""From the settings of a scenario to the model of a device."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_protocol.gatt.health_thermometer import TemperatureType
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.bottle_warmer import BottleWarmerModel
from babyn_simulator.devices.models.device_clock import DeviceClock
from babyn_simulator.devices.models.measurement_log import MeasurementLog
from babyn_simulator.devices.models.night_light import NightLightModel
from babyn_simulator.devices.models.oximeter import OximeterModel
from babyn_simulator.devices.models.room_sensor import RoomSensorModel
from babyn_simulator.devices.models.scale import ScaleModel
from babyn_simulator.devices.models.thermometer import ThermometerModel
from babyn_simulator.devices.settings.appliances import BottleWarmerSettings, NightLightSettings
from babyn_simulator.devices.settings.measuring import MeasuringSettings
from babyn_simulator.devices.settings.oximeter import OximeterSettings
from babyn_simulator.devices.settings.room_sensor import RoomSensorSettings
from babyn_simulator.devices.settings.scale import ScaleSettings
from babyn_simulator.devices.settings.thermometer import FeverSettings, ThermometerSettings
from babyn_simulator.devices.signals.climate import DoorOpening, RoomClimate
from babyn_simulator.devices.signals.oximetry import Desaturation, Oximetry, ProbeOffTime
from babyn_simulator.devices.signals.skin_temperature import Fever, SkinTemperature
from babyn_simulator.devices.signals.water import Water
from babyn_simulator.devices.signals.weighing import BodyWeight, Feeding

if TYPE_CHECKING:
    from babyn_simulator.entropy import Entropy


def thermometer_model(settings: ThermometerSettings, entropy: Entropy) -> ThermometerModel:
    """Return the model of a thermometer."""
    return ThermometerModel(
        temperature=SkinTemperature(
            entropy.child("signal"),
            baseline=settings.baseline,
            room=settings.room,
            warm_up=timedelta(seconds=settings.warm_up),
            fever=None if settings.fever is None else _fever(settings.fever),
        ),
        battery=Battery(settings.battery, timedelta(days=settings.battery_days)),
        interval=settings.interval,
        site=TemperatureType[settings.site.upper()],
        timestamp=settings.timestamp,
        clock=_clock(settings),
        log=MeasurementLog(settings.log_capacity),
        site_in_measurement=settings.site_in == "measurement",
    )


def _fever(settings: FeverSettings) -> Fever:
    return Fever(
        onset=timedelta(minutes=settings.onset_minutes),
        peak=settings.peak,
        rise=timedelta(minutes=settings.rise_minutes),
        plateau=timedelta(minutes=settings.plateau_minutes),
        fall=timedelta(minutes=settings.fall_minutes),
    )


def oximeter_model(settings: OximeterSettings, entropy: Entropy) -> OximeterModel:
    """Return the model of an oximeter."""
    episode, off = settings.desaturation, settings.probe_off
    spot = settings.spot_check_minutes
    still = settings.motion_every_minutes == 0
    return OximeterModel(
        Oximetry(
            entropy.child("signal"),
            saturation=settings.saturation,
            pulse=settings.pulse,
            settling=timedelta(seconds=settings.settling),
            motion_every=None if still else timedelta(minutes=settings.motion_every_minutes),
            desaturation=None
            if episode is None
            else Desaturation(
                onset=timedelta(minutes=episode.onset_minutes),
                nadir=episode.nadir,
                fall=timedelta(seconds=episode.fall_seconds),
                plateau=timedelta(seconds=episode.plateau_seconds),
                recovery=timedelta(seconds=episode.recovery_seconds),
            ),
            off=None
            if off is None
            else ProbeOffTime(
                timedelta(minutes=off.onset_minutes), timedelta(minutes=off.lasts_minutes)
            ),
        ),
        battery=Battery(settings.battery, timedelta(days=settings.battery_days)),
        interval=settings.interval,
        spot_check_interval=None if spot is None else spot * 60,
        clock=_clock(settings),
        log=MeasurementLog(settings.log_capacity),
    )


def scale_model(settings: ScaleSettings, entropy: Entropy) -> ScaleModel:
    """Return the model of a scale."""
    feeding = settings.feeding
    return ScaleModel(
        BodyWeight(
            entropy.child("signal"),
            weight=settings.weight,
            feeding=None
            if feeding is None
            else Feeding(
                onset=timedelta(minutes=feeding.onset_minutes),
                every=timedelta(minutes=feeding.every_minutes),
                lasts=timedelta(minutes=feeding.lasts_minutes),
                intake=feeding.intake_grams / 1000,
            ),
        ),
        battery=Battery(settings.battery, timedelta(days=settings.battery_days)),
        interval=settings.interval,
        timestamp=settings.timestamp,
        clock=_clock(settings),
        log=MeasurementLog(settings.log_capacity),
        towel=settings.towel,
    )


def room_sensor_model(settings: RoomSensorSettings, entropy: Entropy) -> RoomSensorModel:
    """Return the model of a room sensor."""
    door = settings.door
    again = None if door is None else door.every_minutes
    return RoomSensorModel(
        RoomClimate(
            entropy.child("signal"),
            temperature=settings.temperature,
            humidity=settings.humidity,
            door=None
            if door is None
            else DoorOpening(
                onset=timedelta(minutes=door.onset_minutes),
                lasts=timedelta(minutes=door.lasts_minutes),
                every=None if again is None else timedelta(minutes=again),
            ),
        ),
        battery=Battery(settings.battery, timedelta(days=settings.battery_days)),
        interval=settings.interval,
    )


def night_light_model(settings: NightLightSettings) -> NightLightModel:
    """Return the model of a night light."""
    return NightLightModel(
        light_for=timedelta(minutes=settings.light_minutes),
        sound_for=timedelta(minutes=settings.sound_minutes),
        loudest=settings.loudest,
    )


def bottle_warmer_model(settings: BottleWarmerSettings, entropy: Entropy) -> BottleWarmerModel:
    """Return the model of a bottle warmer."""
    return BottleWarmerModel(
        Water(entropy.child("signal"), room=settings.room),
        warm_for=timedelta(minutes=settings.warm_minutes),
        heat_limit=settings.heat_limit,
    )


def _clock(settings: MeasuringSettings) -> DeviceClock:
    return DeviceClock(
        is_set=settings.clock == "right",
        offset=timedelta(seconds=settings.clock_offset),
        drift_ppm=settings.clock_drift_ppm,
        backed=settings.clock_backed,
    )
