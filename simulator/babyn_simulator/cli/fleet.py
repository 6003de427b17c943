"""``babyn-sim fleet``: thousands of devices in one process, and what they cost."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import json
import signal
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from babyn_simulator.cli.app import FAILED, INTERRUPTED, USAGE, app, fail
from babyn_simulator.clock import VirtualTimeLoop
from babyn_simulator.errors import BabynError

if TYPE_CHECKING:
    from babyn_simulator.fleet import Fleet, Status
    from babyn_simulator.scenario import Scenario

STEP = 0.1
"""Simulated seconds between two looks at the clock on the wall."""


@app.command()
def fleet(
    devices: Annotated[int, typer.Option(help="How many devices.", min=1, max=60_000)] = 1000,
    kind: Annotated[
        str, typer.Option(help="Of which kind, as in a scenario, or 'mixed'.")
    ] = "mixed",
    seconds: Annotated[float, typer.Option(help="Simulated seconds to run for.", min=0)] = 60.0,
    central: Annotated[
        bool, typer.Option(help="Let a central scan; unheard advertisements cost nothing.")
    ] = True,
    connected: Annotated[
        int, typer.Option(help="How many devices the central binds and subscribes to.", min=0)
    ] = 0,
    wall: Annotated[bool, typer.Option("--wall", help="Run in wall-clock time.")] = False,
    seed: Annotated[int, typer.Option(help="What all random numbers follow from.", min=0)] = 1,
    capture: Annotated[
        Path | None, typer.Option(help="Write all HCI traffic here, as btsnoop.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, one object a line, for machines.")
    ] = False,
) -> None:
    """Run a fleet of devices, and show what it does and what it costs."""
    from babyn_simulator.fleet import scenario

    try:
        plan = scenario(devices, kind)
    except ValueError as error:
        raise fail(str(error), USAGE) from None
    screen: _Screen = _Json() if as_json else _Picture(Console(highlight=False), seconds)
    options: dict[str, Any] = {
        "seed": seed,
        "central": central,
        "connected": connected,
        "capture": capture,
    }
    factory = asyncio.new_event_loop if wall else VirtualTimeLoop
    try:
        with screen, asyncio.Runner(loop_factory=factory) as runner:
            runner.run(_run(plan, seconds, screen, options))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit(INTERRUPTED) from None
    except BabynError as error:
        raise fail(str(error), FAILED) from None
    except OSError as error:
        raise fail(f"{error.filename or capture}: {error.strerror or error}", FAILED) from None


async def _run(plan: Scenario, seconds: float, screen: _Screen, options: dict[str, Any]) -> None:
    from babyn_simulator.fleet import Fleet

    task = asyncio.current_task()
    with contextlib.suppress(NotImplementedError):  # Windows
        if task is not None:
            # Ctrl-C does so by itself.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    screen.begin(len(plan.devices))
    with _collector_paused() as resume:
        async with Fleet.open(plan, **options) as running:
            resume()
            whole = False
            try:
                await _advance(running, seconds, screen)
                whole = True
            finally:
                screen.end(running.status(), whole, running.nursery.digest())


async def _advance(running: Fleet, seconds: float, screen: _Screen) -> None:
    shown = time.perf_counter()
    screen.update(running.status())
    while (left := seconds - running.status().simulated_seconds) > 1e-6:
        await running.advance(min(STEP, left))
        if time.perf_counter() - shown >= screen.refresh:
            screen.update(running.status())
            shown = time.perf_counter()


@contextlib.contextmanager
def _collector_paused() -> Generator[Callable[[], None]]:
    """Let the garbage collector leave alone what lasts as long as the process does.

    While thousands of devices are made it would look at all of them again and again, which takes
    as long as making them. It goes on, without them, when the function is called.
    """

    def resume() -> None:
        gc.freeze()
        gc.enable()

    gc.disable()
    try:
        yield resume
    finally:
        gc.enable()
        gc.unfreeze()


class _Screen(Protocol):
    """Where a run is shown."""

    refresh: float
    """Seconds between two updates."""

    def begin(self, devices: int) -> None: ...

    def update(self, status: Status) -> None: ...

    def end(self, status: Status, whole: bool, digest: str) -> None: ...

    def __enter__(self) -> object: ...

    def __exit__(self, *_error: object) -> None: ...


class _Json:
    """JSON objects for machines: one a second, and one in the end."""

    refresh = 1.0

    def begin(self, devices: int) -> None:
        self._print("begin", {"devices": devices})

    def update(self, status: Status) -> None:
        self._print("status", _figures(status))

    def end(self, status: Status, whole: bool, digest: str) -> None:
        self._print("end", {**_figures(status), "whole": whole, "digest": digest})

    def __enter__(self) -> object:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    @staticmethod
    def _print(event: str, content: dict[str, Any]) -> None:
        print(json.dumps({"event": event, **content}), flush=True)


def _figures(status: Status) -> dict[str, Any]:
    return {
        **dataclasses.asdict(status),
        "speed": round(status.speed, 2),
        "cpu_per_device_second": status.cpu_per_device_second,
    }


class _Picture:
    """A table: a live one on a terminal, elsewhere only the last."""

    refresh = 0.25

    def __init__(self, console: Console, seconds: float) -> None:
        self._console = console
        self._seconds = seconds
        self._live = Live(console=console, auto_refresh=False)
        self._begun = False

    def begin(self, devices: int) -> None:
        self._live.update(f"Switching {devices:,} devices on ...", refresh=True)

    def update(self, status: Status) -> None:
        self._begun = True
        self._live.update(self._table(status), refresh=True)

    def end(self, status: Status, whole: bool, digest: str) -> None:
        self.update(status)
        if not whole:
            self._console.print("Interrupted.")

    def __enter__(self) -> object:
        return self._live.__enter__()

    def __exit__(self, *_error: object) -> None:
        if not self._begun:
            self._live.update("")  # it failed: what is shown last is why
        self._live.stop()
        if self._begun and not self._console.is_terminal:
            self._console.line()

    def _table(self, status: Status) -> Table:
        seconds, heard = status.simulated_seconds, status.advertisements
        table = Table(show_header=False)
        table.add_column("what")
        table.add_column("how much", justify="right", min_width=20)
        table.add_row("devices", f"{status.devices:,}")
        table.add_row("simulated time", f"{status.simulated_seconds:.1f} of {self._seconds:g} s")
        table.add_row("faster than real time", f"{status.speed:.1f} times")
        table.add_row("advertisements a second", f"{heard / seconds:,.0f}" if seconds else "-")
        table.add_row("advertisements heard", f"{heard:,}")
        table.add_row("connections", f"{status.connections:,}")
        table.add_row("values received", f"{status.values:,}")
        table.add_row(
            "CPU a device and second",
            f"{status.cpu_per_device_second * 1_000_000:.1f} \N{MICRO SIGN}s",
        )
        size = status.device_bytes
        table.add_row("memory a device", "-" if size is None else f"{size / 1000:,.0f} kB")
        return table
