"""Measurements that wait in a log, indicated as soon as somebody listens.

Health Thermometer and Weight Scale have no control point for what they keep: it is indicated
when a client has subscribed, oldest first, each until it is confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Generic, TypeVar

from babyn_simulator.devices.models.measurement_log import MeasurementLog, Taken

T = TypeVar("T")

FRESH: Final = timedelta(seconds=2)
"""How old a measurement may be that counts as sent at once."""


class StoredMeasurements(Generic[T]):
    """Empties a log towards whoever has subscribed.

    Args:
        log: the log.
        tell: indicates one measurement; returns whether somebody has confirmed it.
    """

    def __init__(self, log: MeasurementLog[T], tell: Callable[[Taken[T]], Awaitable[bool]]) -> None:
        self._log = log
        self._tell = tell
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look again: something was measured, or somebody has subscribed."""
        self._woken.set()

    async def tell_for_ever(self) -> None:
        """Tell what there is, and wait for more."""
        while True:
            self._woken.clear()
            record = self._log.oldest()
            if record is not None and await self._tell(record.taken):
                self._log.confirm(record.sequence)
            else:
                await self._woken.wait()
