"""A test in a project of one's own: pip install 'babyn-ble[pytest]', then run pytest."""

from babyn_ble import Companion


async def test_reads_a_temperature(babyn_companion: Companion) -> None:
    sighting = await anext(babyn_companion.scan())
    device = await babyn_companion.bind(sighting)
    async with babyn_companion.connect(device) as session:
        reading = await anext(session.readings())
    assert reading.unit == "°C"
