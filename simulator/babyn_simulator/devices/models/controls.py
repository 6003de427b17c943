"""The properties of a simulated device: how they stand, and what comes of a command.

Nothing here does any IO, or knows what time it is: each call says how long the device has been
in use. What the rules are is in the wire format's chapter on the controls service.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescription,
    PropertyDescriptions,
    PropertyName,
    PropertyState,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
    SetPropertyResult,
)
from babyn_protocol.gatt.property_values import Colour, PropertyValue

T = TypeVar("T", bound=PropertyValue)

WAITING_COMMANDS = 4
"""Commands that can wait at the same time; one more is answered with busy."""

_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Property:
    """One property of a device, and how it stands.

    Attributes:
        description: what it is.
        rest: what the device goes back to by itself.
        longest: how long any other value may hold; ``None``: until it is changed.
        value: what it is now; at first ``rest``.
        revision: counts the changes of the value.
        ends: when it goes back to ``rest``; ``None``: not by itself.
    """

    description: PropertyDescription
    rest: PropertyValue
    longest: timedelta | None = None
    value: PropertyValue = field(init=False)
    revision: int = field(default=0, init=False)
    ends: timedelta | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.value = self.rest

    def state(self, now: timedelta) -> PropertyState:
        """Return how it stands."""
        remaining: timedelta | Hold = Hold.UNTIL_CHANGED
        if self.ends is not None:
            # Rounded up: what still holds has more than no time left.
            remaining = max(-((now - self.ends) // _SECOND), 0) * _SECOND
        return PropertyState(
            property_id=self.description.property_id,
            kind=self.description.kind,
            revision=self.revision,
            value=self.value,
            remaining=remaining,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is to be told of its command.

    Attributes:
        client: whose command it was.
        response: what came of it.
    """

    client: Hashable
    response: SetPropertyResponse


@dataclass(frozen=True, slots=True)
class _Waiting:
    client: Hashable
    command: SetProperty
    valid_until: timedelta


Limit = Callable[[PropertyDescription, PropertyValue], bool]
"""Whether a limit of the device's own forbids a value now."""


def no_limit(_description: PropertyDescription, _value: PropertyValue) -> bool:
    """Forbid nothing."""
    return False


