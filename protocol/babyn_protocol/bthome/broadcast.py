"""What a device broadcasts in BTHome: a byte about the device, then objects.

BTHome v2 - BTHome format - §BTHome Data format
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Final, Self, TypeVar

from babyn_protocol.bthome.encryption import COUNTER_SIZE, LAST_COUNTER, Cipher
from babyn_protocol.bthome.object_type import AnyObject, BTHomeObject, ObjectType
from babyn_protocol.bthome.objects import OBJECT_TYPES
from babyn_protocol.errors import (
    InvalidMessageError,
    InvalidValueError,
    MalformedMessageError,
)
from babyn_protocol.numbers import uint8
from babyn_protocol.wire import Message, flag_bits, flag_value

T = TypeVar("T")

MAX_SIZE: Final = 252
"""Most bytes of service data: what the length byte of an AD structure leaves."""

LEGACY_SIZE: Final = 24
"""Most bytes of service data in a legacy advertisement that has flags and nothing else."""


class Version(Enum):
    """Versions that are read here. Version 1 had service UUIDs of its own."""

    V2 = 2

    def __str__(self) -> str:
        return f"BTHome {self.name.lower()}"


class DeviceInformation(Message):
    """The first byte."""

    flags: int = flag_bits(uint8)
    """What follows, and how to read it."""

    encrypted: bool = flag_value(0, default=False)
    """The objects are encrypted; a counter and an authentication code follow them."""

    address_included: bool = flag_value(1, default=False)
    """The sender's address follows. Reserved in the format, sent by some: read, never sent."""

    trigger_based: bool = flag_value(2, default=False)
    """It is sent when something happens, not at intervals: silence does not mean absence."""

    version: Version = flag_value(5, Version, width=3, default=Version.V2)
    """The version of the format."""


class MalformedBroadcastError(MalformedMessageError):
    """Service data that is not BTHome, or has an object that cannot be read.

    Attributes:
        objects: what stood before the place of the error, for those who want to see it. Who wrote
            the rest wrong may have written these wrong, too.
    """

    def __init__(
        self,
        field: str | None,
        *,
        offset: int,
        reason: str,
        data: bytes,
        objects: tuple[AnyObject, ...] = (),
    ) -> None:
        super().__init__("Broadcast", field=field, offset=offset, reason=reason, data=data)
        self.objects = objects


