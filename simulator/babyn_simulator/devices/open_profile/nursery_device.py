"""What the devices of a nursery have in common: who they are, a battery, controls and events.

BAS v1.1 - Battery Service, DIS v1.2 - Device Information Service; controls and events are a
service of this project's own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict, cast

from bumble import att
from bumble.device import Connection

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.controls import PropertyStates, SetProperty
from babyn_protocol.gatt.device_events import ButtonPress, ButtonPressed, EventDetails
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import Service as ServiceUuids
from babyn_protocol.uuids import VendorCharacteristic, VendorService
from babyn_simulator.devices.models.controls import Answer, Controls
from babyn_simulator.devices.models.events import EventLog
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.services import Characteristic, RequestRefusedError, Service

if TYPE_CHECKING:
    from bumble.keys import KeyStore

    from babyn_simulator.advertisement import Advertisement
    from babyn_simulator.devices.models.battery import Battery
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air, Position
    from babyn_simulator.security import Pairing

VALUE_NOT_ALLOWED = 0x13
"""ATT error: the value is none (Core Specification Vol 3 Part F §3.4.1.1)."""

CCCD_IMPROPERLY_CONFIGURED = 0xFD
"""ATT error: indications have to be enabled first (CSS Part B §1.2)."""

_SET_PROPERTY_SIZE = SetProperty.layout().size


class DeviceOptions(TypedDict, total=False):
    """What any device of a nursery can be told besides what it is."""

    name: str
    """Its Device Name and advertised name."""
    advertisement: Advertisement
    """What it tells everybody; by default its first service."""
    pairing: Pairing
    """What it asks for before it tells or takes a value; by default LE Secure Connections."""
    address: str | None
    """Its address; by default a static random one."""
    keystore: KeyStore
    """Where it keeps its bonds."""
    entropy: Entropy | None
    """Where its random numbers come from."""
    position: Position
    """Where it is, in metres."""


class NurseryDevice(Peripheral):
    """A device of a nursery on the air, to be made something of.

    What it measures and how it stands is protected, as are its battery and its serial number:
    with pairing required, they are told only on a link that is encrypted under LE Secure
    Connections.

    Args:
        air: the medium.
        identity: what it says about itself.
        services: what it has beside controls, battery and Device Information.
        appearance: its Appearance.
        controls: its properties; without any, its controls service only tells events.
        battery: what it runs on; without one, mains.
        options: see :class:`DeviceOptions`.
    """

    def __init__(
        self,
        air: Air,
        identity: Identity,
        services: Iterable[Service],
        *,
        appearance: int,
        controls: Controls | None = None,
        battery: Battery | None = None,
        options: DeviceOptions,
    ) -> None:
        self.identity = identity
        self.battery = battery
        self.controls = controls or Controls()
        self.events = EventLog()
        self._placed: float | None = None
        self._told_battery: int | None = None
        self._writer: Connection | None = None
        self._clients: set[Connection] = set()
        self._something_to_do = asyncio.Event()
        self._something_to_tell = asyncio.Event()
        self.battery_level = Characteristic(
            Uuids.BATTERY_LEVEL, read=self._read_battery, notify=True, protected=True
        )
        self.property_descriptions = Characteristic(
            VendorCharacteristic.PROPERTY_DESCRIPTIONS,
            read=lambda: bytes(self.controls.descriptions()),
            indicate=True,
            protected=True,
        )
        self.property_states = Characteristic(
            VendorCharacteristic.PROPERTY_STATES,
            read=lambda: bytes(self.controls.states(self.elapsed)),
            notify=True,
            protected=True,
        )
        self.set_property = Characteristic(
            VendorCharacteristic.SET_PROPERTY,
            write=self._take_command,
            indicate=True,
            protected=True,
        )
        self.device_event = Characteristic(
            VendorCharacteristic.DEVICE_EVENT, indicate=True, protected=True
        )
        super().__init__(
            air,
            (*services, *self._describe()),
            appearance=appearance,
            behaviour=self._live,
            **options,
        )

    @property
    def serial(self) -> str:
        """Its serial number."""
        return self.identity.serial

    @property
    def elapsed(self) -> timedelta:
        """Time since it was first powered on."""
        now = asyncio.get_running_loop().time()
        if self._placed is None:
            self._placed = now
        return timedelta(seconds=now - self._placed)

    async def power_on(self) -> None:
        """Start: advertise, and work. Settings are kept; events, and what was on, are not."""
        if not self.powered_on:
            now = self.elapsed  # the first time, this is where it starts to count
            self.controls.restart(now)
            self.events.restart(self._first_sequence())
            self._told_battery = None
            self._clients.clear()
        await super().power_on()

    def set_battery(self, percent: float) -> None:
        """Put another battery in.

        Raises:
            ValueError: ``percent`` is not from 0 to 100.
            RuntimeError: it has none.
        """
        if self.battery is None:
            raise RuntimeError("this simulated device runs on mains and has no battery")
        self.battery.set(percent, self.elapsed)

    def press_button(self, button: int = 1, press: ButtonPress = ButtonPress.PRESS) -> None:
        """Press one of its buttons, as somebody in the room would.

        Args:
            button: which one, from 1.
            press: how.
        """
        self.happened(ButtonPressed(button=button, press=press))
        self.on_button(button, press)

    def on_button(self, button: int, press: ButtonPress) -> None:
        """Do what a button is for; here nothing."""

    def occupy(self) -> None:
        """Begin no command until :meth:`release`: commands wait, and may expire."""
        self.controls.occupy()

    def release(self) -> None:
        """Begin commands again, first those that wait and are still valid."""
        self.controls.release(self.elapsed)
        self.tell_changes()

    def happened(self, details: EventDetails) -> None:
        """Note an event; it is told as soon as somebody listens."""
        self.events.add(details, self.elapsed)
        self._something_to_tell.set()

    def tell_changes(self) -> None:
        """Have answers and changed properties told; to be called after the controls were used."""
        self._something_to_do.set()

    async def tell_battery(self) -> None:
        """Tell whoever has subscribed the level of the battery, if it has changed."""
        if self.battery is None:
            return
        level = self.battery.level(self.elapsed)
        if level != self._told_battery:
            self._told_battery = level
            await self.notify(self.battery_level, bytes(BatteryLevel(percent=level)))

    async def work(self) -> None:
        """Do what the device does by itself while it is powered on; here nothing."""

    async def before_write(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a write or a subscription pass, or refuse it; part of answering a request."""
        await super().before_write(connection, characteristic)
        # The write itself follows without a pause, so whoever waits sees what came of it.
        self._writer = connection
        if characteristic is self.device_event:
            self._something_to_tell.set()

    # What it does by itself

    async def _live(self, _peripheral: Peripheral) -> None:
        self._spawn(self.device, self._tell_events)
        self._spawn(self.device, self._keep_properties)
        await self.work()

    async def _tell_events(self) -> None:
        while True:
            self._something_to_tell.clear()
            event = self.events.oldest(self.elapsed)
            if (
                event is not None
                and self.subscribed(self.device_event)
                and await self.indicate(self.device_event, bytes(event))
            ):
                self.events.confirm(event.sequence)
            else:
                await self._something_to_tell.wait()

    async def _keep_properties(self) -> None:
        while True:
            self._something_to_do.clear()
            self.controls.advance(self.elapsed)
            for answer in self.controls.answers():
                self._send(answer)
            for state in self.controls.changes(self.elapsed):
                # One by one: two do not fit a notification at the smallest MTU.
                await self.notify(self.property_states, bytes(PropertyStates(states=(state,))))
            due = self.controls.next_deadline()
            wait = None if due is None else (due - self.elapsed).total_seconds()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._something_to_do.wait()

    def _send(self, answer: Answer) -> None:
        connection = cast("Connection", answer.client)
        value = bytes(answer.response)

        async def send() -> None:
            if connection in self.connections:
                await self._indicate(connection, self.set_property, value)

        # A client that does not confirm its answer holds nobody else up.
        self._spawn(self.device, send)

    # What it is asked

    def _take_command(self, value: bytes) -> None:
        client = self._writer
        if client is None or not self._tabled.configuration(client, self.set_property) & 2:
            raise RequestRefusedError(CCCD_IMPROPERLY_CONFIGURED)
        try:
            command = SetProperty.parse(value)
        except MalformedMessageError:
            right = len(value) == _SET_PROPERTY_SIZE
            raise RequestRefusedError(
                VALUE_NOT_ALLOWED if right else att.ErrorCode.INVALID_ATTRIBUTE_LENGTH
            ) from None
        if client not in self._clients:
            self._await_end(client)
        self.controls.receive(command, self.elapsed, client=client)
        self.tell_changes()

    def _await_end(self, client: Connection) -> None:
        self._clients.add(client)

        def forget(_reason: int) -> None:
            self._clients.discard(client)
            self.controls.forget(client)

        client.on(Connection.EVENT_DISCONNECTION, forget)

    def _read_battery(self) -> bytes:
        if self.battery is None:
            raise RequestRefusedError(att.ErrorCode.UNLIKELY_ERROR)
        return bytes(BatteryLevel(percent=self.battery.level(self.elapsed)))

    def _first_sequence(self) -> int:
        if self._entropy is None:
            return 0
        return self._entropy.booted(self.boots + 1).child("events").below(1 << 16)

    def _describe(self) -> Iterable[Service]:
        yield Service(
            VendorService.CONTROLS,
            [
                self.property_descriptions,
                self.property_states,
                self.set_property,
                self.device_event,
            ],
        )
        if self.battery is not None:
            yield Service(ServiceUuids.BATTERY, [self.battery_level])
        identity = self.identity
        yield Service(
            ServiceUuids.DEVICE_INFORMATION,
            [
                Characteristic(Uuids.MANUFACTURER_NAME_STRING, read=identity.manufacturer.encode()),
                Characteristic(Uuids.MODEL_NUMBER_STRING, read=identity.model.encode()),
                Characteristic(Uuids.FIRMWARE_REVISION_STRING, read=identity.firmware.encode()),
                Characteristic(
                    Uuids.SERIAL_NUMBER_STRING, read=identity.serial.encode(), protected=True
                ),
            ],
        )
