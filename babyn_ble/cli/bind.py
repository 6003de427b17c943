"""``babyn bind``, ``devices``, ``unbind``: devices that are known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from babyn_ble.cli.findings import warn_of_plaintext
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.marks import Marks, printable
from babyn_ble.cli.output import words
from babyn_ble.cli.running import opened, run
from babyn_ble.cli.scan import choose
from babyn_ble.cli.wording import count, day, moment
from babyn_ble.companion import Companion
from babyn_ble.errors import DeviceNotFoundError
from babyn_ble.privacy.acts import Act

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babyn_ble.binding import BoundDevice


def bind(
    context: typer.Context,
    device: Annotated[
        str | None,
        typer.Argument(help="Id, address or advertised name; without it, the only one in reach."),
    ] = None,
    pair: Annotated[
        bool,
        typer.Option("--pair/--no-pair", help="Pair with it, here and nowhere else."),
    ] = True,
) -> None:
    """Pair with a device, once, and remember it."""
    invocation = invocation_of(context)

    async def work(companion: Companion) -> None:
        sighting = await choose(invocation, companion, device, "bind")
        known = {bound.id for bound in companion.devices()}
        bound = await companion.bind(sighting, pair=pair)
        output = invocation.output
        output.emit(**device_fields(bound), new=bound.id not in known)
        if bound.id in known:
            output.say(words_of(bound), " is bound already; nothing was changed.")
        else:
            paired = "paired and bound" if bound.paired else "bound without pairing"
            output.say((f"{output.marks.yes} ", "good"), words_of(bound), f" is {paired}.")
        warn_of_plaintext(output, sighting)
        # What has no readings has properties.
        then = "properties" if bound.model == "appliance" else "watch"
        output.following(invocation.command(then, bound.id))

    run(invocation, work, Act.SCAN)


def devices(context: typer.Context) -> None:
    """List the devices that are bound."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        bound = companion.devices()
    for device in bound:
        output.emit(**device_fields(device))
    if bound:
        output.show(devices_table(bound, output.marks))
    else:
        output.say("No device is bound.")
        output.following(invocation.command("scan"))


def unbind(
    context: typer.Context,
    device: Annotated[str, typer.Argument(help="Id of a bound device; its beginning is enough.")],
    keep_readings: Annotated[
        bool, typer.Option("--keep-readings", help="Keep what was stored of it.")
    ] = False,
) -> None:
    """Forget a device, its pairing and its stored readings."""
    invocation = invocation_of(context)

    async def work(companion: Companion) -> None:
        bound = companion.device(device)
        unbound = await companion.unbind(bound, keep_readings=keep_readings)
        output = invocation.output
        output.emit(
            unbound=bound.id,
            bond_removed=unbound.bond_removed,
            readings_erased=unbound.readings_erased,
        )
        erased = (
            "its readings are kept"
            if keep_readings
            else f"{count(unbound.readings_erased, 'reading')} erased"
        )
        output.say((f"{output.marks.yes} ", "good"), words_of(bound), f" is forgotten; {erased}.")
        if bound.paired and not unbound.bond_removed:
            output.say(
                (f"{output.marks.due} ", "due"),
                "The pairing on this side could not be removed now; "
                "remove it in the system's Bluetooth settings.",
            )

    run(invocation, work)


def device_fields(device: BoundDevice) -> dict[str, object]:
    """Return a bound device as plain JSON types, without its address."""
    return {
        "id": device.id,
        "subject": device.subject,
        "model": device.model,
        "name": device.name,
        "manufacturer": device.manufacturer,
        "model_number": device.model_number,
        "firmware": device.firmware,
        "profile": device.profile,
        "paired": device.paired,
        "bound_at": moment(device.bound_at),
    }


def words_of(device: BoundDevice) -> str:
    """Return model and short id."""
    return f"{device.model} {device.id}"


def devices_table(bound: Sequence[BoundDevice], marks: Marks) -> Table:
    """Return a table of bound devices."""
    table = Table(box=None, pad_edge=False, header_style="quiet")
    for heading in ("id", "model", "made by", "firmware", "paired", "bound on"):
        table.add_column(heading)
    for device in bound:
        made_by = " ".join(filter(None, (device.manufacturer, device.model_number)))
        table.add_row(
            words((device.id, "what")),
            device.model,
            printable(made_by or marks.dash),
            printable(device.firmware or marks.dash),
            f"{marks.yes} yes" if device.paired else f"{marks.no} no",
            day(device.bound_at),
        )
    return table


def bound_device(
    invocation: Invocation, companion: Companion, wanted: str | None, verb: str
) -> BoundDevice:
    """Return the bound device that was named, or the only one there is.

    Raises:
        DeviceNotFoundError: there is none.
        UsageError: there are several, and none was named.
    """
    if wanted is not None:
        return companion.device(wanted)
    bound = companion.devices()
    if len(bound) == 0:
        raise DeviceNotFoundError("No device is bound")
    if len(bound) > 1:
        invocation.output.show(devices_table(bound, invocation.output.marks))
        raise UsageError(
            f"{count(len(bound), 'device')} are bound; name one",
            next_command=invocation.command(verb, bound[0].id),
        )
    return bound[0]