class Controls:
    """The properties of one device.

    Args:
        properties: in the order in which they should be shown.
        limit: the device's own limits.
    """

    def __init__(self, properties: Iterable[Property] = (), *, limit: Limit = no_limit) -> None:
        self._properties = {item.description.property_id: item for item in properties}
        self._limit = limit
        self._occupied = False
        self._waiting: deque[_Waiting] = deque()
        self._last: dict[Hashable, tuple[int, SetPropertyResult | None]] = {}
        self._answers: list[Answer] = []
        self._changed: dict[int, Property] = {}

    # What there is

    def descriptions(self) -> PropertyDescriptions:
        """Return what the properties are."""
        return PropertyDescriptions(
            descriptions=tuple(item.description for item in self._properties.values())
        )

    def states(self, now: timedelta) -> PropertyStates:
        """Return how all properties stand."""
        return PropertyStates(states=tuple(item.state(now) for item in self._properties.values()))

    def value(self, name: PropertyName, kind: type[T]) -> T:
        """Return the value of a property.

        Raises:
            KeyError: the device has no such property.
            TypeError: its value is of another type.
        """
        value = self._named(name).value
        if not isinstance(value, kind):
            raise TypeError(f"the value of '{name}' is no {kind.__name__}")
        return value

    # What happens

    def change(
        self,
        name: PropertyName,
        value: PropertyValue,
        now: timedelta,
        *,
        hold_for: timedelta | None = None,
    ) -> None:
        """Change a property from the device's own side: by a button, or by what it senses.

        Raises:
            KeyError: the device has no such property.
        """
        self._put(
            self._named(name), value, now, Hold.UNTIL_CHANGED if hold_for is None else hold_for
        )

    def receive(self, command: SetProperty, now: timedelta, *, client: Hashable) -> None:
        """Take a command; what comes of it is among the :meth:`answers`.

        Args:
            command: what a client has written.
            now: when it arrived.
            client: whose it is, and who is to be answered.
        """
        last_id, result = self._last.get(client, (None, None))
        if command.command_id == last_id:
            if result is not None:  # otherwise it still waits, and is answered when it is done
                self._answer(client, command, result, now)
            return
        self._last[client] = (command.command_id, None)
        refused = self._refusal(command)
        if refused is not None:
            self._answer(client, command, refused, now)
        elif not self._occupied:
            self._begin(client, command, now)
        elif not command.valid_for:
            self._answer(client, command, SetPropertyResult.EXPIRED, now)
        elif len(self._waiting) == WAITING_COMMANDS:
            self._answer(client, command, SetPropertyResult.BUSY, now)
        else:
            self._waiting.append(_Waiting(client, command, now + command.valid_for))

    def occupy(self) -> None:
        """Begin no command from now on: the device has something else to do."""
        self._occupied = True

    def release(self, now: timedelta) -> None:
        """Begin commands again, first those that wait and are still valid."""
        self._expire(now)
        self._occupied = False
        while self._waiting:
            waiting = self._waiting.popleft()
            self._begin(waiting.client, waiting.command, now)

    def forget(self, client: Hashable) -> None:
        """Forget a client that has gone. A command of its that waits is still carried out."""
        self._last.pop(client, None)

    def advance(self, now: timedelta) -> None:
        """Let everything happen that is due by now."""
        self._expire(now)
        for item in self._properties.values():
            if item.ends is not None and item.ends <= now:
                self._put(item, item.rest, now, Hold.UNTIL_CHANGED)

    def restart(self, now: timedelta) -> None:
        """Do what a reset does: what was on goes back to rest, and commands that wait are lost.

        A setting that holds until it is changed is kept.
        """
        self._occupied = False
        self._waiting.clear()
        self._last.clear()
        self._answers.clear()
        for item in self._properties.values():
            if item.ends is not None:
                self._put(item, item.rest, now, Hold.UNTIL_CHANGED)
        self._changed.clear()

    def next_deadline(self) -> timedelta | None:
        """Return when :meth:`advance` has something to do, or ``None``."""
        ends = [item.ends for item in self._properties.values() if item.ends is not None]
        return min([*ends, *(waiting.valid_until for waiting in self._waiting)], default=None)

    # What is to be told

    def answers(self) -> list[Answer]:
        """Return the answers that have not been taken yet, in order."""
        taken, self._answers = self._answers, []
        return taken

    def changes(self, now: timedelta) -> list[PropertyState]:
        """Return how those properties stand that have changed since they were last taken."""
        taken, self._changed = self._changed, {}
        return [item.state(now) for item in taken.values()]

    def _named(self, name: PropertyName) -> Property:
        for item in self._properties.values():
            if item.description.name is name:
                return item
        raise KeyError(f"the device has no property '{name}'")

    def _refusal(self, command: SetProperty) -> SetPropertyResult | None:
        item = self._properties.get(command.property_id)
        if item is None:
            return SetPropertyResult.UNKNOWN_PROPERTY
        if not item.description.settable:
            return SetPropertyResult.NOT_SETTABLE
        if command.kind is not item.description.kind:
            return SetPropertyResult.WRONG_KIND
        if not in_range(item.description, command.value):
            return SetPropertyResult.OUT_OF_RANGE
        return None

    def _begin(self, client: Hashable, command: SetProperty, now: timedelta) -> None:
        item = self._properties[command.property_id]
        if self._limit(item.description, command.value):
            self._answer(client, command, SetPropertyResult.DEVICE_LIMIT, now)
            return
        self._put(item, command.value, now, command.hold_for)
        self._answer(client, command, SetPropertyResult.DONE, now)

    def _put(
        self, item: Property, value: PropertyValue, now: timedelta, hold_for: timedelta | Hold
    ) -> None:
        held = hold_for if isinstance(hold_for, timedelta) else item.longest
        if held is not None and item.longest is not None:
            held = min(held, item.longest)
        ends = None if held is None or value == item.rest else now + held
        if value == item.value and ends == item.ends:
            return
        if value != item.value:
            item.revision = (item.revision + 1) % 0x10000
        item.value, item.ends = value, ends
        self._changed[item.description.property_id] = item

    def _answer(
        self, client: Hashable, command: SetProperty, result: SetPropertyResult, now: timedelta
    ) -> None:
        if self._last.get(client, (None, None))[0] == command.command_id:
            self._last[client] = (command.command_id, result)
        item = self._properties.get(command.property_id)
        response = SetPropertyResponse(
            command_id=command.command_id,
            result=result,
            state=None if item is None else item.state(now),
        )
        self._answers.append(Answer(client, response))

    def _expire(self, now: timedelta) -> None:
        waiting, self._waiting = self._waiting, deque[_Waiting]()
        for item in waiting:
            if item.valid_until <= now:
                self._answer(item.client, item.command, SetPropertyResult.EXPIRED, now)
            else:
                self._waiting.append(item)


def in_range(description: PropertyDescription, value: PropertyValue) -> bool:
    """Return whether a property can be set to a value, as far as its description says."""
    match description.minimum, description.maximum, description.step, value:
        case (bool(), bool() as high, _, bool()):
            return high or not value
        case (bool(), _, _, _) | (_, _, _, bool()):
            return False
        case (int() as low, int() as high, int() as step, int()):
            return low <= value <= high and (not step or not (value - low) % step)
        case (Decimal() as low, Decimal() as high, Decimal() as step, Decimal()):
            return low <= value <= high and (not step or not (value - low) % step)
        case (timedelta() as low, timedelta() as high, timedelta() as step, timedelta()):
            return low <= value <= high and (not step or not (value - low) % step)
        case (Colour() as low, Colour() as high, _, Colour()):
            return (
                low.red <= value.red <= high.red
                and low.green <= value.green <= high.green
                and low.blue <= value.blue <= high.blue
            )
        case _:
            return False
