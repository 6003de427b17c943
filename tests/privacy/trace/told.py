"""What the device has told, and when each of it was measured: the truth about a reading.

Every value that it tells is another, so that a reading is known again wherever it turns up: in
the hands of the program, in the store, at a broker.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from babyn_ble.readings import Quantity
from tests.privacy.trace.trace import Measured

LIVE = timedelta(minutes=1)
"""What is told no later than that after it was measured counts as told at once, unless it comes
from the device's log."""

UNTOLD = Measured(None, live=False)
"""What the device never told."""


class Told:
    """Every value that the device has told."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._measured: dict[tuple[str, Decimal], Measured] = {}
        self._under_way: list[tuple[str, Decimal]] = []

    def number(self, quantity: Quantity, *, since: int = 1, step: str) -> Decimal:
        """Return a value that was never told before.

        Args:
            quantity: of what.
            since: the first one, in steps.
            step: between two of them.
        """
        count = self._numbers.get(quantity, since)
        self._numbers[quantity] = count + 1
        return count * Decimal(step)

    def live(self, quantity: Quantity, value: Decimal, moment: datetime, now: datetime) -> None:
        """Note that a value is told as it is measured, or a little later.

        Args:
            quantity, value: what is told.
            moment: when it was measured, as the device tells it.
            now: the date and time now.
        """
        self._measured[quantity, value] = Measured(moment, live=now - moment <= LIVE)
        self._under_way.append((quantity, value))

    def clock_set(self) -> None:
        """Note that the date was set: how old what is under way is, nobody can tell any more."""
        for told in self._under_way:
            self._measured[told] = replace(self._measured[told], live=True)
        self._under_way.clear()

    def stored(self, quantity: Quantity, value: Decimal, moment: datetime | None) -> None:
        """Note that a value goes into the device's log; ``None``: nobody will know when."""
        self._measured[quantity, value] = Measured(moment, live=False)

    def measured(self, quantity: object, value: object) -> Measured:
        """Return when a value was measured."""
        return self._measured.get((str(quantity), Decimal(str(value))), UNTOLD)
