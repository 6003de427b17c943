"""``babyn properties``, ``set`` and ``events``: what a device can be set to, and what happens."""

from __future__ import annotations

import contextlib
import re
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.table import Table

from babyn_ble.cli.bind import bound_device
from babyn_ble.cli.invocation import UsageError, invocation_of
from babyn_ble.cli.output import words
from babyn_ble.cli.running import run
from babyn_ble.cli.wording import duration, moment
from babyn_ble.companion import Companion
from babyn_ble.privacy.acts import Act
from babyn_ble.properties import Property, PropertyState
from babyn_protocol.gatt.codes import known_or_code
from babyn_protocol.gatt.property_values import Colour, PropertyKind, PropertyValue, said_value

Device = Annotated[
    str | None, typer.Argument(help="Id of a bound device; without it, the only one.")
]

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?")
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})")


def properties(context: typer.Context, device: Device = None) -> None:
    """Show what a device can be set to, and how it stands."""
    invocation = invocation_of(context)

    async def work(companion: Companion) -> None:
        bound = bound_device(invocation, companion, device, "properties")
        async with companion.connect(bound) as session:
            states = await session.properties()
        for state in states:
            invocation.output.emit(**state_fields(state))
        invocation.output.show(_table(states))

    run(invocation, work, Act.SCAN, Act.STATUS)


def set_property(
    context: typer.Context,
    device: Annotated[str, typer.Argument(help="Id of a bound device; its beginning will do.")],
    name: Annotated[str, typer.Argument(help="Name of a property, as 'properties' lists it.")],
    value: Annotated[
        str, typer.Argument(help="on, off, a number, #RRGGBB, or a time such as 90s or 1h30m.")
    ],
    for_: Annotated[
        str | None, typer.Option("--for", help="How long it shall stay so: 90s, 30m, 1h30m.")
    ] = None,
) -> None:
    """Set a property of a device to an absolute value."""
    invocation = invocation_of(context)
    hold = None if for_ is None else parse_duration(for_, "--for")

    async def work(companion: Companion) -> None:
        bound = bound_device(invocation, companion, device, "set")
        async with companion.connect(bound) as session:
            known = {state.property.name: state.property for state in await session.properties()}
            if name not in known:
                raise UsageError(
                    f"the device has no property '{name}'; it has: {', '.join(sorted(known))}"
                )
            state = await session.set(name, parse_value(known[name], value), for_=hold)
        output = invocation.output
        output.emit(**state_fields(state))
        output.say(
            (f"{output.marks.yes} ", "good"), (state.property.name, "what"), " is ", _said(state)
        )

    run(invocation, work, Act.SCAN, Act.CONTROL)


def events(
    context: typer.Context,
    device: Device = None,
    number: Annotated[
        int | None, typer.Option("--count", "-n", min=1, help="End after this many events.")
    ] = None,
) -> None:
    """Show what happens at a device, as it is told."""
    invocation = invocation_of(context)

    async def work(companion: Companion) -> None:
        bound = bound_device(invocation, companion, device, "events")
        async with (
            companion.connect(bound) as session,
            contextlib.aclosing(session.events()) as happened,
        ):
            seen = 0
            async for event in happened:
                invocation.output.emit(**event.as_dict())
                invocation.output.line(
                    moment(event.happened_at or event.received_at),
                    (f"  {known_or_code(event.kind, 'event kind')}  ", "what"),
                    event.details.hex() if isinstance(event.details, bytes) else str(event.details),
                    (f"  ({event.missed} missed before it)", "due") if event.missed else "",
                )
                seen += 1
                if seen == number:
                    break

    run(invocation, work, Act.SCAN, Act.READ)


def parse_duration(text: str, what: str) -> timedelta:
    """Return a duration written as 90s, 30m or 1h30m.

    Raises:
        UsageError: it is written otherwise.
    """
    found = _DURATION.fullmatch(text.lower())
    if found is None or not any(found.groups()):
        raise UsageError(f"{what}: a time is written as 90s, 30m or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def parse_value(wanted: Property, text: str) -> PropertyValue:
    """Return the value of a property's kind that a person wrote.

    Raises:
        UsageError: it is none.
    """
    match wanted.kind:
        case PropertyKind.BOOL if text.lower() in ("on", "off"):
            return text.lower() == "on"
        case PropertyKind.ENUM | PropertyKind.LEVEL if text.isdecimal():
            return int(text)
        case PropertyKind.COLOUR if (found := _COLOUR.fullmatch(text)) is not None:
            red, green, blue = (int(part, 16) for part in found.groups())
            return Colour(red=red, green=green, blue=blue)
        case PropertyKind.TEMPERATURE:
            with contextlib.suppress(InvalidOperation):
                return Decimal(text)
        case PropertyKind.DURATION:
            return parse_duration(text, wanted.name)
        case _:
            pass
    raise UsageError(f"{wanted.name}: {_EXPECTED.get(wanted.kind, 'its kind is not known here')}")


_EXPECTED: dict[PropertyKind | int, str] = {
    PropertyKind.BOOL: "say on or off",
    PropertyKind.ENUM: "say the number of an option",
    PropertyKind.LEVEL: "say a whole number",
    PropertyKind.COLOUR: "say a colour as #RRGGBB",
    PropertyKind.TEMPERATURE: "say a temperature in degrees Celsius, such as 37.5",
}


def state_fields(state: PropertyState) -> dict[str, object]:
    """Return a state for machines."""
    known = state.property
    return {
        "property": known.name,
        "kind": known.kind.name.lower() if isinstance(known.kind, PropertyKind) else known.kind,
        "value": said_value(state.value),
        "unit": known.unit,
        "settable": known.settable,
        "revision": state.revision,
        "remaining_s": None if state.remaining is None else state.remaining.total_seconds(),
    }


def _said(state: PropertyState) -> str:
    unit = f" {state.property.unit}" if state.property.kind is PropertyKind.LEVEL else ""
    said = f"{said_value(state.value)}{unit}".rstrip()
    if state.remaining is not None:
        said += f", for {duration(state.remaining.total_seconds())} more"
    return said


def _range(known: Property) -> str:
    if known.kind in (PropertyKind.BOOL, PropertyKind.COLOUR):
        return "on, off" if known.kind is PropertyKind.BOOL else "#RRGGBB"
    return (
        f"{said_value(known.minimum)} to {said_value(known.maximum)}, step {said_value(known.step)}"
    )


def _table(states: tuple[PropertyState, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("property", "now", "can be set to"):
        table.add_column(heading, overflow="fold")
    for state in states:
        known = state.property
        table.add_row(
            words((known.name, "what")),
            _said(state),
            _range(known) if known.settable else words(("only shows", "quiet")),
        )
    return table
