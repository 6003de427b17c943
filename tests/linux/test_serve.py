"""``babyn-sim serve --hci vhci``: simulated devices inside the system's own Bluetooth."""

from __future__ import annotations

import asyncio
import json
import signal

from tests.cli.terminal import SIMULATOR, Running, running
from tests.linux.bus import connected
from tests.radios.linux_stage import LinuxStage
from tests.radios.worlds import World

SECOND = "/org/bluez/hci1"


def test_the_public_command_puts_devices_into_the_systems_bluetooth(
    linux_stage: LinuxStage,
) -> None:
    """Mutant: lend a controller that the kernel cannot bring up."""

    async def story(world: World) -> None:
        # Another seed than the stage's: BlueZ takes no second adapter of the same address.
        command = [*SIMULATOR, "serve", "nursery", "--hci", "vhci", "--seed", "9", "--json"]
        with running(command) as serving:
            ready = json.loads(await asyncio.to_thread(serving.line))
            assert ready["radio"] == "os"
            (device,) = ready["devices"]
            path = f"{SECOND}/dev_{device['address'].replace(':', '_')}"
            async with connected(SECOND) as bus:
                await bus.adapter_added()
                await bus.power_on()
                await bus.call(SECOND, "org.bluez.Adapter1", "StartDiscovery")
                assert await bus.appears(path, "org.bluez.Device1", "Name") == "Thermometer"
                await bus.call(SECOND, "org.bluez.Adapter1", "StopDiscovery")
                await end(serving)
                assert await bus.disappears(SECOND, "org.bluez.Adapter1", "Address")

    linux_stage.play(story)


async def end(serving: Running) -> None:
    serving.process.send_signal(signal.SIGINT)
    ended = await asyncio.to_thread(serving.end)
    assert (ended.code, ended.err) == (0, "")
