"""A device with properties and events: the controls service, of this project's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from bumble.device import Connection

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt.controls import PropertyStates, SetProperty
from babyn_protocol.gatt.device_events import ButtonPress, ButtonPressed, EventDetails
from babyn_protocol.uuids import VendorCharacteristic, VendorService
from babyn_simulator.devices.models.controls import Answer, Controls
from babyn_simulator.devices.models.events import EventLog
from babyn_simulator.devices.open_profile.att_errors import (
    CCCD_IMPROPERLY_CONFIGURED,
    refusal_of_malformed,
)
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions, NurseryDevice
from babyn_simulator.services import Characteristic, RequestRefusedError, Service

if TYPE_CHECKING:
    from babyn_simulator.devices.models.battery import Battery
    from babyn_simulator.devices.models.device_clock import DeviceClock
    from babyn_simulator.devices.models.identity import Identity
    from babyn_simulator.devices.models.measurement_log import MeasurementLog
    from babyn_simulator.radio import Air


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody presses a button.

    Attributes:
        at: when, counted from when the device was first powered on.
        button: which one, from 1.
        how: how.
    """

    at: timedelta
    button: int = 1
    how: ButtonPress = ButtonPress.PRESS


class ControlledDevice(NurseryDevice):
    """A device of a nursery that has properties to be set, and events to be told.

    Args:
        air: the medium.
        identity: what it says about itself.
        services: what it has beside controls, clock, battery and Device Information.
        appearance: its Appearance.
        controls: its properties; without any, its controls service only tells events.
        battery: what it runs on; without one, mains.
        clock: its clock; without one, it has none.
        log: where its measurements wait; without one, nowhere.
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
        clock: DeviceClock | None = None,
        log: MeasurementLog[Any] | None = None,
        options: DeviceOptions,
    ) -> None:
        self.controls = controls or Controls()
        self.events = EventLog()
        self.presses: Sequence[Press] = ()
        """When somebody presses its buttons; looked at when it is powered on."""
        self._clients: set[Connection] = set()
        self._something_to_do = asyncio.Event()
        self._something_to_tell = asyncio.Event()
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
        own = [
            self.property_descriptions,
            self.property_states,
            self.set_property,
            self.device_event,
        ]
        super().__init__(
            air,
            identity,
            (*services, Service(VendorService.CONTROLS, own)),
            appearance=appearance,
            battery=battery,
            clock=clock,
            log=log,
            options=options,
        )

    async def power_on(self) -> None:
        """Start: advertise, and work. Settings are kept; events, and what was on, are not."""
        if not self.powered_on:
            now = self.elapsed  # the first time, this is where it starts to count
            self.controls.restart(now)
            self.events.restart(self._first_sequence())
            self._clients.clear()
        await super().power_on()

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

    async def before_write(self, connection: Connection, characteristic: Characteristic) -> None:
        """Let a write or a subscription pass, or refuse it; part of answering a request."""
        await super().before_write(connection, characteristic)
        if characteristic is self.device_event:
            self._something_to_tell.set()

    async def live(self) -> None:
        """Tell events, keep properties, and do what the device does by itself."""
        self.spawn(self._tell_events)
        self.spawn(self._keep_properties)
        if self.presses:
            self.spawn(self._press_buttons)
        await super().live()

    async def _press_buttons(self) -> None:
        for press in sorted(self.presses, key=lambda press: press.at):
            left = (press.at - self.elapsed).total_seconds()
            if left >= 0:  # what was due while it had no power, nothing has felt
                await asyncio.sleep(left)
                self.press_button(press.button, press.how)

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
                await self.indicate_to(connection, self.set_property, value)

        # A client that does not confirm its answer holds nobody else up.
        self.spawn(send)

    def _take_command(self, value: bytes) -> None:
        client = self.writer
        if not self.subscription(client, self.set_property) & 2:
            raise RequestRefusedError(CCCD_IMPROPERLY_CONFIGURED)
        try:
            command = SetProperty.parse(value)
        except MalformedMessageError:
            raise refusal_of_malformed(SetProperty, value) from None
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

    def _first_sequence(self) -> int:
        if self._entropy is None:
            return 0
        return self._entropy.booted(self.boots + 1).child("events").below(1 << 16)
