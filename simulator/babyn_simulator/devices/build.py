"""From the settings of a scenario to a simulated device."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_protocol.gatt.device_events import ButtonPress
from babyn_protocol.uuids import Service, VendorService
from babyn_simulator.advertisement import Advertisement
from babyn_simulator.announcing import AddressType
from babyn_simulator.devices.beacon import Beacon
from babyn_simulator.devices.build_model import (
    bottle_warmer_model,
    night_light_model,
    oximeter_model,
    room_sensor_model,
    scale_model,
    thermometer_model,
)
from babyn_simulator.devices.custom import CustomDevice
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.open_profile.bottle_warmer import BottleWarmer
from babyn_simulator.devices.open_profile.broadcasting import Broadcasting
from babyn_simulator.devices.open_profile.controlled_device import ControlledDevice, Press
from babyn_simulator.devices.open_profile.night_light import NightLight
from babyn_simulator.devices.open_profile.oximeter import Oximeter
from babyn_simulator.devices.open_profile.room_sensor import RoomSensor
from babyn_simulator.devices.open_profile.scale import Scale
from babyn_simulator.devices.open_profile.thermometer import Thermometer
from babyn_simulator.devices.settings import AnyDevice, AnyNurseryDevice
from babyn_simulator.devices.settings.appliances import BottleWarmerSettings, NightLightSettings
from babyn_simulator.devices.settings.beacon import BeaconSettings
from babyn_simulator.devices.settings.custom import CustomSettings
from babyn_simulator.devices.settings.device import DeviceSettings, NurserySettings
from babyn_simulator.devices.settings.oximeter import OximeterSettings
from babyn_simulator.devices.settings.pressed import PressedSettings
from babyn_simulator.devices.settings.room_sensor import RoomSensorSettings
from babyn_simulator.devices.settings.scale import ScaleSettings
from babyn_simulator.devices.settings.thermometer import ThermometerSettings
from babyn_simulator.security import Pairing

if TYPE_CHECKING:
    from bumble.keys import KeyStore

    from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions, NurseryDevice
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
            address_type=_address_type(settings),
            rotation=timedelta(minutes=settings.rotation_minutes),
            entropy=entropy,
            position=settings.place,
        )
    if isinstance(settings, CustomSettings):
        return CustomDevice(
            air,
            settings,
            address_type=_address_type(settings),
            entropy=entropy,
            keystore=keystore,
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
        "address_type": _address_type(settings),
        "rotation": timedelta(minutes=settings.rotation_minutes),
        "keystore": keystore,
        "entropy": entropy,
        "position": settings.place,
        "advertisement": Advertisement(
            service_uuids=(_ADVERTISED[type(settings)],), interval=settings.advertising_interval
        ),
    }
    device = _in_open_profile(air, settings, identity, options, entropy)
    if isinstance(settings, ThermometerSettings | RoomSensorSettings) and settings.broadcast:
        key = settings.broadcast.key
        device.broadcasting = Broadcasting(None if key is None else bytes.fromhex(key))
    if isinstance(settings, PressedSettings) and isinstance(device, ControlledDevice):
        device.presses = [
            Press(timedelta(minutes=press.at_minutes), press.button, ButtonPress[press.how.upper()])
            for press in settings.press
        ]
    return device


def _in_open_profile(
    air: Air,
    settings: AnyNurseryDevice,
    identity: Identity,
    options: DeviceOptions,
    entropy: Entropy,
) -> NurseryDevice:
    match settings:
        case ThermometerSettings():
            return Thermometer(
                air,
                thermometer_model(settings, entropy),
                identity,
                intermediate=settings.intermediate,
                **options,
            )
        case OximeterSettings():
            return Oximeter(air, oximeter_model(settings, entropy), identity, **options)
        case ScaleSettings():
            return Scale(air, scale_model(settings, entropy), identity, **options)
        case RoomSensorSettings():
            return RoomSensor(air, room_sensor_model(settings, entropy), identity, **options)
        case NightLightSettings():
            return NightLight(air, night_light_model(settings), identity, **options)
        case BottleWarmerSettings():
            return BottleWarmer(air, bottle_warmer_model(settings, entropy), identity, **options)


_ADVERTISED: dict[type[NurserySettings], str] = {
    ThermometerSettings: Service.HEALTH_THERMOMETER,
    OximeterSettings: Service.PULSE_OXIMETER,
    ScaleSettings: Service.WEIGHT_SCALE,
    RoomSensorSettings: Service.ENVIRONMENTAL_SENSING,
    NightLightSettings: VendorService.CONTROLS,
    BottleWarmerSettings: VendorService.CONTROLS,
}


def _serial(entropy: Entropy) -> str:
    return f"SIM-{entropy.child('serial').token_bytes(4).hex().upper()}"


def _address_type(settings: DeviceSettings) -> AddressType | None:
    kind = None if settings.address_type is None else AddressType(settings.address_type)
    if kind is AddressType.PRIVATE and isinstance(settings, BeaconSettings):
        return AddressType.NON_RESOLVABLE  # nobody bonds with it, so nobody could resolve it
    return kind
