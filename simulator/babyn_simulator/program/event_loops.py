"""Virtual time for a program that makes its event loops in the ordinary ways."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any, cast

from babyn_simulator.clock import VirtualTimeLoop


def use_virtual_time() -> Callable[[], None]:
    """Have ``asyncio.run()``, ``Runner`` and ``new_event_loop()`` make virtual loops.

    So does ``get_event_loop()``, where it makes one: before Python 3.14. A program that names
    another loop, or sets an event loop policy, gets what it asks for; its first use of bleak
    says that it does not run in virtual time.

    Returns:
        What makes it as it was.
    """
    policies = cast("Any", asyncio)
    with warnings.catch_warnings():
        # The one public way to say which loop all of them make. It is deprecated since Python
        # 3.14, to be gone in 3.16; nothing takes its place.
        warnings.simplefilter("ignore", DeprecationWarning)
        before = policies.get_event_loop_policy()
        policy = policies.DefaultEventLoopPolicy()
        policy.new_event_loop = VirtualTimeLoop
        policies.set_event_loop_policy(policy)

    def undo() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            policies.set_event_loop_policy(before)
        # Somebody may have kept it and set it again: pytest-asyncio does, for a whole session.
        policy.new_event_loop = before.new_event_loop

    return undo
