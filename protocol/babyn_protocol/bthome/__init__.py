"""BTHome v2: what sensors broadcast, in the clear or encrypted.

::

    if is_bthome(advertisement.service_data):
        broadcast = receiver.receive(advertisement.service_data[SERVICE_UUID])

:class:`Receiver` is for a device that has a key. :func:`parse` is for any other, and for tools.
The service UUID 0xFCD2 belongs to Allterco, who lend it to BTHome: nothing else may be sent in it.

BTHome v2 - BTHome format - §BTHome Data format
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from babyn_protocol.bthome.broadcast import (
    LEGACY_SIZE,
    MAX_SIZE,
    Broadcast,
    DeviceInformation,
    MalformedBroadcastError,
)
from babyn_protocol.bthome.encrypted import EncryptedBroadcast, parse
from babyn_protocol.bthome.encryption import address_from
from babyn_protocol.bthome.events import (
    Button,
    Command,
    Dimmer,
    LightLevel,
    Opcode,
    Rotation,
)
from babyn_protocol.bthome.object_type import AnyObject, BTHomeObject, Kind, ObjectType
from babyn_protocol.bthome.objects import OBJECT_TYPES
from babyn_protocol.bthome.receiver import Receiver, ReplayWindow
from babyn_protocol.uuids import uuid16

__all__ = [
    "AnyObject",
    "BTHomeObject",
    "Broadcast",
    "Button",
    "Command",
    "DeviceInformation",
    "Dimmer",
    "EncryptedBroadcast",
    "Kind",
    "LEGACY_SIZE",
    "LightLevel",
    "MAX_SIZE",
    "MalformedBroadcastError",
    "OBJECT_TYPES",
    "ObjectType",
    "Opcode",
    "Receiver",
    "ReplayWindow",
    "Rotation",
    "SERVICE_UUID",
    "address_from",
    "is_bthome",
    "parse",
]

SERVICE_UUID: Final = uuid16(0xFCD2)
"""The key of BTHome in an advertisement's service data."""


def is_bthome(service_data: Mapping[str, bytes]) -> bool:
    """Tell whether an advertisement has BTHome data, before anything of it is decoded.

    Args:
        service_data: by full, lower-case UUID, as bleak gives it.
    """
    return SERVICE_UUID in service_data
