"""Only what was agreed to is asked of a device: counted at the device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from babyn_ble import Companion, ConsentRequiredError, Quantity, Reading
from babyn_ble.privacy.purposes import DEVICE_CONTROL, ENVIRONMENT
from babyn_ble.testing import give_simulated
from babyn_protocol.uuids import Characteristic, VendorCharacteristic
from babyn_simulator.nursery import Nursery
from babyn_simulator.peripheral import Peripheral
from tests.client.steps import each, take, withdraw

pytestmark = pytest.mark.asyncio

Reads = Callable[[Peripheral], list[str]]


@pytest.fixture
def babyn_scenario() -> str:
    return "house"


@pytest.fixture
def reads_of(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """Record the UUIDs that a device is asked to read."""

    def record(device: Peripheral) -> list[str]:
        found: list[str] = []
        before_read = device.before_read

        async def recorded(connection: object, characteristic: object) -> None:
            found.append(str(getattr(characteristic, "uuid", "")).lower())
            await before_read(connection, characteristic)  # type: ignore[arg-type]  # passed on

        monkeypatch.setattr(device, "before_read", recorded)
        return found

    return record


OF_THE_ROOM = {
    str(uuid)
    for uuid in (
        Characteristic.TEMPERATURE,
        Characteristic.HUMIDITY,
        Characteristic.PRESSURE,
        Characteristic.CO2_CONCENTRATION,
        Characteristic.ILLUMINANCE,
        VendorCharacteristic.SOUND_LEVEL,
    )
}
NEVER = {str(Characteristic.SERIAL_NUMBER_STRING), str(Characteristic.SYSTEM_ID)}


@pytest.mark.requirement("BN-PUR-07")
async def test_values_of_the_room_need_their_own_consent(
    babyn_stranger: Companion, babyn_nursery: Nursery, reads_of: Reads
) -> None:
    """BN-PUR-07. Mutant: the child's consent opens the room, or what identifies is read."""
    give_simulated(babyn_stranger, ["location", "bluetooth", "health_monitoring"])
    room = babyn_nursery.room_sensor()
    read = reads_of(room)
    device = await babyn_stranger.bind(await babyn_stranger.find(room.address))
    async with babyn_stranger.connect(device) as session:
        with pytest.raises(ConsentRequiredError) as refused:
            await take(session.readings(), 1)
        assert refused.value.missing == ("environment",)
        assert OF_THE_ROOM.isdisjoint(read)
        give_simulated(babyn_stranger, ["environment"])
        (reading,) = await take(session.readings(), 1)
        assert reading.quantity.category == "environment"
        assert not OF_THE_ROOM.isdisjoint(read)  # the control
        assert session.stored == 0
    assert read
    assert NEVER.isdisjoint(read)


async def test_a_withdrawal_of_the_room_ends_its_readings(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: the room's values are read under the child's consent."""
    room = babyn_nursery.room_sensor()
    device = await babyn_companion.bind(await babyn_companion.find(room.address))

    async def withdrawn(reading: Reading) -> None:
        assert reading.quantity is not Quantity.TEMPERATURE
        await withdraw(babyn_companion, ENVIRONMENT)

    async with babyn_companion.connect(device) as session:
        with pytest.raises(ConsentRequiredError) as ended:
            await each(session.readings(), withdrawn)
    assert ended.value.missing == ("environment",)


async def test_setting_takes_its_own_consent_each_time(
    babyn_companion: Companion, babyn_nursery: Nursery
) -> None:
    """Mutant: a property is set under the permit to see it, or one taken before."""
    lamp = babyn_nursery.night_light()
    device = await babyn_companion.bind(await babyn_companion.find(lamp.address))
    async with babyn_companion.connect(device) as session, asyncio.timeout(300):
        before = await session.set("light_brightness", 20)
        await withdraw(babyn_companion, DEVICE_CONTROL)
        with pytest.raises(ConsentRequiredError) as refused:
            await session.set("light_brightness", 40)
        assert refused.value.missing == ("device_control",)
        assert session.is_connected  # seeing goes on
        states = {state.property.name: state for state in await session.properties()}
        assert states["light_brightness"].value == before.value == 20
        give_simulated(babyn_companion, ["device_control"])
        after = await session.set("light_brightness", 40, for_=timedelta(minutes=1))
        assert after.value == 40
