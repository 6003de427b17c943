"""BTHome as Home Assistant reads it, with the package bthome-ble, if that is installed.

It does more with the same bytes (it names sensors and devices, and keeps what it saw last) and less
(values are floats, and what cannot be read is left out): a neighbour, not an equal.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from babyn_protocol.bthome import SERVICE_UUID


def reader() -> Callable[[bytes], Any] | None:
    """Return a function that decodes service data, or ``None`` if the package is not installed."""
    try:
        package: Any = importlib.import_module("bthome_ble")
        models: Any = importlib.import_module("habluetooth.models")
    except ImportError:
        return None
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
