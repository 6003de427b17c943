"""A bleak program like any other: nothing in it knows of a simulator.

babyn-sim run nursery -- python examples/any_bleak_program.py --name Thermometer 2a1c
"""

import argparse
import asyncio

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakGATTProtocolError


async def main(name: str, characteristic: str) -> None:
    device = await BleakScanner.find_device_by_name(name)
    if device is None:
        raise SystemExit(f"could not find device with name '{name}'")
    async with BleakClient(device, lambda _client: print("disconnected")) as client:
        for service in client.services:
            print("[Service]", service.description)
            for char in service.characteristics:
                value = "-"
                if "read" in char.properties:
                    try:
                        value = (await client.read_gatt_char(char)).hex()
                    except BleakGATTProtocolError as error:
                        value = str(error)
                print(
                    f"  [Characteristic] {char.description} ({','.join(char.properties)}): {value}"
                )
        await client.start_notify(characteristic, lambda c, v: print(f"{c.description}: {v.hex()}"))
        await asyncio.sleep(10)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True, help="the name of the device to connect to")
    parser.add_argument("characteristic", help="UUID of a characteristic that notifies")
    args = parser.parse_args()
    asyncio.run(main(args.name, args.characteristic))
