"""Say when the temperature stays at or above a limit; a single reading never rings.

python examples/fever_alarm.py [RADIO] [LIMIT in degrees Celsius]
"""

import asyncio
import sys
from collections import deque
from decimal import Decimal

from babyn_ble import BabynError, Companion, QualityStatus

IN_A_ROW = 5


async def main(radio: str, limit: Decimal) -> None:
    last: deque[Decimal] = deque(maxlen=IN_A_ROW)
    async with (
        Companion.open(radio=radio) as babyn,
        babyn.connect(babyn.devices()[0]) as session,
    ):
        async for reading in session.readings():
            if reading.value is None or reading.quality.status is not QualityStatus.VALID:
                continue
            last.append(reading.value if reading.unit == "°C" else (reading.value - 32) / 9 * 5)
            if len(last) == IN_A_ROW and min(last) >= limit:
                print(f"Fever: {IN_A_ROW} readings in a row at or above {limit} °C")
                return


if __name__ == "__main__":
    try:
        asyncio.run(main((sys.argv[1:2] or ["os"])[0], Decimal((sys.argv[2:3] or ["38.0"])[0])))
    except BabynError as error:
        sys.exit(f"{error}")
