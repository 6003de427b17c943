"""From the settings of a scenario to a simulated device."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_protocol.gatt.health_thermometer import TemperatureType
from babyn_protocol.uuids import Service
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.devices.beacon import Beacon
from babyn_simulator.devices.signals import Battery, Fever, SkinTemperature
from babyn_simulator.devices.thermometer import Identity, Thermometer, ThermometerModel
from babyn_simulator.scenario import AnyDevice, BeaconSettings, FeverSettings, ThermometerSettings
from babyn_simulator.security import Pairing

if TYPE_CHECKING:
    from bumble.keys import KeyStore

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
    return Thermometer(
        air,
        _model(settings, entropy),
        Identity(
            serial=settings.serial or _serial(entropy),
            manufacturer=settings.manufacturer,
            model=settings.model,
            firmware=settings.firmware,
        ),
        name=settings.local_name,
        intermediate=settings.intermediate,
        advertisement=Advertisement(
            service_uuids=(Service.HEALTH_THERMOMETER,), interval=settings.advertising_interval
        ),
        pairing=Pairing(settings.pairing),
        address=settings.address,
        keystore=keystore,
        entropy=entropy,
        position=settings.place,
    )


def _model(settings: ThermometerSettings, entropy: Entropy) -> ThermometerModel:
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


def _serial(entropy: Entropy) -> str:
    return f"SIM-{entropy.child('serial').token_bytes(4).hex().upper()}"
