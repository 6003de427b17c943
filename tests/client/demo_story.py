"""The demo's scenario through the companion, in a process of its own: prints a digest of HCI.

python -m tests.client.demo_story SEED [CAPTURE]
"""

from __future__ import annotations

import sys

from babyn_ble.privacy.purposes import HEALTH_MONITORING
from babyn_simulator.clock import run
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, opened, take, withdraw


async def story(seed: int, capture: str | None) -> str:
    """Find, pair, bind, read and withdraw; return the digest of all that went over HCI."""
    async with Nursery.open("demo", seed=seed, capture=capture) as nursery:
        async with opened(nursery) as (babyn, _radio):
            device = await babyn.bind(await first(babyn))
            async with babyn.connect(device) as session:
                await take(session.readings(), 10)
                await withdraw(babyn, HEALTH_MONITORING)
        assert nursery.packets > 200
        return nursery.digest()


if __name__ == "__main__":
    capture = sys.argv[2] if len(sys.argv) > 2 else None
    print(run(story(int(sys.argv[1]), capture)))  # noqa: T201 - its result
