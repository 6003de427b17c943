"""The bound devices of one subject: their records, and the bonds that binding makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from babyn_ble.binding import (
    DEVICE_KIND,
    BoundDevice,
    VaultBonds,
    described,
    require_known_profile,
    undo_pairing,
)
from babyn_ble.errors import DeviceNotFoundError, StoreError

if TYPE_CHECKING:
    from babyn_ble.connection import Connection
    from babyn_ble.privacy.consent import ConsentRegister
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.subject_gate import SubjectGate

__all__ = ["BoundDevices", "Unbound"]


@dataclass(frozen=True, slots=True)
class Unbound:
    """What unbinding a device removed.

    Attributes:
        bond_removed: whether this side's bond is gone. Where only the system's Bluetooth
            settings can remove it, or may not be asked, it is not.
        readings_erased: how many stored readings were erased.
    """

    bond_removed: bool
    readings_erased: int


class BoundDevices:
    """The devices that are known here, sealed in the vault of a register.

    Args:
        register: whose vault they are in.
        subject_gate: says whose devices they are.
        short_id: makes the short id of an address.
    """

    def __init__(
        self,
        register: ConsentRegister,
        subject_gate: SubjectGate,
        short_id: Callable[[str], str],
    ) -> None:
        self.bonds = VaultBonds(register.vault, self._subject)
        """The bonds of a radio without a system underneath."""
        self._register = register
        self._vault = register.vault
        self._subject_gate = subject_gate
        self._short_id = short_id

    def all(self) -> tuple[BoundDevice, ...]:
        """Return them, oldest first."""
        found = self._vault.list(DEVICE_KIND, BoundDevice, subject_id=self._subject())
        return tuple(sorted(found, key=lambda device: (device.bound_at, device.id)))

    def one(self, beginning: str) -> BoundDevice:
        """Return the one whose short id begins so.

        Raises:
            DeviceNotFoundError: none, or more than one, does.
        """
        found = [device for device in self.all() if device.id.startswith(beginning)]
        if len(found) == 1:
            return found[0]
        raise DeviceNotFoundError(
            "No device of that id is bound; list the bound devices to see theirs"
            if not found
            else "More than one bound device begins so; give more of the id"
        )

    def at(self, address: str) -> BoundDevice | None:
        """Return the one at an address, or ``None``."""
        for device in self.all():
            if device.address.casefold() == address.casefold():
                return device
        return None

    async def bind(
        self, connection: Connection, remember: Permit, *, name: str | None, pair: bool
    ) -> BoundDevice:
        """Pair with a connected device and remember it; where that fails, undo the pairing.

        Args:
            connection: the link to it.
            remember: checked when the device has said what it is, before it is kept.
            name: the name that it advertised.
            pair: whether to pair at all.

        Raises:
            ConsentRequiredError: the permit has died.
            RejectedError: it refused to pair, or has no service that is known here.
            DisconnectedError: it is gone.
        """
        require_known_profile(connection)
        before = set(await self.bonds.names())
        try:
            if pair:
                await connection.pair()
            made = sorted(set(await self.bonds.names()) - before)
            device = await described(
                connection,
                id_=self._short_id(connection.address),
                address=connection.address,
                name=name,
                subject=self._subject(),
                bonds=tuple(made),
                paired=pair,
                now=self._register.clock.now(),
            )
            remember.check()
            self._vault.put(DEVICE_KIND, device.id, device, subject_id=device.subject)
        except BaseException:
            if pair:
                await undo_pairing(connection)
            raise
        return device

    def forget(self, device: BoundDevice) -> None:
        """Forget a device; its bonds and readings are the caller's to remove.

        Raises:
            DeviceNotFoundError: it is not bound (any more).
            StoreError: a law forbids to delete anything of this subject.
        """
        if self._register.is_held(device.subject):
            raise StoreError(
                "A legal hold forbids to delete anything here, so the device stays; withdraw "
                "the consents, and nothing is done with it"
            )
        if not self._vault.delete(DEVICE_KIND, device.id, subject_id=device.subject):
            raise DeviceNotFoundError("The device is not bound; there is nothing to unbind")

    def _subject(self) -> str:
        return self._subject_gate.subject.subject_id
