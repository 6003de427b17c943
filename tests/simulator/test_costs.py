"""What the radio costs, counted in calls of Python functions: the same on any machine.

What it costs in time is measured by ``make bench``, with the same programs.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.benchmarks import radio

TIMES = 50


@contextmanager
def counted() -> Generator[Counter[str]]:
    """Count the Python functions that are called."""
    calls: Counter[str] = Counter()

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            calls[frame.f_code.co_qualname] += 1

    collecting = gc.isenabled()
    gc.disable()  # what it finalises would be counted
    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        if collecting:
            gc.enable()


def calls_of(measure: Callable[[], float]) -> Counter[str]:
    """Return the calls of one run, after one in which everything has been met once."""
    measure()
    with counted() as calls:
        measure()
    return calls


def test_a_notification() -> None:
    """The whole way: device, host, controller, air, controller, host, device, subscriber.

    Mutant: an object of each packet on the way, or a text of it for a log that is off.
    """
    with radio.notifying(TIMES) as (ours, other):
        mine, stock = calls_of(ours), calls_of(other)
    assert mine.total() / TIMES <= 230
    assert stock.total() / mine.total() >= 2


def test_an_advertisement() -> None:
    """Heard by an active scan through bleak: two reports.

    Mutant: parse the data again though nothing has changed; a second timer for each event.
    """
    many, few = 40, 10
    with radio.scaling(many, few) as (ours, other):
        at_many, at_few = calls_of(ours), calls_of(other)
    assert at_many.total() / many <= 170
    # The loop turns once for several devices where there are many of them.
    assert at_many.total() <= at_few.total() * 1.05
    for calls in (at_many, at_few):
        timers = calls["BaseEventLoop.call_at"]
        assert 0.95 * many <= timers <= many + 2
        assert "HCI_Packet.from_bytes" not in calls
        assert "read" not in calls
