"""Teardowns: closing, in the background, what was opened under permits that have died."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from babyn_ble.privacy.permits import Guarded, waits_for_withdrawal

_LOGGER = logging.getLogger(__name__)


class Teardowns:
    """What one gate is closing, each in a task of its own.

    Args:
        ended: called when one has ended, however.
    """

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._names: dict[asyncio.Task[None], str] = {}
        self._unclosed: list[str] = []

    @property
    def running(self) -> bool:
        """Whether something is still being closed."""
        return bool(self._names)

    @property
    def tasks(self) -> frozenset[asyncio.Task[None]]:
        """The tasks that are closing something."""
        return frozenset(self._names)

    def start(self, guarded: Guarded) -> None:
        """Close something."""
        name, _ = guarded
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._unclosed.append(name)  # nothing that could close it is running
            return
        task = loop.create_task(self._close(guarded), name="teardown")
        self._names[task] = name
        task.add_done_callback(self._done)

    async def settle(self, seconds: float) -> tuple[str, ...]:
        """Wait for what is being closed; return the names of what did not close."""
        this = asyncio.current_task()  # a teardown may be what closes or withdraws
        closing = {
            task for task in self._names if task is not this and not waits_for_withdrawal(task)
        }
        if closing:
            await asyncio.wait(closing, timeout=seconds)
        failed, self._unclosed = self._unclosed, []
        open_still = (name for task, name in self._names.items() if task in closing)
        return (*failed, *open_still)

    async def _close(self, guarded: Guarded) -> None:
        name, teardown = guarded
        try:
            await teardown()
        except Exception as error:  # noqa: BLE001 - reported as not closed, whatever it was
            self._unclosed.append(name)
            _LOGGER.warning("Closing the %s failed (%s)", name, type(error).__name__)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._names.pop(task, None)
        self._ended()
