"""What the tests of the nursery's devices share: a central that has come to see one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Generic, TypeVar

from bumble import hci
from bumble.device import Connection

from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescriptions,
    PropertyState,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
)
from babyn_protocol.gatt.device_events import DeviceEvent
from babyn_protocol.gatt.property_values import PropertyKind, PropertyValue
from babyn_protocol.uuids import VendorCharacteristic
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions, NurseryDevice
from babyn_simulator.radio import Air, PathLoss
from babyn_simulator.security import Pairing
from tests.simulator.virtual_bench import DEVICE, Central, pass_time, turn

D = TypeVar("D", bound=NurseryDevice)


def set_property(
    number: int,
    kind: PropertyKind,
    value: PropertyValue,
    *,
    command_id: int = 1,
    hold_for: timedelta | Hold = Hold.UNTIL_CHANGED,
    valid_for: float = 5,
) -> SetProperty:
    return SetProperty(
        command_id=command_id,
        property_id=number,
        kind=kind,
        value=value,
        hold_for=hold_for,
        valid_for=timedelta(seconds=valid_for),
    )


class Guest(Generic[D]):
    """A central that has come to see a device."""

    def __init__(self, device: D, central: Central, connection: Connection) -> None:
        self.device = device
        self.central = central
        self.connection = connection

    async def read(self, uuid: str) -> bytes:
        return await self.central.read(self.connection, uuid)

    async def write(self, uuid: str, value: bytes) -> None:
        proxy = await self.central.characteristic(self.connection, uuid)
        await proxy.write_value(value, with_response=True)

    async def subscribe(self, uuid: str) -> list[bytes]:
        """Return a list that fills with the values."""
        received: list[bytes] = []
        proxy = await self.central.characteristic(self.connection, uuid)
        await proxy.subscribe(lambda value: received.append(bytes(value)))
        return received

    async def timed(self, uuid: str) -> list[float]:
        """Return a list that fills with the times at which values come."""
        loop = asyncio.get_running_loop()
        times: list[float] = []
        proxy = await self.central.characteristic(self.connection, uuid)
        await proxy.subscribe(lambda _value: times.append(loop.time()))
        return times

    async def states(self) -> dict[int, PropertyState]:
        data = await self.read(VendorCharacteristic.PROPERTY_STATES)
        return {state.property_id: state for state in PropertyStates.parse(data).states}

    async def descriptions(self) -> PropertyDescriptions:
        data = await self.read(VendorCharacteristic.PROPERTY_DESCRIPTIONS)
        return PropertyDescriptions.parse(data)

    async def events(self) -> Callable[[], list[DeviceEvent]]:
        """Subscribe to the events, and return what returns those that came."""
        received = await self.subscribe(VendorCharacteristic.DEVICE_EVENT)
        return lambda: [DeviceEvent.parse(data) for data in received]

    async def answers(self) -> Callable[[], list[SetPropertyResponse]]:
        """Subscribe to the answers, and return what returns those that came."""
        received = await self.subscribe(VendorCharacteristic.SET_PROPERTY)
        return lambda: [SetPropertyResponse.parse(data) for data in received]

    async def send(self, command: SetProperty) -> None:
        """Send a command, and let its answer come."""
        await self.write(VendorCharacteristic.SET_PROPERTY, bytes(command))
        await pass_time(0.5)


@asynccontextmanager
async def visit(
    make: Callable[[Air, DeviceOptions], D], *, pairing: Pairing = Pairing.NONE
) -> AsyncGenerator[Guest[D]]:
    """Come to see a device, without pairing."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    device = make(air, {"address": DEVICE, "pairing": pairing})
    async with device:
        connection = await central.connect(device)
        yield Guest(device, central, connection)
        if device.connections and device.powered_on:
            await connection.disconnect()
            await turn(3)


@asynccontextmanager
async def another_visit(guest: Guest[D], address: str) -> AsyncGenerator[Guest[D]]:
    """Come to see the same device with another central."""
    device = guest.device
    if device.connections:  # by itself it advertises only without a connection
        await device.device.start_advertising(
            advertising_type=device.advertisement.kind,
            own_address_type=hci.OwnAddressType.RANDOM,
            advertising_data=device.advertisement.data(),
        )
    central = Central(device.controller.air, address=address)
    await central.device.power_on()
    connection = await central.connect(device)
    yield Guest(device, central, connection)
    await connection.disconnect()
    await turn(3)
