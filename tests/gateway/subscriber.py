"""What somebody sees who comes to a broker and subscribes to everything."""

from __future__ import annotations

from collections.abc import Callable

import aiomqtt

from tests.gateway.mosquitto import soon

LOOKS = 300


async def retained(port: int) -> dict[str, bytes]:
    """Return what a new subscriber to everything is sent at once, by topic."""
    found: dict[str, bytes] = {}
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("#", qos=1)
        await client.publish("control/last", b"", qos=1)
        async for message in client.messages:
            if str(message.topic) == "control/last":
                break
            if message.retain:
                found[str(message.topic)] = bytes(message.payload)
    return found


async def until_retained(port: int, wanted: Callable[[dict[str, bytes]], bool]) -> None:
    """Look again and again, until what is retained is as it is wanted.

    Each look makes the broker work, so it gets on with what it has to do meanwhile.
    """
    for _ in range(LOOKS):
        if wanted(await soon(retained(port))):
            return
    raise AssertionError(f"what is retained is not as it is wanted, after {LOOKS} looks")
