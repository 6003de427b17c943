"""A simulated device of one's own, in Python, and a bleak program that reads it."""

import asyncio

from bleak import BleakClient, BleakScanner

from babyn_simulator import Characteristic, Nursery, Peripheral, Service, run


async def main() -> None:
    async with Nursery.open("nursery") as nursery:
        radio = await nursery.radio()
        level = Characteristic(0x2A19, read=b"\x57", notify=True)
        async with Peripheral(nursery.air, [Service(0x180F, [level])], name="Lamp") as lamp:
            device = await BleakScanner.find_device_by_name("Lamp", backend=radio.scanner)
            assert device is not None
            async with BleakClient(device, backend=radio.client) as client:
                print("read", (await client.read_gatt_char("2a19")).hex())
                await client.start_notify("2a19", lambda _, value: print("told", value.hex()))
                for percent in (86, 85, 84):
                    await lamp.notify(level, bytes([percent]))
                    await asyncio.sleep(3600)  # virtual: at once


if __name__ == "__main__":
    run(main())
