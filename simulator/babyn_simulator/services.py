"""GATT services of a simulated peripheral, declared as plain data.

::

    level = Characteristic(0x2A19, read=lambda: bytes([battery]), notify=True)
    battery_service = Service(0x180F, [level])
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from bumble import att, gatt
from bumble.core import UUID

from babyn_simulator.errors import BabynError

if TYPE_CHECKING:
    from bumble.device import Connection, Device

_log = logging.getLogger(__name__)

Uuid: TypeAlias = int | str
"""A UUID: 16 bits as an integer, or 128 bits as text. Text of a 16-bit one goes out short."""

_SIG_BASE = "-0000-1000-8000-00805F9B34FB"

ReadValue: TypeAlias = Callable[[], bytes] | Callable[[], Awaitable[bytes]]
TakeValue: TypeAlias = Callable[[bytes], None] | Callable[[bytes], Awaitable[None]]

CCCD = UUID.from_16_bits(0x2902)
"""The Client Characteristic Configuration descriptor."""


class RequestRefusedError(BabynError):
    """Raised by a characteristic's function: the request is answered with an ATT error.

    Args:
        code: the ATT error code, for example 0x13 (value not allowed) or one of the
            application's own, 0x80 to 0x9F.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"the peripheral refuses the request with ATT error 0x{code:02X}")


@dataclass(eq=False, slots=True)
class Characteristic:
    """One characteristic: what it is called, what it tells, and what it takes."""

    uuid: Uuid
    """Its UUID."""
    read: bytes | ReadValue | None = None
    """Its value, or a function that returns it; ``None`` if it cannot be read."""
    write: TakeValue | None = None
    """What takes a value that is written; ``None`` if it cannot be written."""
    write_with_response: bool = True
    """Whether a write may ask for an answer."""
    write_without_response: bool = False
    """Whether it may also be written without an answer."""
    notify: bool = False
    """Whether it can be subscribed to for notifications."""
    indicate: bool = False
    """Whether it can be subscribed to for indications."""
    protected: bool = False
    """Whether the peripheral's pairing policy stands before it."""
    descriptors: Mapping[int, bytes] = field(default_factory=dict[int, bytes])
    """Further descriptors, by their 16-bit UUID."""


@dataclass(eq=False, slots=True)
class Service:
    """One primary service."""

    uuid: Uuid
    """Its UUID."""
    characteristics: Iterable[Characteristic] = ()
    """What it holds, in the order of the attribute table."""


class Access(Protocol):
    """Decides about each request, before a value is told or taken."""

    async def before_read(self, connection: Connection, characteristic: Characteristic) -> None:
        """Return, or raise :class:`RequestRefusedError`."""
        ...

    async def before_write(self, connection: Connection, characteristic: Characteristic) -> None:
        """Return, or raise :class:`RequestRefusedError`; a subscription is a write, too."""
        ...


class _ConfigurationServer(Protocol):
    """Where bumble's GATT server keeps who has subscribed to what."""

    def read_cccd(self, bearer: att.Bearer, characteristic: object) -> bytes: ...

    def write_cccd(self, bearer: att.Bearer, characteristic: object, value: bytes) -> None: ...


@functools.lru_cache(maxsize=1024)
def uuid_of(uuid: Uuid) -> UUID:
    """Return a UUID as bumble has it, which takes bumble a search through all that it knows.

    Raises:
        ValueError: it is none.
    """
    if isinstance(uuid, str):
        text = uuid.upper()
        if text.startswith("0000") and text.endswith(_SIG_BASE):
            return UUID(text[4:8])
        return UUID(text)
    if not 0 <= uuid <= 0xFFFF:
        raise ValueError("a UUID given as an integer has 16 bits")
    return UUID.from_16_bits(uuid)


