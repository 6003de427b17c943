"""``babyn watch``: the readings of a bound device, as they arrive."""

from __future__ import annotations

import contextlib
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table

from babyn_ble.cli.bind import bound_device, words_of
from babyn_ble.cli.invocation import Invocation, invocation_of
from babyn_ble.cli.marks import Marks, curve
from babyn_ble.cli.output import Part, words
from babyn_ble.cli.running import run
from babyn_ble.cli.scan import redrawn
from babyn_ble.cli.wording import (
    count,
    duration,
    moment,
    quality_words,
    quantity_words,
    site_words,
    value_words,
)
from babyn_ble.clock import running_clock
from babyn_ble.companion import Companion
from babyn_ble.privacy.acts import Act
from babyn_ble.readings import Quantity, Reading

if TYPE_CHECKING:
    from babyn_ble.session import Session

CURVE_WIDTH = 60


def watch(
    context: typer.Context,
    device: Annotated[
        str | None, typer.Argument(help="Id of a bound device; without it, the only one.")
    ] = None,
    number: Annotated[
        int | None,
        typer.Option("--count", "-n", min=1, help="End after this many readings."),
    ] = None,
) -> None:
    """Show readings live.

    Needs consent to location, bluetooth and health_monitoring; for what a room sensor
    measures, environment in place of the last.
    """
    invocation = invocation_of(context)
    run(
        invocation,
        lambda companion: _watch(invocation, companion, device, number),
        Act.SCAN,
        (Act.READ, Act.READ_ROOM),
        device=device,
    )


async def _watch(
    invocation: Invocation, companion: Companion, wanted: str | None, number: int | None
) -> None:
    output = invocation.output
    bound = bound_device(invocation, companion, wanted, "watch")
    if output.live:
        output.say(f"Connecting to {words_of(bound)}{output.marks.ellipsis}")
    clock = running_clock()
    async with companion.connect(bound) as session:
        view = View(words_of(bound), session, clock.now())
        async with (
            redrawn(invocation, lambda: view.panel(clock.now(), output.marks)) as redraw,
            contextlib.aclosing(session.readings()) as readings,
        ):
            async for reading in readings:
                view.add(reading)
                redraw()
                output.emit(**reading.as_dict())
                if not output.live:
                    output.line(*reading_line(reading, session.battery, output.marks))
                if view.seen == number:
                    break
    if output.live:
        output.show(view.panel(clock.now(), output.marks))
        stored = f", {session.stored} stored" if session.stored else ", none stored"
        output.say(f"{count(view.seen, 'reading')} seen{stored}.")


@dataclass
class View:
    """What the live panel shows."""

    title: str
    session: Session
    began: datetime
    seen: int = 0
    series: dict[Quantity, deque[Reading]] = field(default_factory=dict[Quantity, "deque[Reading]"])

    def add(self, reading: Reading) -> None:
        """Take a reading."""
        self.seen += 1
        series = self.series.setdefault(reading.quantity, deque(maxlen=CURVE_WIDTH))
        if series and series[-1].unit != reading.unit:
            series.clear()  # one curve, one unit
        series.append(reading)

    def panel(self, now: datetime, marks: Marks) -> Panel:
        """Return the panel as it is at a moment."""
        return Panel(
            self._readings(now, marks) if self.series else self._waiting(now),
            title=words((self.title, "what")),
            title_align="left",
            subtitle=words(("Ctrl-C ends", "quiet")),
            subtitle_align="right",
            width=CURVE_WIDTH + 18,
            box=box.ROUNDED if marks.unicode else box.ASCII,
            padding=(0, 1),
        )

    def _waiting(self, now: datetime) -> RenderableType:
        waited = duration((now - self.began).total_seconds())
        return words(("Connected. ", "good"), f"No reading yet ({waited}).")

    def _readings(self, now: datetime, marks: Marks) -> RenderableType:
        newest = max(self.series.values(), key=lambda series: series[-1].received_at)[-1]
        return Group(
            *(part for series in self.series.values() for part in self._one(series, now, marks)),
            words(*self._facts(newest, now, marks)),
        )

    def _one(self, series: deque[Reading], now: datetime, marks: Marks) -> list[RenderableType]:
        newest = series[-1]
        top = Table.grid(expand=True)
        top.add_column()
        top.add_column(justify="right")
        age = duration((now - newest.received_at).total_seconds())
        named = f"{quantity_words(newest)} " if len(self.series) > 1 else ""
        top.add_row(
            words(
                named,
                (value_words(newest, marks), "what"),
                "   ",
                quality_words(newest.quality),
            ),
            words((f"{age} ago", "quiet")),
        )
        values = [reading.value for reading in series]
        known = [value for value in values if value is not None]
        span = f"  {min(known)}{marks.dash}{max(known)}" if known else ""
        return [top, words((curve(values, marks, width=CURVE_WIDTH), "good"), (span, "quiet"))]

    def _facts(self, newest: Reading, now: datetime, marks: Marks) -> list[Part]:
        facts = [count(self.seen, "reading")]
        if newest.site is not None:
            facts.append(site_words(newest))
        if self.session.battery is not None:
            facts.append(f"battery {value_words(self.session.battery, marks)}")
        facts.append(f"watching for {duration((now - self.began).total_seconds())}")
        if newest.gap is not None:
            facts.append(gap_words(newest))
        return [(f" {marks.point} ".join(facts), "quiet")]


def gap_words(reading: Reading) -> str:
    """Return what is missing before a reading."""
    if reading.gap is None:
        return ""
    missed = "readings" if reading.gap.missed is None else count(reading.gap.missed, "reading")
    return f"{missed} missed: {reading.gap.reason}"


def _named(reading: Reading) -> str:
    body = reading.quantity is Quantity.TEMPERATURE
    return "" if body else f"{quantity_words(reading)} "


def reading_line(reading: Reading, battery: Reading | None, marks: Marks) -> list[Part]:
    """Return one reading as one line, for a pipe or a log."""
    parts: list[Part] = [
        moment(reading.measured_at or reading.received_at),
        (f"  {_named(reading)}{value_words(reading, marks)}  ", "what"),
        quality_words(reading.quality),
    ]
    if reading.site is not None:
        parts.append(f"  {site_words(reading)}")
    if battery is not None:
        parts.append((f"  battery {value_words(battery, marks)}", "quiet"))
    if reading.gap is not None:
        parts.append((f"  ({gap_words(reading)})", "due"))
    return parts
