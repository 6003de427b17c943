"""Device Information Service 0x180A.

The serial number and the System ID tell one unit from all others, whatever its address: nothing
here reads them by default (see ``identifying`` in :mod:`babyn_protocol.gatt`).

DIS v1.2 - Device Information Service - §3
"""

from __future__ import annotations

from enum import Enum

from babyn_protocol.gatt.text import Text
from babyn_protocol.layout import enumerated
from babyn_protocol.numbers import uint8, uint16, uint64
from babyn_protocol.wire import Message, wire


class ManufacturerName(Text):
    """Who made the device.

    DIS v1.2 - Device Information Service - §3.1
    """


class ModelNumber(Text):
    """Which model it is.

    DIS v1.2 - Device Information Service - §3.2
    """


class SerialNumber(Text):
    """Which unit it is. Identifying.

    DIS v1.2 - Device Information Service - §3.3
    """


class HardwareRevision(Text):
    """The revision of its hardware.

    DIS v1.2 - Device Information Service - §3.4
    """


class FirmwareRevision(Text):
    """The revision of its firmware.

    DIS v1.2 - Device Information Service - §3.5
    """


class SoftwareRevision(Text):
    """The revision of its software.

    DIS v1.2 - Device Information Service - §3.6
    """


class SystemId(Message):
    """An EUI-64 of the unit, which may contain its Bluetooth address. Identifying.

    DIS v1.2 - Device Information Service - §3.7
    """

    eui_64: int = wire(uint64)
    """The identifier as one number; its most significant bytes name the manufacturer."""

    def __str__(self) -> str:
        return f"EUI-64 {self.eui_64.to_bytes(8, 'big').hex('-')}"


class VendorIdSource(Enum):
    """Who assigned a vendor id."""

    BLUETOOTH_SIG = 1
    USB_IMPLEMENTERS_FORUM = 2

    def __str__(self) -> str:
        return "Bluetooth SIG" if self is VendorIdSource.BLUETOOTH_SIG else "USB"


class PnpId(Message):
    """Vendor, product and version of the model, as numbers.

    DIS v1.2 - Device Information Service - §3.9
    """

    vendor_id_source: VendorIdSource = wire(enumerated(uint8, VendorIdSource))
    """Who assigned the vendor id."""

    vendor_id: int = wire(uint16)
    """The vendor."""

    product_id: int = wire(uint16)
    """The product; the vendor assigns it."""

    product_version: int = wire(uint16)
    """Its version; by custom 0xJJMN is version JJ.M.N."""

    def __str__(self) -> str:
        return (
            f"{self.vendor_id_source} vendor 0x{self.vendor_id:04X}, "
            f"product 0x{self.product_id:04X}, version 0x{self.product_version:04X}"
        )
