"""One pytest test on a nursery of its own; what the pytest plugin asks for."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import pytest

from babyn_simulator import faults
from babyn_simulator.program import event_loops, nurseries, platform_lookup
from babyn_simulator.program.nurseries import Conditions, Nurseries
from babyn_simulator.program.simulation import PLAIN, Time

if TYPE_CHECKING:
    from babyn_simulator.faults import AnyFault
    from babyn_simulator.nursery import Nursery
    from babyn_simulator.scenario import Scenario

IN_MEMORY = 4 << 20
"""Bytes of a capture that are kept in memory; a longer one goes to a temporary file."""

_known: pytest.StashKey[dict[tuple[Conditions, tuple[AnyFault, ...]], Nurseries]] = (
    pytest.StashKey()
)


class SimulatedTest:
    """Puts bleak on a nursery while a test runs, and knows how to repeat that.

    Args:
        item: the test.
        time: the clock of its event loops.
        central: the central profile; ``None`` for the one of the option.

    Raises:
        BabynError: a marker names a fault that is none.
        TypeError: a marker has not the arguments that it takes.
    """

    def __init__(self, item: pytest.Item, *, time: str, central: str | None) -> None:
        self._item = item
        options = item.config
        self.scenario = self._scenario()
        """Where the test's scenario is, unless a fixture tells another."""
        self._conditions = Conditions(
            self.scenario,
            seed=options.getoption("--babyn-seed"),
            time=cast("Time", time),
            central=central or options.getoption("--babyn-central") or PLAIN,
        )
        # The outermost marker first. What is wrong in one is told where the test is.
        marks = reversed(list(item.iter_markers("babyn_fault")))
        self._faults = tuple(faults.fault(*mark.args, **mark.kwargs) for mark in marks)
        # A loop that several tests share goes on with its nursery, if they want the same.
        known = options.stash.setdefault(_known, {})
        key = (self._conditions, self._faults)
        self._nurseries = known.get(key) or known.setdefault(key, self._new())
        self._before: Nurseries | None = None
        self._undo: Callable[[], None] | None = None

    def begin(self) -> None:
        """Put bleak on the nursery."""
        platform_lookup.install()
        self._before = nurseries.use(self._nurseries)
        if self._conditions.time == "virtual":
            self._undo = event_loops.use_virtual_time()

    def end(self) -> None:
        """Give bleak its platform back."""
        if self._undo is not None:
            self._undo()
        nurseries.use(self._before)
        for ended in self._nurseries.forget():
            if ended.capture is not None:
                ended.capture.close()

    @asynccontextmanager
    async def nursery(self, scenario: str | Path | Scenario) -> AsyncGenerator[Nursery]:
        """Run the nursery of the running event loop, on this scenario."""
        if scenario != self.scenario:
            self._conditions = replace(self._conditions, scenario=scenario)
            self._nurseries = self._new()
            nurseries.use(self._nurseries)
        yield (await self._nurseries.here()).nursery
        await self._nurseries.end_here()

    def explain(self) -> str:
        """Return how to repeat this test, and where its capture is; nothing if it used none."""
        lines: list[str] = []
        for number, running in enumerate(self._nurseries.opened, 1):
            nursery = running.nursery
            lines += [
                f"scenario {nursery.scenario.source}, seed {nursery.seed}, central "
                f"{running.conditions.central}, {running.conditions.time} time",
                f"again with: {self._again(nursery.seed)}",
            ]
            if running.capture is not None:
                lines.append(f"capture: {self._keep(running.capture, number)}")
        return "\n".join(lines)

    def _new(self) -> Nurseries:
        return Nurseries(self._conditions, capture=_new_capture, on_open=self._inject)

    def _scenario(self) -> str:
        marker = self._item.get_closest_marker("babyn_scenario")
        if marker is None:
            return self._item.config.getoption("--babyn-scenario") or "nursery"
        if len(marker.args) != 1 or marker.kwargs:
            raise TypeError("babyn_scenario takes one scenario")
        named = marker.args[0]
        beside = self._item.path.parent / str(named)
        return str(beside) if beside.is_file() else str(named)

    def _inject(self, nursery: Nursery) -> None:
        """Let go wrong what the markers say."""
        for fault in self._faults:
            nursery.inject(fault)

    def _keep(self, capture: BinaryIO, number: int) -> Path:
        config = self._item.config
        chosen = config.getoption("--babyn-capture")
        if chosen is None:
            factory = cast("pytest.TempPathFactory", vars(config)["_tmp_path_factory"])
            folder = factory.getbasetemp() / "babyn"
        else:
            folder = Path(chosen)
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9.-]+", "_", self._item.nodeid)
        path = folder / (f"{name}.btsnoop" if number == 1 else f"{name}-{number}.btsnoop")
        end = capture.tell()
        capture.seek(0)
        path.write_bytes(capture.read())
        capture.seek(end)
        return path

    def _again(self, seed: int) -> str:
        options = [f"--babyn-seed {seed}"]
        for name in ("scenario", "central", "time"):
            value = self._item.config.getoption(f"--babyn-{name}")
            if value is not None:
                options.append(f"--babyn-{name} {shlex.quote(value)}")
        return f"pytest {' '.join(options)} {shlex.quote(self._item.nodeid)}"


def _new_capture() -> AbstractContextManager[BinaryIO]:
    """Return a file that stays open when its nursery ends: the test may fail after that."""
    return nullcontext(cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY)))
