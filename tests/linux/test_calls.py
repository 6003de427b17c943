"""What a session costs BlueZ: which calls are made, and how often."""

from __future__ import annotations

from collections import Counter

from dbus_fast import MessageType

from tests.client.steps import take
from tests.linux.bus import Traffic, monitored
from tests.radios.linux_stage import LinuxStage
from tests.radios.worlds import World


def counted(traffic: Traffic) -> Counter[str]:
    """Return the calls to a remote device and its values, by name."""
    return Counter(
        message.member or ""
        for message in traffic.messages
        if message.message_type is MessageType.METHOD_CALL
        and message.interface in ("org.bluez.GattCharacteristic1", "org.bluez.Device1")
    )


def test_the_calls_of_binding_and_of_a_session_are_counted(linux_stage: LinuxStage) -> None:
    """Mutant: subscribe twice, pair again, or write where nothing is to be written."""

    async def story(world: World) -> None:
        async with (
            world.device("thermometer", interval=1.0) as patch,
            world.companion() as babyn,
        ):
            sighting = await babyn.find(patch.address)
            async with monitored() as binding:
                device = await babyn.bind(sighting)
            calls = counted(binding)
            assert (calls["Connect"], calls["Pair"], calls["Disconnect"]) == (1, 1, 1)
            assert calls["WriteValue"] == calls["StartNotify"] == 0
            async with monitored() as reading, babyn.connect(device) as session:
                await take(session.readings(), 10)
            calls = counted(reading)
            assert (calls["Connect"], calls["Pair"], calls["Disconnect"]) == (1, 0, 1)
            assert calls["StartNotify"] == 2  # the temperature, and the battery
            assert calls["WriteValue"] == 0

    linux_stage.play(story)


def test_the_calls_of_a_session_with_controls_are_counted(linux_stage: LinuxStage) -> None:
    """Mutant: subscribe for each command, or write a command twice."""

    async def story(world: World) -> None:
        async with world.device("night_light") as lamp, world.companion() as babyn:
            device = await babyn.bind(await babyn.find(lamp.address))
            async with monitored() as traffic, babyn.connect(device) as session:
                await session.properties()
                described = counted(traffic)
                await session.set("light_brightness", 20)
                await session.set("light_brightness", 30)
            calls = counted(traffic)
            assert (calls["Connect"], calls["Pair"], calls["Disconnect"]) == (1, 0, 1)
            assert described["WriteValue"] == 0
            assert calls["WriteValue"] == 2  # one a command
            assert calls["StartNotify"] == 2  # its answers, and the states

    linux_stage.play(story)
