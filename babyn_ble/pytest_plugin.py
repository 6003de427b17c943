"""pytest fixtures of the companion. The simulator's plugin gives ``babyn_nursery``.

Importing this module imports neither bleak nor a simulator: the fixtures do, when used. Where
pytest-asyncio is not installed there are none, and pytest runs as if this were not here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babyn_ble.companion import Companion


async def _agreed(babyn_nursery: Any) -> AsyncIterator[Companion]:
    """A companion whose synthetic subject has agreed to everything, in memory, on the nursery."""
    from babyn_ble.testing import give_simulated, set_up_synthetic

    async with _companion(await babyn_nursery.radio()) as companion:
        set_up_synthetic(companion)
        give_simulated(companion)
        yield companion


async def _stranger(babyn_nursery: Any) -> AsyncIterator[Companion]:
    """A companion whose synthetic subject has agreed to nothing."""
    from babyn_ble.testing import set_up_synthetic

    async with _companion(await babyn_nursery.radio()) as companion:
        set_up_synthetic(companion)
        yield companion


def _companion(radio: Any) -> Companion:
    from babyn_ble.companion import Companion
    from babyn_ble.store.memory import MemoryStore

    return Companion.open(MemoryStore(), radio=radio)


if importlib.util.find_spec("pytest_asyncio") is not None:
    import pytest_asyncio

    babyn_companion = pytest_asyncio.fixture(name="babyn_companion", loop_scope="function")(_agreed)
    babyn_stranger = pytest_asyncio.fixture(name="babyn_stranger", loop_scope="function")(_stranger)
