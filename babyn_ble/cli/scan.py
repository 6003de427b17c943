"""``babyn scan``: which devices are in reach."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table

from babyn_ble.cli.findings import warn_of_plaintext
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.marks import Marks, printable, signal_bar, signal_word
from babyn_ble.cli.output import words
from babyn_ble.cli.running import run
from babyn_ble.cli.wording import count
from babyn_ble.companion import Companion
from babyn_ble.errors import DeviceNotFoundError
from babyn_ble.privacy.acts import Act

if TYPE_CHECKING:
    from babyn_ble.discovery import Sighting

SCAN_SECONDS = 10.0
CHOICE_SECONDS = 5.0
"""For how long the only device in reach is looked for: long enough to find a second one."""

REDRAW_SECONDS = 0.25


def scan(
    context: typer.Context,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds to scan for.")
    ] = SCAN_SECONDS,
) -> None:
    """Show which devices are in reach.

    Needs consent to location and bluetooth.
    """
    invocation = invocation_of(context)
    run(invocation, lambda companion: _scan(invocation, companion, timeout), Act.SCAN)


async def _scan(invocation: Invocation, companion: Companion, timeout: float) -> None:
    output = invocation.output
    found: list[Sighting] = []
    loop = asyncio.get_running_loop()
    began = loop.time()

    def picture() -> RenderableType:
        passed = min(timeout, loop.time() - began)
        progress = words(
            ("Scanning ", "what"),
            f"{passed:.0f} of {timeout:g} s {output.marks.point} ",
            f"{count(len(found), 'device')} {output.marks.point} ",
            (f"{count(companion.scan_counts.dropped, 'foreign advertisement')} ignored", "quiet"),
        )
        return Group(sightings_table(found, output.marks), progress) if found else progress

    async with (
        redrawn(invocation, picture),
        contextlib.aclosing(companion.scan(timeout=timeout)) as sightings,
    ):
        async for sighting in sightings:
            found.append(sighting)
            report(invocation, sighting)
    if output.live and found:
        output.show(sightings_table(found, output.marks))
    ignored = f"{count(companion.scan_counts.dropped, 'foreign advertisement')} ignored."
    output.emit(
        scan={"found": len(found), "ignored": companion.scan_counts.dropped, "seconds": timeout}
    )
    if not found:
        raise DeviceNotFoundError(
            f"No device was seen within {timeout:g} s ({ignored[:-1]}); "
            "wake it, bring it near, and scan again"
        )
    output.say(f"{count(len(found), 'device')} found; {ignored}")
    for sighting in found:
        warn_of_plaintext(output, sighting)
    bound = {device.id for device in companion.devices()}
    new = [sighting.id for sighting in found if sighting.id not in bound]
    verb, device = ("bind", new[0]) if new else ("watch", found[0].id)
    output.following(invocation.command(verb, device))


def report(invocation: Invocation, sighting: Sighting) -> None:
    """Print one sighting at once, where no table is drawn in place."""
    output = invocation.output
    output.emit(**sighting_fields(sighting))
    if not output.live:
        name = "" if sighting.name is None else f"  {printable(sighting.name)}"
        bar = signal_bar(sighting.rssi, output.marks)
        output.line(
            f"{sighting.id}  {sighting.model}  {bar} {sighting.rssi} dBm "
            f"({signal_word(sighting.rssi)}){name}"
        )


def sighting_fields(sighting: Sighting) -> dict[str, object]:
    """Return a sighting as plain JSON types."""
    return {
        "id": sighting.id,
        "model": sighting.model,
        "name": sighting.name,
        "rssi": sighting.rssi,
        "services": list(sighting.services),
        "plaintext": sighting.advertisement.plaintext,
    }


def sightings_table(found: list[Sighting], marks: Marks) -> Table:
    """Return a table of what was seen."""
    table = Table(box=None, pad_edge=False, header_style="quiet")
    for heading in ("id", "model", "signal", "name"):
        table.add_column(heading, no_wrap=heading != "name")
    for sighting in found:
        table.add_row(
            words((sighting.id, "what")),
            sighting.model,
            f"{signal_bar(sighting.rssi, marks)} {sighting.rssi} dBm, {signal_word(sighting.rssi)}",
            printable(sighting.name or marks.dash),
        )
    return table


@contextlib.asynccontextmanager
async def redrawn(
    invocation: Invocation, picture: Callable[[], RenderableType]
) -> AsyncGenerator[Callable[[], None]]:
    """Draw a picture in place, again and again, for the length of the context.

    Yields:
        What draws it at once. Where nothing is redrawn (a pipe, ``--json``) it does nothing.
    """
    if not invocation.output.live:
        yield lambda: None
        return
    with Live(
        picture(), console=invocation.output.console, auto_refresh=False, transient=True
    ) as live:

        def redraw() -> None:
            live.update(picture(), refresh=True)

        async def keep_redrawing() -> None:
            while True:
                await asyncio.sleep(REDRAW_SECONDS)
                redraw()

        task = asyncio.create_task(keep_redrawing(), name="redraw")
        try:
            yield redraw
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def choose(
    invocation: Invocation, companion: Companion, wanted: str | None, verb: str
) -> Sighting:
    """Return the device that was named, or the only one in reach.

    Raises:
        DeviceNotFoundError: there is none.
        UsageError: there are several, and none was named.
    """
    if wanted is not None:
        return await companion.find(wanted)
    found = [sighting async for sighting in companion.scan(timeout=CHOICE_SECONDS)]
    if not found:
        raise DeviceNotFoundError(
            f"No device was seen within {CHOICE_SECONDS:g} s; wake it, bring it near, and try again"
        )
    if len(found) > 1:
        if not invocation.output.json:
            invocation.output.show(sightings_table(found, invocation.output.marks))
        for sighting in found:
            invocation.output.emit(**sighting_fields(sighting))
        raise UsageError(
            f"{count(len(found), 'device')} are in reach; name one",
            next_command=invocation.command(verb, found[0].id),
        )
    return found[0]
