"""The GATT procedures of a client, on one link.

bumble has them too. These ask for less (the characteristics of all services at once, descriptors
only where there is room for one), and a peer that makes no sense is an error, not an empty list.

Core v6.0 - Bluetooth Core Specification - Vol 3 Part G §4
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bleak.uuids import normalize_uuid_16
from bumble import att, gatt

from babyn_simulator.bleak_backend.advertised import uuid_text
from babyn_simulator.bleak_backend.link import Link

MAX_VALUE: Final = 512
"""Bytes of the longest attribute value."""

CCCD: Final = normalize_uuid_16(0x2902)
"""UUID of the Client Characteristic Configuration descriptor."""

_LAST_HANDLE: Final = 0xFFFF

_DECLARATIONS: Final = tuple(normalize_uuid_16(kind) for kind in range(0x2800, 0x2804))

_END_OF_VALUE: Final = (
    BleakGATTProtocolErrorCode.INVALID_OFFSET,
    BleakGATTProtocolErrorCode.ATTRIBUTE_NOT_LONG,
    BleakGATTProtocolErrorCode.REQUEST_NOT_SUPPORTED,
)


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service lies: its declaration and its last attribute. bleak's ``obj``."""

    handle: int
    last: int
    uuid: str


@dataclass(frozen=True, slots=True)
class Characteristic:
    """Where a characteristic lies: declaration, value, last attribute. bleak's ``obj``."""

    handle: int
    value: int
    last: int
    uuid: str
    properties: int


@dataclass(frozen=True, slots=True)
class Found:
    """A service with what is in it: characteristics, each with handle and UUID of descriptors."""

    service: Service
    characteristics: tuple[tuple[Characteristic, tuple[tuple[int, str], ...]], ...]


def _no_sense() -> BleakError:
    return BleakError("the peer describes its services in a way that makes no sense")


async def _ask(link: Link, pdu: att.ATT_PDU) -> att.ATT_PDU:
    """Send a request. An error response becomes bleak's error."""
    response = await link.request(pdu)
    if isinstance(response, att.ATT_Error_Response):
        raise BleakGATTProtocolError(int(response.error_code))
    return response


async def _ask_for_more(link: Link, pdu: att.ATT_PDU) -> att.ATT_PDU | None:
    """Send a request of a discovery; ``None`` says that there is no more."""
    try:
        return await _ask(link, pdu)
    except BleakGATTProtocolError as error:
        if error.code == BleakGATTProtocolErrorCode.ATTRIBUTE_NOT_FOUND:
            return None
        raise


async def exchange_mtu(link: Link, mtu: int) -> None:
    """Agree on an ATT MTU, in bytes. A peer that knows nothing of it stays at 23."""
    if mtu <= att.ATT_DEFAULT_MTU:
        return
    response = await link.request(att.ATT_Exchange_MTU_Request(client_rx_mtu=mtu))
    if isinstance(response, att.ATT_Exchange_MTU_Response):
        agreed = max(att.ATT_DEFAULT_MTU, min(mtu, response.server_rx_mtu))
        link.connection.on_att_mtu_update(agreed)


# Discovery


async def discover(
    link: Link, wanted: set[str] | None, *, known: Sequence[Found] = ()
) -> tuple[Found, ...]:
    """Find the services, characteristics and descriptors of the peer.

    Args:
        link: the link to it.
        wanted: find services with these UUIDs only; ``None`` for all.
        known: services whose inside is taken as it is if the peer has one of the same UUID with
            the same handles.

    Raises:
        BleakError: if the peer makes no sense.
        BleakGATTProtocolError: if it refuses.
    """
    services = await _services(link)
    inside = {item.service: item for item in known}
    missing = [service for service in services if service not in inside]
    ranges = [(services[0].handle, services[-1].last)] if services else []
    if wanted is not None:
        services = [service for service in services if service.uuid in wanted]
    if wanted is not None or len(missing) < len(services):
        ranges = [(item.handle, item.last) for item in services if item not in inside]
    declared = [
        characteristic
        for first, last in ranges
        for characteristic in await _characteristics(link, first, last)
    ]
    return tuple(
        [inside.get(service) or await _inside(link, service, declared) for service in services]
    )


async def _inside(link: Link, service: Service, declared: list[Characteristic]) -> Found:
    own = [item for item in declared if service.handle < item.handle <= service.last]
    ends = [item.handle - 1 for item in own[1:]] + [service.last]
    characteristics: list[tuple[Characteristic, tuple[tuple[int, str], ...]]] = []
    for item, last in zip(own, ends, strict=False):  # a service may be empty
        if item.value > last:
            raise _no_sense()
        characteristic = replace(item, last=last)
        characteristics.append((characteristic, tuple(await _descriptors(link, characteristic))))
    return Found(service, tuple(characteristics))


