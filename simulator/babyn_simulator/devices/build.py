"""From the settings of a scenario to a simulated device."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_protocol.gatt.health_thermometer import TemperatureType
from babyn_protocol.uuids import Service, VendorService
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.devices.beacon import Beacon
from babyn_simulator.devices.models.battery import Battery
from babyn_simulator.devices.models.bottle_warmer import BottleWarmerModel
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.night_light import NightLightModel
from babyn_simulator.devices.models.oximeter import OximeterModel
from babyn_simulator.devices.models.room_sensor import RoomSensorModel
from babyn_simulator.devices.models.scale import ScaleModel
from babyn_simulator.devices.models.thermometer import ThermometerModel
from babyn_simulator.devices.open_profile.bottle_warmer import BottleWarmer
from babyn_simulator.devices.open_profile.night_light import NightLight
from babyn_simulator.devices.open_profile.oximeter import Oximeter
from babyn_simulator.devices.open_profile.room_sensor import RoomSensor
from babyn_simulator.devices.open_profile.scale import Scale
from babyn_simulator.devices.open_profile.thermometer import Thermometer
from babyn_simulator.devices.settings import AnyDevice
from babyn_simulator.devices.settings.appliances import BottleWarmerSettings, NightLightSettings
from babyn_simulator.devices.settings.beacon import BeaconSettings
from babyn_simulator.devices.settings.device import NurserySettings
from babyn_simulator.devices.settings.oximeter import OximeterSettings
from babyn_simulator.devices.settings.room_sensor import RoomSensorSettings
from babyn_simulator.devices.settings.scale import ScaleSettings
from babyn_simulator.devices.settings.thermometer import FeverSettings, ThermometerSettings
from babyn_simulator.devices.signals.climate import DoorOpening, RoomClimate
from babyn_simulator.devices.signals.oximetry import Desaturation, Oximetry, ProbeOffTime
from babyn_simulator.devices.signals.skin_temperature import Fever, SkinTemperature
from babyn_simulator.devices.signals.water import Water
from babyn_simulator.devices.signals.weighing import BodyWeight, Feeding
from babyn_simulator.security import Pairing

if TYPE_CHECKING:
    from bumble.keys import KeyStore

    from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.peripheral import Peripheral
    from babyn_simulator.radio import Air


def build(air: Air, settings: AnyDevice, *, entropy: Entropy, keystore: KeyStore) -> Peripheral:
    """Return the device that a scenario describes, powered off.

    Args:
        air: the medium.
        settings: one ``[[device]]``.
        entropy: where all its random numbers come from.
        keystore: where it keeps its bonds.
    """
    if isinstance(settings, BeaconSettings):
        return Beacon(
            air,
            name=settings.local_name,
            connectable=settings.connectable,
            interval=settings.advertising_interval,
            address=settings.address,
            entropy=entropy,
            position=settings.place,
        )
    identity = Identity(
        serial=settings.serial or _serial(entropy),
        manufacturer=settings.manufacturer,
        model=settings.model,
        firmware=settings.firmware,
    )
    options: DeviceOptions = {
        "name": settings.local_name,
        "pairing": Pairing(settings.pairing),
        "address": settings.address,
        "keystore": keystore,
        "entropy": entropy,
        "position": settings.place,
        "advertisement": Advertisement(
            service_uuids=(_ADVERTISED[type(settings)],), interval=settings.advertising_interval
        ),
    }
    match settings:
        case ThermometerSettings():
            return Thermometer(
                air,
                _thermometer(settings, entropy),
                identity,
                intermediate=settings.intermediate,
                **options,
            )
        case OximeterSettings():
            return Oximeter(air, _oximeter(settings, entropy), identity, **options)
        case ScaleSettings():
            return Scale(air, _scale(settings, entropy), identity, **options)
        case RoomSensorSettings():
            return RoomSensor(air, _room_sensor(settings, entropy), identity, **options)
        case NightLightSettings():
            return NightLight(air, _night_light(settings), identity, **options)
        case BottleWarmerSettings():
            return BottleWarmer(air, _bottle_warmer(settings, entropy), identity, **options)


_ADVERTISED: dict[type[NurserySettings], str] = {
    ThermometerSettings: Service.HEALTH_THERMOMETER,
    OximeterSettings: Service.PULSE_OXIMETER,
    ScaleSettings: Service.WEIGHT_SCALE,
    RoomSensorSettings: Service.ENVIRONMENTAL_SENSING,
    NightLightSettings: VendorService.CONTROLS,
    BottleWarmerSettings: VendorService.CONTROLS,
}


def _thermometer(settings: ThermometerSettings, entropy: Entropy) -> ThermometerModel:
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


def _oximeter(settings: OximeterSettings, entropy: Entropy) -> OximeterModel:
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
    )


def _scale(settings: ScaleSettings, entropy: Entropy) -> ScaleModel:
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
        towel=settings.towel,
    )


def _room_sensor(settings: RoomSensorSettings, entropy: Entropy) -> RoomSensorModel:
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


def _night_light(settings: NightLightSettings) -> NightLightModel:
    return NightLightModel(
        light_for=timedelta(minutes=settings.light_minutes),
        sound_for=timedelta(minutes=settings.sound_minutes),
        loudest=settings.loudest,
    )


def _bottle_warmer(settings: BottleWarmerSettings, entropy: Entropy) -> BottleWarmerModel:
    return BottleWarmerModel(
        Water(entropy.child("signal"), room=settings.room),
        warm_for=timedelta(minutes=settings.warm_minutes),
        heat_limit=settings.heat_limit,
    )


def _serial(entropy: Entropy) -> str:
    return f"SIM-{entropy.child('serial').token_bytes(4).hex().upper()}"
