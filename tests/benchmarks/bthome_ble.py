"""BTHome as Home Assistant reads it, with the package bthome-ble.

It does more with the same bytes (it names sensors and devices, and keeps what it saw last) and less
(values are floats, and what cannot be read is left out): a neighbour, not an equal.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from babyn_protocol.bthome import SERVICE_UUID


def reader() -> Callable[[bytes], Any]:
    """Return a function that decodes service data."""
    # It has types of its own, which would have to be followed through five packages.
    package: Any = importlib.import_module("bthome_ble")
    models: Any = importlib.import_module("habluetooth.models")
    parser = package.BTHomeBluetoothDeviceData()
    time = 0.0

    def read(data: bytes) -> Any:
        nonlocal time
        # It skips a packet id that it has seen within four seconds.
        time += 10
        return parser.update(
            models.BluetoothServiceInfoBleak(
                name="sensor",
                address="02:00:00:00:00:01",
                rssi=-60,
                manufacturer_data={},
                service_data={SERVICE_UUID: data},
                service_uuids=[],
                source="local",
                device=None,
                advertisement=None,
                connectable=False,
                time=time,
                tx_power=None,
            )
        )

    return read
