"""Virtual time for a program that makes its event loops in the ordinary ways."""

from __future__ import annotations

import asyncio
import warnings

from babyn_simulator.clock import VirtualTimeLoop


def run_in_virtual_time() -> None:
    """Have ``asyncio.run()``, ``asyncio.Runner`` and ``new_event_loop()`` make virtual loops.

    A program that names another loop, or sets an event loop policy, gets what it asks for; its
    first use of bleak tells that it does not run in virtual time.
    """
    with warnings.catch_warnings():
        # The one public way to say which loop all of them make; deprecated since Python 3.14,
        # where nothing takes its place.
        warnings.simplefilter("ignore", DeprecationWarning)

        class VirtualTimePolicy(asyncio.DefaultEventLoopPolicy):
            def new_event_loop(self) -> asyncio.AbstractEventLoop:
                return VirtualTimeLoop()

        asyncio.set_event_loop_policy(VirtualTimePolicy())
