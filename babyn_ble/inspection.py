"""Inspection: what a device offers, each value decoded where it is known, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from babyn_ble.advertised import AdvertisementCheck
from babyn_ble.binding import undo_pairing
from babyn_ble.errors import MalformedMessageError, RejectedError
from babyn_protocol import gatt, uuids

if TYPE_CHECKING:
    from babyn_ble.connection import Characteristic, Connection

__all__ = ["InspectedCharacteristic", "InspectedService", "Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class InspectedCharacteristic:
    """One characteristic.

    Attributes:
        uuid, name, properties, descriptors: as discovered; ``name`` is ``None`` if unknown.
        value: the bytes that were read; ``None`` if they were not.
        decoded: the value in words; ``None`` if its format is not known.
        note: why there is no value, if there is none.
    """

    uuid: str
    name: str | None
    properties: tuple[str, ...]
    descriptors: tuple[str, ...]
    value: bytes | None = field(default=None, repr=False)
    decoded: str | None = field(default=None, repr=False)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class InspectedService:
    """One primary service."""

    uuid: str
    name: str | None
    characteristics: tuple[InspectedCharacteristic, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that one look at a device found.

    Attributes:
        mtu: the ATT MTU, in bytes, as far as the platform tells it.
        services: the GATT tree.
        findings: what is wrong, by the rules of the services that it offers.
        advertisement: what is wrong with its advertisement, and what of that was not seen.
    """

    mtu: int
    services: tuple[InspectedService, ...]
    findings: tuple[str, ...]
    advertisement: AdvertisementCheck = field(default_factory=AdvertisementCheck)


class MayRead(Protocol):
    """Says whether a value may be read, and if not, why not."""

    def __call__(self, uuid: str) -> str | None:
        """Return ``None`` to read it, or the reason why not."""
        ...


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a service's specification requires of one characteristic."""

    service: str
    characteristic: str
    properties: frozenset[str]
    mandatory: bool
    source: str


_RULES = (
    _Rule(
        uuids.Service.HEALTH_THERMOMETER,
        uuids.Characteristic.TEMPERATURE_MEASUREMENT,
        frozenset({"indicate"}),
        mandatory=True,
        source="HTS v1.0 - Health Thermometer Service - §3",
    ),
    _Rule(
        uuids.Service.HEALTH_THERMOMETER,
        uuids.Characteristic.TEMPERATURE_TYPE,
        frozenset({"read"}),
        mandatory=False,
        source="HTS v1.0 - Health Thermometer Service - §3",
    ),
    _Rule(
        uuids.Service.HEALTH_THERMOMETER,
        uuids.Characteristic.INTERMEDIATE_TEMPERATURE,
        frozenset({"notify"}),
        mandatory=False,
        source="HTS v1.0 - Health Thermometer Service - §3",
    ),
    _Rule(
        uuids.Service.BATTERY,
        uuids.Characteristic.BATTERY_LEVEL,
        frozenset({"read"}),
        mandatory=True,
        source="BAS v1.1 - Battery Service - §3",
    ),
)


async def inspect(connection: Connection, may_read: MayRead, *, pair: bool = False) -> Inspection:
    """Walk the GATT tree of a connected device, and read what may be read.

    Args:
        connection: the link to it.
        may_read: says which values may be read.
        pair: pair for as long as this takes, and forget the bond afterwards.
    """
    if not pair:
        return await _walk(connection, may_read)
    await connection.pair()
    try:
        return await _walk(connection, may_read)
    finally:
        await undo_pairing(connection)


async def _walk(connection: Connection, may_read: MayRead) -> Inspection:
    findings: list[str] = []
    services: list[InspectedService] = []
    for service in connection.services:
        characteristics = [
            await _inspect(connection, characteristic, may_read, findings)
            for characteristic in service.characteristics
        ]
        services.append(
            InspectedService(service.uuid, uuids.name_of(service.uuid), tuple(characteristics))
        )
        findings.extend(_broken_rules(service.uuid, service.characteristics))
    return Inspection(connection.mtu, tuple(services), tuple(findings))


async def _inspect(
    connection: Connection,
    characteristic: Characteristic,
    may_read: MayRead,
    findings: list[str],
) -> InspectedCharacteristic:
    name = uuids.name_of(characteristic.uuid)
    value: bytes | None = None
    decoded: str | None = None
    note: str | None = None
    if "read" not in characteristic.properties:
        note = "not readable"
    elif (note := _withheld(characteristic.uuid, may_read)) is None:
        try:
            value = await connection.read(characteristic)
        except RejectedError as error:
            note = "paired hosts only" if error.code in (0x05, 0x08, 0x0C, 0x0F) else "refused"
        else:
            decoded = _decode(characteristic.uuid, name, value, findings)
    return InspectedCharacteristic(
        uuid=characteristic.uuid,
        name=name,
        properties=tuple(sorted(characteristic.properties)),
        descriptors=characteristic.descriptors,
        value=value,
        decoded=decoded,
        note=note,
    )


def _withheld(uuid: str, may_read: MayRead) -> str | None:
    known = gatt.characteristic(uuid)
    if known is not None and known.identifying:
        return "not read: it identifies this one unit"
    return may_read(uuid)


def _decode(uuid: str, name: str | None, value: bytes, findings: list[str]) -> str | None:
    message_type = gatt.message_for(uuid)
    if message_type is None:
        return None
    try:
        return str(message_type.parse(value))
    except MalformedMessageError as error:
        where = f" at byte {error.offset}"
        findings.append(f"{name or uuid}: the value is malformed{where}: {error.reason}")
        return None


def _broken_rules(service: str, characteristics: tuple[Characteristic, ...]) -> list[str]:
    found: list[str] = []
    for rule in _RULES:
        if rule.service != service:
            continue
        name = uuids.name_of(rule.characteristic) or rule.characteristic
        mine = [item for item in characteristics if item.uuid == rule.characteristic]
        if not mine and rule.mandatory:
            found.append(f"{name} is missing ({rule.source})")
        for item in mine:
            missing = sorted(rule.properties - item.properties)
            if missing:
                found.append(f"{name} must offer {', '.join(missing)} ({rule.source})")
    return found
