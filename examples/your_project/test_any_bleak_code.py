"""Tests of any bleak program, without hardware: pip install 'babyn-ble[pytest]', then run pytest.

Instead of the markers, for all tests at once: pytest --babyn-scenario nursery
"""

import pytest
from bleak import BleakClient, BleakScanner


async def device_name(advertised: str) -> str:
    """What is tested: code that knows nothing of a simulator."""
    device = await BleakScanner.find_device_by_name(advertised)
    if device is None:
        raise LookupError(advertised)
    async with BleakClient(device) as client:
        return (await client.read_gatt_char("2a00")).decode()


@pytest.mark.babyn_scenario("nursery")
@pytest.mark.babyn_central("plain", "bluez")
async def test_it_reads_the_name() -> None:
    assert await device_name("Thermometer") == "Thermometer"


@pytest.mark.babyn_scenario("lamp.toml")
async def test_my_own_device() -> None:
    assert await device_name("Lamp") == "Lamp"
