"""Properties: states that a device announces, that can be watched, and perhaps be set.

A night light's brightness, a sound, a target temperature. Values are absolute, never a change or
a toggle; a command carries how long it is valid; the answer is the new state with its revision.
The device keeps its own limits, whatever it is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_ble.errors import (
    BabynError,
    DisconnectedError,
    DisconnectReason,
    RejectedError,
    ResponseTimeoutError,
)
from babyn_protocol.gatt.codes import words
from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescription,
    PropertyDescriptions,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
    SetPropertyResult,
    Unit,
)
from babyn_protocol.gatt.controls import PropertyState as WireState
from babyn_protocol.gatt.property_values import PropertyKind, PropertyValue
from babyn_protocol.uuids import VendorCharacteristic

if TYPE_CHECKING:
    from babyn_ble.connection import Connection
    from babyn_ble.privacy.permits import Permit

__all__ = ["Controls", "Property", "PropertyState"]

VALID_FOR = timedelta(seconds=10)
"""How long after its arrival a command may still be begun, unless told otherwise."""

ANSWER_TIMEOUT = 15.0
"""Seconds that a device gets to answer a command."""

_REFUSALS = {
    SetPropertyResult.OUT_OF_RANGE: "the value is out of range, or on no step of it",
    SetPropertyResult.NOT_SETTABLE: "the property only shows",
    SetPropertyResult.EXPIRED: "the command came too late",
    SetPropertyResult.BUSY: "something else has to end first; try again later",
    SetPropertyResult.DEVICE_LIMIT: "the device's own limit forbids it now",
    SetPropertyResult.UNKNOWN_PROPERTY: "there is no such property",
    SetPropertyResult.WRONG_KIND: "the property has a value of another kind",
}


@dataclass(frozen=True, slots=True)
class Property:
    """What a device announces about one state.

    Attributes:
        name: what it is for, by the wire format: ``light_brightness``, ``warmer_target``…; a
            name that is not known here is ``property_`` and its number.
        kind: what its value is.
        unit: as people write it; empty if it has none.
        settable: whether it can be set, or only shows.
        minimum, maximum, step: what it can be set to, where that has a meaning.
        id: its number on this device.
    """

    name: str
    kind: PropertyKind | int
    unit: str
    settable: bool
    minimum: PropertyValue
    maximum: PropertyValue
    step: PropertyValue
    id: int


@dataclass(frozen=True, slots=True)
class PropertyState:
    """How a property stands. The ``repr`` does not carry the value.

    Attributes:
        property: which one.
        value: what it is.
        revision: counts the changes of the value, whoever made them.
        remaining: how long it stays so; ``None``: until it is changed.
    """

    property: Property
    value: PropertyValue = field(repr=False)
    revision: int
    remaining: timedelta | None


def _described(description: PropertyDescription) -> Property:
    name, unit = description.name, description.unit
    return Property(
        name=f"property_{name}" if isinstance(name, int) else name.name.lower(),
        kind=description.kind,
        unit=unit.symbol if isinstance(unit, Unit) else "",
        settable=description.settable,
        minimum=description.minimum,
        maximum=description.maximum,
        step=description.step,
        id=description.property_id,
    )


class Controls:
    """The controls service of one link.

    Args:
        connection: the link.
        show: asks for the permit under which states are shown.
        control: asks for one under which a property is set, each time.
    """

    def __init__(
        self, connection: Connection, *, show: Callable[[], Permit], control: Callable[[], Permit]
    ) -> None:
        self._connection = connection
        self._show = show
        self._control = control
        self._answering = False
        self._permit: Permit | None = None
        self._starting = asyncio.Lock()
        self._setting = asyncio.Lock()
        self._properties: dict[int, Property] = {}
        self._states: dict[int, PropertyState] = {}
        self._watchers: list[asyncio.Queue[PropertyState | None]] = []
        self._answers: dict[int, asyncio.Future[SetPropertyResponse]] = {}
        # A device takes a number that it has just answered for the same command again.
        self._command = secrets.randbelow(1 << 16)
        self._ended = False
        self._error: BabynError | None = None

    async def states(self) -> tuple[PropertyState, ...]:
        """Return how every property stands, in the device's order."""
        await self._start()
        return tuple(self._states[id_] for id_ in self._properties if id_ in self._states)

    async def watch(self) -> AsyncGenerator[PropertyState, None]:
        """Yield how every property stands, then each change as the device tells it."""
        for state in await self.states():
            yield state
        queue: asyncio.Queue[PropertyState | None] = asyncio.Queue()
        self._watchers.append(queue)
        try:
            while not self._ended and (change := await queue.get()) is not None:
                yield change
            if self._error is not None:
                raise self._error
        finally:
            self._watchers.remove(queue)

    async def set(
        self,
        name: str,
        value: PropertyValue,
        *,
        for_: timedelta | None,
        valid_for: timedelta,
    ) -> PropertyState:
        """Set a property to an absolute value, and return what came of it."""
        with self._control() as permit:
            await self._start()
            wanted = next((item for item in self._properties.values() if item.name == name), None)
            if wanted is None:
                raise RejectedError(
                    "The device has no such property; list them to see which it has"
                )
            permit.on_death(lambda: self._no_longer(permit))
            return await self._set(permit, wanted, value, for_, valid_for)

    async def _set(
        self,
        permit: Permit,
        wanted: Property,
        value: PropertyValue,
        for_: timedelta | None,
        valid_for: timedelta,
    ) -> PropertyState:
        async with self._setting:
            self._command = (self._command + 1) % (1 << 16)
            command = SetProperty(
                command_id=self._command,
                property_id=wanted.id,
                kind=wanted.kind,
                value=value,
                hold_for=Hold.UNTIL_CHANGED if for_ is None else for_,
                valid_for=valid_for,
            )
            response = await self._exchange(permit, command)
        if response.state is not None:
            self._take(response.state)
        if not response.done:
            raise _refused(response.result)
        return self._states[wanted.id]

    def end(self, error: BabynError | None) -> None:
        """End what waits: the link is gone, or the permit is."""
        if self._ended:
            return
        self._ended = True
        self._error = error
        for queue in self._watchers:
            queue.put_nowait(None)
        self._fail_answers(error or _closed())

    async def _exchange(self, permit: Permit, command: SetProperty) -> SetPropertyResponse:
        characteristic = self._connection.characteristic(VendorCharacteristic.SET_PROPERTY)
        if characteristic is None:
            raise RejectedError("The device shows its properties and lets none be set")
        if characteristic.subscribable and not self._answering:
            permit.check()
            await self._connection.subscribe(characteristic, self._checking(self._response_came))
            self._answering = True
        answer: asyncio.Future[SetPropertyResponse] = asyncio.get_running_loop().create_future()
        self._answers[command.command_id] = answer
        try:
            permit.check()
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await self._connection.write(characteristic, bytes(command))
                return await answer
        except TimeoutError:
            raise ResponseTimeoutError(
                "The device did not answer the command in time; look at the state before "
                "sending it again"
            ) from None
        finally:
            del self._answers[command.command_id]
            if answer.done() and not answer.cancelled():
                answer.exception()  # where nobody waited for it any more

    async def _start(self) -> None:
        if self._ended:
            raise self._error or _closed()
        async with self._starting:
            if self._permit is not None:
                self._checked()
                return
            described = self._connection.characteristic(VendorCharacteristic.PROPERTY_DESCRIPTIONS)
            shown = self._connection.characteristic(VendorCharacteristic.PROPERTY_STATES)
            if described is None or shown is None:
                raise RejectedError("The device announces no properties")
            permit = self._show()
            permit.check()
            if shown.subscribable:
                await self._connection.subscribe(shown, self._checking(self._states_came))
            descriptions = PropertyDescriptions.parse(await self._connection.read(described))
            self._properties = {
                item.property_id: _described(item) for item in descriptions.descriptions
            }
            self._states_came(await self._connection.read(shown))
            self._permit = permit

    def _no_longer(self, permit: Permit) -> None:
        """End what waits for an answer: setting is not agreed to any more."""
        try:
            permit.check()
        except BabynError as error:
            self._fail_answers(error)

    def _fail_answers(self, error: BabynError) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(error)

    def _checked(self) -> None:
        if self._permit is not None:
            self._permit.check()

    def _checking(self, receive: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def received(data: bytes) -> None:
            # Without permission a value is dropped unread; what is no message, too.
            with contextlib.suppress(BabynError):
                self._checked()
                receive(data)

        return received

    def _states_came(self, data: bytes) -> None:
        for state in PropertyStates.parse(data).states:
            self._take(state)

    def _response_came(self, data: bytes) -> None:
        response = SetPropertyResponse.parse(data)
        answer = self._answers.get(response.command_id)
        if answer is not None and not answer.done():
            answer.set_result(response)

    def _take(self, state: WireState) -> None:
        known = self._properties.get(state.property_id)
        if known is None:
            return
        remaining = state.remaining if isinstance(state.remaining, timedelta) else None
        taken = PropertyState(known, state.value, state.revision, remaining)
        if self._states.get(known.id) == taken:
            return
        self._states[known.id] = taken
        for queue in self._watchers:
            queue.put_nowait(taken)


def _refused(result: SetPropertyResult | int) -> RejectedError:
    if isinstance(result, SetPropertyResult):
        why = _REFUSALS.get(result, words(result.name))
        return RejectedError(f"The device refused the setting: {why}", code=result.value)
    return RejectedError(
        "The device refused the setting, for a reason that is not known here", code=result
    )


def _closed() -> DisconnectedError:
    return DisconnectedError(
        "The session has ended; connect again", reason=DisconnectReason.NOT_CONNECTED
    )
