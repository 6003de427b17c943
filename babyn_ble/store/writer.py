"""The one thread that a store's calls run on, so that no event loop waits for a disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from babyn_ble.clock import Clock
from babyn_ble.errors import StoreError
from babyn_ble.store import Store

P = ParamSpec("P")
T = TypeVar("T")


class StoreWriter:
    """Runs a store's calls in order, off the event loop.

    In virtual time, or with a store in memory, they run inline: same code, no thread.

    Args:
        store: whose calls these are.
        clock: the companion's clock.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._executor: ThreadPoolExecutor | None = None
        self._closed = False

    @property
    def inline(self) -> bool:
        """Whether calls run on the caller's own thread: so with the clock that runs now."""
        return self._store.in_memory or self._clock.virtual

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call and return its result.

        Calls happen one after the other, in the order of asking. One that was asked for
        happens wholly, also when the wait for it is cancelled.

        Raises:
            StoreError: the writer is closed.
        """
        if self._closed:
            raise StoreError("The store is closed; open it again")
        if self.inline:
            return call(*args, **kwargs)
        if self._executor is None:
            self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="babyn-store")
        done = asyncio.wrap_future(self._executor.submit(call, *args, **kwargs))
        # If nobody waits any more, nobody is told of an error either.
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        await asyncio.wait({done})  # unlike awaiting it, this never cancels it
        return done.result()

    async def aclose(self) -> None:
        """Let the calls that were asked for finish, then end the thread."""
        self._closed = True
        executor, self._executor = self._executor, None
        if executor is not None:
            last = asyncio.wrap_future(executor.submit(lambda: None))
            executor.shutdown(wait=False)
            await asyncio.wait({last})
