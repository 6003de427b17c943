from __future__ import annotations

import uuid

import pytest

from babyn_protocol.uuids import (
    Characteristic,
    Descriptor,
    Service,
    VendorCharacteristic,
    VendorService,
    full,
    name_of,
    name_of_number,
    short,
    uuid16,
    vendor_uuid,
)


def test_a_member_is_its_uuid() -> None:
    assert uuid16(0x1809) == Service.HEALTH_THERMOMETER
    assert f"{Characteristic.BATTERY_LEVEL}" == "00002a19-0000-1000-8000-00805f9b34fb"
    assert str(Descriptor.CLIENT_CHARACTERISTIC_CONFIGURATION) == uuid16(0x2902)
    assert Service("0000180f-0000-1000-8000-00805f9b34fb") is Service.BATTERY


@pytest.mark.parametrize("kind", [Service, Characteristic, Descriptor])
def test_every_one_is_full_lower_case_and_named(
    kind: type[Service] | type[Characteristic] | type[Descriptor],
) -> None:
    ranges = {
        Service: (0x1800, 0x18FF),
        Characteristic: (0x2A00, 0x2CFF),
        Descriptor: (0x2900, 0x29FF),
    }
    low, high = ranges[kind]
    numbers = [int(member.split("-")[0], 16) for member in kind]
    assert numbers == sorted(set(numbers))
    assert all(low <= number <= high for number in numbers)
    for member in kind:
        assert str(uuid.UUID(member)) == member
        assert name_of(member.upper()) == member.label


def test_short_and_full() -> None:
    assert short(uuid16(0x2A1C)) == "0x2A1C"
    assert short("0000FCD2-0000-1000-8000-00805F9B34FB") == "0xFCD2"
    assert short("12345678-0000-1000-8000-00805f9b34fb") == "0x12345678"
    assert full("12345678") == "12345678-0000-1000-8000-00805f9b34fb"
    vendor = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
    assert short(vendor.upper()) == full(vendor) == vendor


def test_name_of() -> None:
    assert name_of("1800") == "GAP"
    assert name_of("2A23") == "System ID"
    assert name_of("2A5E") == "PLX Spot-Check Measurement"
    assert name_of("1809") == "Health Thermometer"
    assert name_of(uuid16(0x2902)) == "Client Characteristic Configuration"
    assert name_of("6e400001-b5a3-f393-e0a9-e50e24dcca9e") is None
    assert name_of("nonsense") is None


def test_our_own_are_one_random_uuid_with_slots() -> None:
    """Mutant: a slot twice, a slot of another service, a base that changes between releases."""
    own = [*VendorService, *VendorCharacteristic]
    assert {uuid.UUID(member).version for member in own} == {4}
    assert {uuid.UUID(member).variant for member in own} == {uuid.RFC_4122}
    assert {str(member) for member in own} == {
        f"a34d{slot}-c94e-4498-a262-410e4e272e9e"
        for slot in ("0100", "0101", "0102", "0200", "0201", "0202", "0203", "0204")
    }
    for member in own:
        assert name_of(member.upper()) == member.label
        assert short(member) == member
    assert vendor_uuid(0x0100) == VendorService.SENSOR
    assert name_of(VendorService.CONTROLS) == "BabyN Controls"


def test_names_of_numbers() -> None:
    assert name_of_number(0x2A6E) == "Temperature"
    assert name_of_number(0x0101) == "Sound Level"
    assert name_of_number(0x1234) == "0x1234"


@pytest.mark.parametrize("number", [-1, 0x10000])
def test_sixteen_bits(number: int) -> None:
    with pytest.raises(ValueError, match="16-bit"):
        uuid16(number)
    with pytest.raises(ValueError, match="a slot is 0 to 0xFFFF"):
        vendor_uuid(number)