@dataclass(frozen=True, kw_only=True)
class Broadcast:
    """What a device says to everybody in reach.

    It has no bytes of its own: say whether it goes out :meth:`encrypted` or as :meth:`plaintext`.

    Raises:
        InvalidMessageError: the wire cannot carry it.
    """

    objects: tuple[AnyObject, ...]
    """What it says. Ids do not descend; the same one may repeat, and then the order counts."""

    trigger_based: bool = False
    """It is sent when something happens, not at intervals."""

    rest: bytes = field(default=b"", init=False, repr=False, compare=False)
    """Of a broadcast that was read: an object with an id not known here, and all after it."""

    address: bytes | None = field(default=None, init=False, repr=False, compare=False)
    """Of a broadcast that was read: the address that it included, as printed. Never sent."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "objects", tuple(self.objects))
        for before, after in zip(self.objects, self.objects[1:], strict=False):
            if before.type.id > after.type.id:
                raise InvalidMessageError(
                    "Broadcast", field=after.type.name, reason="ids must not descend; sort them"
                )
        self.plaintext()

    @classmethod
    def read(
        cls, data: bytes, at: int, *, trigger_based: bool, address: bytes | None = None
    ) -> Self:
        """Read the objects in ``data`` from ``at`` on.

        Raises:
            MalformedBroadcastError: an object is cut off, out of order or has an impossible value.
        """
        objects, rest = _read_objects(data, at)
        broadcast = object.__new__(cls)
        # What was read can be sent; that need not be tried here.
        broadcast.__dict__.update(
            objects=objects, trigger_based=trigger_based, rest=rest, address=address
        )
        return broadcast

    def values(self, kind: ObjectType[T]) -> tuple[T, ...]:
        """Return the values of every object of one type, in order."""
        return tuple(found.value for found in self.objects if found.type.id == kind.id)

    def plaintext(self) -> bytes:
        """Return service data that anybody in reach can read, and forge.

        Not for what concerns a person: give that device a key, and use :meth:`encrypted`.
        """
        return self._information(encrypted=False) + self._encoded(spare=0)

    def encrypted(self, *, key: bytes, address: bytes, counter: int) -> bytes:
        """Return service data that only those with the key can read.

        Args:
            key: 16 bytes, shared with the receivers.
            address: the sender's address, six bytes as printed.
            counter: higher than ever before under this key, also across restarts.

        Raises:
            InvalidMessageError: the counter is used up, or the objects are too long.
            ValueError: the key or the address has another size.
        """
        cipher = Cipher(key, address)
        if not 0 <= counter <= LAST_COUNTER:
            raise InvalidMessageError(
                "Broadcast", field="counter", reason="used up; this device needs a new key"
            )
        information = self._information(encrypted=True)
        sealed = cipher.seal(information[0], counter, self._encoded(spare=8))
        place = len(sealed) - COUNTER_SIZE
        return b"".join(
            (information, sealed[:place], counter.to_bytes(COUNTER_SIZE, "little"), sealed[place:])
        )

    def __str__(self) -> str:
        """Say it in one line, to a person. Holds values: not for logs."""
        return ", ".join(map(str, self.objects))

    def _information(self, *, encrypted: bool) -> bytes:
        return bytes(DeviceInformation(encrypted=encrypted, trigger_based=self.trigger_based))

    def _encoded(self, *, spare: int) -> bytes:
        parts: list[bytes] = []
        failure: tuple[str, str] | None = None
        for found in self.objects:
            try:
                parts.append(found.type.build(found.value))
            except InvalidValueError as error:
                failure = (found.type.name, error.reason)
                break
        if failure is not None:
            raise InvalidMessageError("Broadcast", field=failure[0], reason=failure[1])
        data = b"".join(parts)
        if 1 + len(data) + spare > MAX_SIZE:
            raise InvalidMessageError(
                "Broadcast", field=None, reason=f"longer than {MAX_SIZE} bytes"
            )
        return data


@cache
def _information(byte: int) -> DeviceInformation | str:
    """Return the first byte's meaning, or why it has none. There are 256 of them."""
    try:
        return DeviceInformation.parse(bytes([byte]))
    except MalformedMessageError as error:
        return error.reason


def read_information(data: bytes) -> DeviceInformation:
    """Read the first byte.

    Raises:
        MalformedBroadcastError: there is none, or it is of another version.
    """
    if not data:
        raise MalformedBroadcastError("flags", offset=0, reason="too short", data=data)
    if len(data) > MAX_SIZE:
        raise MalformedBroadcastError(
            None, offset=MAX_SIZE, reason="longer than a broadcast can be", data=data
        )
    found = _information(data[0])
    if isinstance(found, str):
        raise MalformedBroadcastError("version", offset=0, reason=found, data=data)
    return found


def _read_objects(data: bytes, at: int) -> tuple[tuple[AnyObject, ...], bytes]:
    objects: list[AnyObject] = []
    previous, end = 0, len(data)
    while at < end:
        found = OBJECT_TYPES.get(data[at])
        if found is None:
            # Its length is not known either.
            break
        place = found.measure(data, at)
        reason = "too short"
        if found.id < previous:
            reason = "stands after an object with a higher id"
        elif place is not None:
            try:
                objects.append(BTHomeObject(found, found.decode(data[place[0] : place[1]])))
            except (InvalidValueError, MalformedMessageError) as error:
                reason = error.reason
            else:
                previous, at = found.id, place[1]
                continue
        raise MalformedBroadcastError(
            found.name, offset=at, reason=reason, data=data, objects=tuple(objects)
        )
    return tuple(objects), data[at:]
