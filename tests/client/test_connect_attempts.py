"""How long a person waits for a device that has gone, on the system's Bluetooth."""

from __future__ import annotations

import asyncio
from typing import Any

import bleak
import bleak_retry_connector
import pytest
from bleak.backends.device import BLEDevice

from babyn_ble import DeviceNotFoundError
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.radio import CONNECT_ATTEMPTS, Radio
from babyn_simulator import clock

GONE = BLEDevice("C7:5E:91:3B:D2:A4", "patch", {})


class NobodyAnswers:
    """In place of bleak's client: each attempt lasts as long as it may."""

    attempts = 0

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        pass

    async def connect(self, *, timeout: float, **_options: Any) -> None:
        type(self).attempts += 1
        async with asyncio.timeout(timeout):
            await asyncio.Event().wait()


async def _none(_device: object) -> list[BLEDevice]:
    return []


async def _at_once(_device: object, _seconds: float) -> None:
    pass


async def _no(_device: object) -> bool:
    return False


def test_a_device_that_is_gone_is_tried_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: leave the number of attempts to the connector."""
    monkeypatch.setattr(bleak, "BleakClient", NobodyAnswers)
    # What the connector asks the system bus, where there is one.
    monkeypatch.setattr(bleak_retry_connector, "get_connected_devices", _none)
    monkeypatch.setattr(bleak_retry_connector, "wait_for_disconnect", _at_once)
    monkeypatch.setattr(bleak_retry_connector, "_has_valid_services_in_cache", _no)

    async def main() -> float:
        began = asyncio.get_running_loop().time()
        with pytest.raises(DeviceNotFoundError):
            await Radio(RadioKind.OS, None).connect(GONE)
        return asyncio.get_running_loop().time() - began

    waited = clock.run(main())
    assert NobodyAnswers.attempts == CONNECT_ATTEMPTS == 2
    assert waited == pytest.approx(40.0)
