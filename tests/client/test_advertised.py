"""What is wrong with an advertisement, by what each radio shows of it."""

from __future__ import annotations

from typing import Any

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from babyn_ble import Companion
from babyn_ble.advertised import (
    FIELDS_ONLY,
    NO_SCAN_RESPONSE,
    NOT_SCANNED,
    check_advertisement,
)
from babyn_simulator.bleak_backend.scanning import RawAdvertisement

HEALTH = "00001809-0000-1000-8000-00805f9b34fb"
BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"


def advertised(*platform_data: Any, **fields: Any) -> AdvertisementData:
    given: dict[str, Any] = {
        "local_name": None,
        "manufacturer_data": {},
        "service_data": {},
        "service_uuids": [HEALTH],
        "tx_power": None,
        "rssi": -50,
        "platform_data": platform_data,
        **fields,
    }
    return AdvertisementData(**given)


def codes(seen: AdvertisementData, address: str = "C2:00:00:00:00:01") -> list[str]:
    device = BLEDevice(address, None, None)
    return [finding.code for finding in check_advertisement(device, seen).findings]


def test_bytes_are_judged_whole() -> None:
    """Mutant: flags that are missing not seen, or an address's kind mixed up."""
    raw = RawAdvertisement(bytes.fromhex("03030918"), bytes.fromhex("06094C616D7073"), "random")
    seen = check_advertisement(BLEDevice("C2:00:00:00:00:01", None, None), advertised(None, raw))
    assert [finding.code for finding in seen.findings] == [
        "flags-missing",
        "name-only-in-scan-response",
        "health-service",
        "static-address",
    ]
    assert seen.not_seen == ()
    raw = RawAdvertisement(bytes.fromhex("02010603030F18"), b"", "random")
    seen = check_advertisement(BLEDevice("52:00:00:00:00:01", None, None), advertised(None, raw))
    assert (seen.findings, seen.not_seen) == ((), (NO_SCAN_RESPONSE,))


def test_of_fields_only_what_they_show_is_judged() -> None:
    """Mutant: missing flags found in an advertisement whose flags no field shows."""
    seen = check_advertisement(BLEDevice("C2:00:00:00:00:01", None, None), advertised())
    assert (seen.findings, seen.not_seen) == ((), (FIELDS_ONLY,))
    assert codes(advertised(local_name="Baby monitor")) == ["name-tells-of-a-child"]
    assert codes(advertised(service_data={BTHOME: bytes.fromhex("4002CA09")})) == [
        "bthome-plaintext"
    ]
    assert codes(advertised(manufacturer_data={0xFFFF: b"A1B2C3D4"})) == [
        "test-company",
        "data-like-a-serial",
    ]
    blue = ("/org/bluez/hci0/dev", {"AddressType": "public"})
    assert codes(advertised(*blue)) == ["public-address"]
    blue = ("/org/bluez/hci0/dev", {"AddressType": "random"})
    assert codes(advertised(*blue)) == ["static-address"]
    assert codes(advertised(*blue), "52:00:00:00:00:01") == []
    # macOS shows no address at all.
    assert codes(advertised(), "9A3B1C2D-0000-4000-8000-000000000001") == []


def test_data_that_fits_into_no_structure_is_left_out() -> None:
    assert codes(advertised(service_data={BTHOME: bytes(260)}, local_name="x" * 300)) == []


async def test_an_inspection_says_it(babyn_companion: Companion) -> None:
    """Mutant: a device that was handed in, or seen, judged by another's advertisement."""
    sighting = await anext(babyn_companion.scan())
    inspection = await babyn_companion.inspect(sighting)
    assert {finding.code for finding in inspection.advertisement.findings} == {
        "name-only-in-scan-response",
        "health-service",
        "static-address",
    }
    assert inspection.advertisement.not_seen == ()
    handed = await babyn_companion.inspect(sighting.ble_device)
    assert handed.advertisement.findings == ()
    assert handed.advertisement.not_seen == (NOT_SCANNED,)