def shown(
    found: Sequence[Found], max_write: Callable[[], int], *, value_handles: bool = False
) -> BleakGATTServiceCollection:
    """Return services as bleak shows them.

    Args:
        found: the services.
        max_write: returns how many bytes fit into a write without response.
        value_handles: a characteristic goes by the handle of its value, not its declaration.
    """
    collection = BleakGATTServiceCollection()
    for item in found:
        service = BleakGATTService(item.service, item.service.handle, item.service.uuid)
        collection.add_service(service)
        for inner, descriptors in item.characteristics:
            characteristic = BleakGATTCharacteristic(
                inner,
                inner.value if value_handles else inner.handle,
                inner.uuid,
                sorted(gatt_char_props_to_strs(inner.properties)),
                max_write,
                service,
            )
            collection.add_characteristic(characteristic)
            for handle, uuid in descriptors:
                collection.add_descriptor(BleakGATTDescriptor(handle, handle, uuid, characteristic))
    return collection


async def _services(link: Link) -> list[Service]:
    found: list[Service] = []
    start = 1
    while start <= _LAST_HANDLE:
        response = await _ask_for_more(
            link,
            att.ATT_Read_By_Group_Type_Request(
                starting_handle=start,
                ending_handle=_LAST_HANDLE,
                attribute_group_type=gatt.GATT_PRIMARY_SERVICE_ATTRIBUTE_TYPE,
            ),
        )
        if response is None:
            break
        if not isinstance(response, att.ATT_Read_By_Group_Type_Response) or not response.attributes:
            raise _no_sense()
        for handle, last, uuid in response.attributes:
            if not (start <= handle <= last and len(uuid) in (2, 16)):
                raise _no_sense()
            found.append(Service(handle, last, uuid_text(uuid)))
            start = last + 1
    return found


async def _characteristics(link: Link, first: int, last: int) -> list[Characteristic]:
    found: list[Characteristic] = []
    start = first
    while start <= last:
        response = await _ask_for_more(
            link,
            att.ATT_Read_By_Type_Request(
                starting_handle=start,
                ending_handle=last,
                attribute_type=gatt.GATT_CHARACTERISTIC_ATTRIBUTE_TYPE,
            ),
        )
        if response is None:
            break
        if not isinstance(response, att.ATT_Read_By_Type_Response) or not response.attributes:
            raise _no_sense()
        for handle, declaration in response.attributes:
            value = int.from_bytes(declaration[1:3], "little")
            if not (start <= handle < value <= last and len(declaration) in (5, 19)):
                raise _no_sense()
            uuid = uuid_text(declaration[3:])
            found.append(Characteristic(handle, value, last, uuid, declaration[0]))
            start = value + 1
    return found


async def _descriptors(link: Link, characteristic: Characteristic) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    start = characteristic.value + 1
    while start <= characteristic.last:
        response = await _ask_for_more(
            link,
            att.ATT_Find_Information_Request(
                starting_handle=start, ending_handle=characteristic.last
            ),
        )
        if response is None:
            break
        if not isinstance(response, att.ATT_Find_Information_Response) or not response.information:
            raise _no_sense()
        for handle, raw in response.information:
            if not (start <= handle <= characteristic.last and len(raw) in (2, 16)):
                raise _no_sense()
            uuid = uuid_text(raw)
            if uuid not in _DECLARATIONS:
                found.append((handle, uuid))
            start = handle + 1
    return found


# Values


async def read(link: Link, handle: int) -> bytes:
    """Read an attribute, in parts if it is long."""
    response = await _ask(link, att.ATT_Read_Request(attribute_handle=handle))
    if not isinstance(response, att.ATT_Read_Response):
        raise _no_sense()
    value = part = response.attribute_value
    while len(part) == link.mtu - 1 and len(value) < MAX_VALUE:
        try:
            response = await _ask(
                link, att.ATT_Read_Blob_Request(attribute_handle=handle, value_offset=len(value))
            )
        except BleakGATTProtocolError as error:
            if error.code in _END_OF_VALUE:
                break
            raise
        if not isinstance(response, att.ATT_Read_Blob_Response):
            raise _no_sense()
        part = response.part_attribute_value
        value += part
    return value


def _require_length(value: bytes, most: int) -> None:
    if len(value) > most:
        raise BleakGATTProtocolError(BleakGATTProtocolErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH)


async def write(link: Link, handle: int, value: bytes) -> None:
    """Write an attribute and wait for the peer's answer; in parts if the value is long."""
    _require_length(value, MAX_VALUE)
    if len(value) <= link.mtu - 3:
        await _ask(link, att.ATT_Write_Request(attribute_handle=handle, attribute_value=value))
        return
    size = link.mtu - 5
    async with link.queue_lock:
        try:
            for offset in range(0, len(value), size):
                await _ask(
                    link,
                    att.ATT_Prepare_Write_Request(
                        attribute_handle=handle,
                        value_offset=offset,
                        part_attribute_value=value[offset : offset + size],
                    ),
                )
        except BaseException:
            # What is queued at the peer would become part of the next long write. This goes out
            # before any request that comes later, also if the caller was cancelled.
            link.adapter.spawn(link.request(att.ATT_Execute_Write_Request(flags=0)))
            raise
        await _ask(link, att.ATT_Execute_Write_Request(flags=1))


async def write_command(link: Link, handle: int, value: bytes) -> None:
    """Write an attribute without an answer. The value must fit into one packet."""
    _require_length(value, link.mtu - 3)
    await link.command(att.ATT_Write_Command(attribute_handle=handle, attribute_value=value))
