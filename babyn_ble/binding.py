"""Binding: making a device that was seen into one that is known, and undoing it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from babyn_ble.errors import BabynError, MalformedMessageError, RejectedError
from babyn_ble.sources import open_profile
from babyn_protocol import uuids
from babyn_protocol.gatt import message_for

if TYPE_CHECKING:
    from babyn_ble.connection import Connection
    from babyn_ble.privacy.vault import Vault

__all__ = ["BoundDevice", "VaultBonds"]

DEVICE_KIND = "device"
"""Kind of the sealed records that hold bound devices."""

BOND_KIND = "bond"
"""Kind of the sealed records that hold the bonds of radios without a system underneath."""


class BoundDevice(BaseModel):
    """A device that is known here, and is not connected.

    The ``repr`` carries neither name nor address.

    Attributes:
        id: short id, the same as that of its sightings; of a device with a private address, of
            those after it was bound.
        subject: id of the subject whose device it is.
        model: what it is (``thermometer``).
        name: the name it advertised when it was bound.
        address: its identity address, or what the platform gives instead of one.
        profile: how it is read; so far always ``open``.
        services: UUIDs of its services, as discovered at binding.
        manufacturer, model_number, firmware: as the device states them, if it does.
        paired: whether a bond was made.
        bonds: names under which a radio without a system underneath keeps the bond here.
        bound_at: when, aware, UTC.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, protected_namespaces=())

    id: str
    subject: str
    model: str
    name: str | None = Field(default=None, repr=False)
    address: str = Field(repr=False)
    profile: str = "open"
    services: tuple[str, ...] = ()
    manufacturer: str | None = None
    model_number: str | None = None
    firmware: str | None = None
    paired: bool
    bonds: tuple[str, ...] = Field(default=(), repr=False)
    bound_at: datetime


async def described(
    connection: Connection,
    *,
    id_: str,
    address: str,
    name: str | None,
    subject: str,
    bonds: tuple[str, ...],
    paired: bool,
    now: datetime,
) -> BoundDevice:
    """Return the record of a connected device, as it states itself.

    Its serial number and System ID are never read: they identify the unit.
    """
    services = tuple(service.uuid for service in connection.services)
    return BoundDevice(
        id=id_,
        subject=subject,
        model=open_profile.model_of(frozenset(services)),
        name=name,
        address=address,
        services=services,
        manufacturer=await _text(connection, uuids.Characteristic.MANUFACTURER_NAME_STRING),
        model_number=await _text(connection, uuids.Characteristic.MODEL_NUMBER_STRING),
        firmware=await _text(connection, uuids.Characteristic.FIRMWARE_REVISION_STRING),
        paired=paired,
        bonds=bonds,
        bound_at=now,
    )


def require_known_profile(connection: Connection) -> None:
    """Refuse a device that no source can read.

    Raises:
        RejectedError: it offers none of the services that the open profile reads.
    """
    offered = {service.uuid for service in connection.services}
    if open_profile.SERVICES.isdisjoint(offered):
        raise RejectedError(
            "The device offers no service that can be read here, so it was not bound; "
            "inspect it to see what it offers"
        )


async def _text(connection: Connection, uuid: str) -> str | None:
    characteristic = connection.characteristic(uuid)
    message_type = message_for(uuid)
    if characteristic is None or message_type is None:
        return None
    with contextlib.suppress(RejectedError, MalformedMessageError):
        return str(message_type.parse(await connection.read(characteristic)))
    return None


async def undo_pairing(connection: Connection) -> None:
    """Forget a bond that led to no binding."""
    with contextlib.suppress(BabynError):
        await connection.unpair()


class VaultBonds:
    """Bonds of radios without a system underneath, sealed in the store with a subject's key.

    Args:
        vault: where they are.
        subject: says whose devices they are with, once that is known.
    """

    def __init__(self, vault: Vault, subject: Callable[[], str]) -> None:
        self._vault = vault
        self._subject = subject

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under ``name``, or ``None``."""
        return self._vault.get_bytes(BOND_KIND, name, subject_id=self._subject())

    async def put(self, name: str, data: bytes) -> None:
        """Keep ``data`` under ``name``."""
        self._vault.put_bytes(BOND_KIND, name, data, subject_id=self._subject())

    async def delete(self, name: str) -> None:
        """Forget ``name``; an unknown one is no error."""
        self._vault.delete(BOND_KIND, name, subject_id=self._subject())

    async def names(self) -> list[str]:
        """Return every name that is kept."""
        return self._vault.names(BOND_KIND, subject_id=self._subject())