class AttributeTable:
    """The declared services in a bumble device's GATT server."""

    def __init__(self, device: Device, access: Access) -> None:
        self._device = device
        self._server = cast("_ConfigurationServer", device.gatt_server)
        self._access = access
        self._attributes: dict[Characteristic, gatt.Characteristic[bytes]] = {}

    def add(self, services: Iterable[Service]) -> None:
        """Add services to the table."""
        for service in services:
            attributes = [self._declare(item) for item in service.characteristics]
            self._device.add_service(gatt.Service(uuid_of(service.uuid), attributes))

    def attribute(self, characteristic: Characteristic) -> gatt.Characteristic[bytes]:
        """Return the attribute that holds a characteristic's value.

        Raises:
            ValueError: it is not in this table.
        """
        try:
            return self._attributes[characteristic]
        except KeyError:
            raise ValueError(
                "this characteristic is in none of the peripheral's services"
            ) from None

    def configuration(self, connection: Connection, characteristic: Characteristic) -> int:
        """Return the bits that a central has subscribed with: 1 notify, 2 indicate."""
        return self._server.read_cccd(connection, self.attribute(characteristic))[0]

    def _declare(self, item: Characteristic) -> gatt.Characteristic[bytes]:
        flags = gatt.Characteristic.Properties
        properties = flags(0)
        for present, flag in (
            (item.read is not None, flags.READ),
            (item.write is not None and item.write_with_response, flags.WRITE),
            (item.write_without_response, flags.WRITE_WITHOUT_RESPONSE),
            (item.notify, flags.NOTIFY),
            (item.indicate, flags.INDICATE),
        ):
            if present:
                properties |= flag
        descriptors = [
            gatt.Descriptor(uuid_of(uuid), att.Attribute.READABLE, _constant(value))
            for uuid, value in item.descriptors.items()
        ]
        attribute = gatt.Characteristic[bytes](
            uuid_of(item.uuid),
            properties,
            # What may be done is decided below: bumble checks no permission on a write.
            att.Attribute.READABLE | att.Attribute.WRITEABLE,
            self._value(item),
            descriptors,  # the very list: the configuration below belongs to it, too
        )
        if item.notify or item.indicate:
            descriptors.append(self._configuration(item, attribute))
        self._attributes[item] = attribute
        return attribute

    def _value(self, item: Characteristic) -> att.AttributeValue[bytes]:
        async def read(connection: Connection) -> bytes:
            if item.read is None:
                raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)
            with _Answering():
                await self._access.before_read(connection, item)
                if isinstance(item.read, bytes):
                    return item.read
                value = item.read()
                return await value if inspect.isawaitable(value) else value

        async def write(connection: Connection, value: bytes) -> None:
            if item.write is None:
                raise att.ATT_Error(att.ErrorCode.WRITE_NOT_PERMITTED)
            with _Answering():
                await self._access.before_write(connection, item)
                taken = item.write(value)
                if inspect.isawaitable(taken):
                    await taken

        return att.AttributeValue(read=read, write=write)

    def _configuration(
        self, item: Characteristic, attribute: gatt.Characteristic[bytes]
    ) -> gatt.Descriptor:
        server = self._server

        def read(bearer: att.Bearer) -> bytes:
            return server.read_cccd(bearer, attribute)

        async def write(bearer: att.Bearer, value: bytes) -> None:
            with _Answering():
                connection = bearer.connection if att.is_enhanced_bearer(bearer) else bearer
                await self._access.before_write(connection, item)
                server.write_cccd(bearer, attribute, value)

        return gatt.Descriptor(
            CCCD,
            att.Attribute.READABLE | att.Attribute.WRITEABLE,
            att.AttributeValueV2(read=read, write=write),
        )


def _constant(value: bytes) -> att.AttributeValue[bytes]:
    def read(_connection: Connection) -> bytes:
        return value

    def write(_connection: Connection, _value: bytes) -> None:
        raise att.ATT_Error(att.ErrorCode.WRITE_NOT_PERMITTED)

    return att.AttributeValue(read=read, write=write)


class _Answering:
    """Turns what a characteristic's function raises into the ATT error to answer with."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, RequestRefusedError):
            raise att.ATT_Error(error.code) from None
        if isinstance(error, Exception) and not isinstance(error, att.ATT_Error):
            # A fault of the simulated device. Its author has to see it, and the peer an answer.
            _log.error("a function of a simulated characteristic failed", exc_info=error)
            raise att.ATT_Error(att.ErrorCode.UNLIKELY_ERROR) from None
