"""Watch a bound thermometer: print each reading as it arrives.

Before this: babyn setup, babyn consent give (location, bluetooth, health_monitoring), babyn bind.

    python examples/watch_thermometer.py [RADIO]      # os, or sim:nursery without hardware
"""

import asyncio
import sys

from babyn_ble import BabynError, Companion


async def main(radio: str) -> None:
    async with Companion.open(radio=radio) as babyn:
        device = babyn.devices()[0]
        async with babyn.connect(device) as session:
            async for reading in session.readings():
                print(reading.measured_at, reading.value, reading.unit, reading.quality.status)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "os"))
    except BabynError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(130)
