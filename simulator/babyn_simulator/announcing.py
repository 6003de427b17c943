"""How a simulated peripheral makes itself known: its address, and its advertising.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §1.3
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

from bumble import crypto, hci

from babyn_simulator.host import device_address

if TYPE_CHECKING:
    from babyn_simulator.advertisement import Advertisement
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.host import SimulatedDevice

ROTATION: Final = timedelta(minutes=15)
"""How long a private address is kept (Vol 3 Part C Appendix A: TGAP(private_addr_int))."""

_PRAND_LENGTH: Final = 3
_RESOLVABLE: Final = 0x40


class AddressType(StrEnum):
    """What kind of address a peripheral shows."""

    PUBLIC = "public"
    """One that its maker has bought, for ever."""

    STATIC = "static"
    """A random one that it keeps."""

    PRIVATE = "private"
    """A resolvable private one, another each time: only who has bonded knows it again."""

    NON_RESOLVABLE = "non-resolvable"
    """A private one that nobody knows again."""

    @property
    def changes(self) -> bool:
        """Whether it is another one after a while."""
        return self in (AddressType.PRIVATE, AddressType.NON_RESOLVABLE)


class OwnAddress:
    """The address of a peripheral: who it is, and what it shows.

    Args:
        identity: its identity address as text, a static random one unless it ends in ``/P``; by
            default one from its entropy.
        kind: what kind of address it shows; by default its identity.
        entropy: where random numbers come from; by default from the system.

    Raises:
        ValueError: the text is no address, or one of another kind.
    """

    def __init__(
        self, identity: str | None, kind: AddressType | None, entropy: Entropy | None
    ) -> None:
        self.identity = device_address(identity, entropy)
        """What bonded peers know it by."""
        if identity is None and kind is AddressType.PUBLIC:
            self.identity = hci.Address(bytes(self.identity), hci.Address.PUBLIC_DEVICE_ADDRESS)
        own = AddressType.PUBLIC if self.identity.is_public else AddressType.STATIC
        self.kind = own if kind is None else kind
        if self.kind is not own and not self.kind.changes:
            raise ValueError(
                f"this is a {own} address, not a {self.kind} one: a public one ends in /P"
            )
        self._random: Callable[[int], bytes]
        if entropy is None:
            self._random = secrets.token_bytes
        else:
            self._random = entropy.child("private address").token_bytes
        self.irk = (
            secrets.token_bytes(16) if entropy is None else entropy.child("irk").token_bytes(16)
        )
        """What its resolvable private addresses are made with, for as long as it exists."""
        self.shown = self.identity
        """What a scan shows."""
        if self.kind.changes:
            self.change()

    @property
    def own_address_type(self) -> hci.OwnAddressType:
        """The address as HCI's advertising parameters have it."""
        return hci.OwnAddressType.PUBLIC if self.shown.is_public else hci.OwnAddressType.RANDOM

    def change(self) -> None:
        """Show another one, if it is a private one."""
        if self.kind is AddressType.PRIVATE:
            # Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §1.3.2.2
            random = bytearray(self._random(_PRAND_LENGTH))
            random[-1] = random[-1] & 0x3F | _RESOLVABLE
            prand = bytes(random)
            self.shown = _random_address(crypto.ah(self.irk, prand) + prand)
        elif self.kind is AddressType.NON_RESOLVABLE:
            random = bytearray(self._random(6))
            random[-1] &= 0x3F
            self.shown = _random_address(bytes(random))


class Announcer:
    """Advertises for one peripheral, and changes its address while it does not.

    Args:
        address: its address.
        rotation: how long a private address is kept.
        advertisement: what it tells everybody; asked each time that it begins to, so that
            address and payload change together.
        name: the name in its scan response.
    """

    def __init__(
        self,
        address: OwnAddress,
        rotation: timedelta,
        advertisement: Callable[[], Advertisement],
        name: str,
    ) -> None:
        self.address = address
        self.rotations = 0
        """How often the address was changed while it was running."""
        self._rotation = rotation
        self._advertisement = advertisement
        self._name = name
        self._lock = asyncio.Lock()

    async def begin(self, device: SimulatedDevice, *, changed: bool) -> None:
        """Begin to advertise, after power-on.

        Args:
            device: the bumble device.
            changed: whether a private address is another one than before.
        """
        async with self._lock:
            if self.address.kind.changes:
                if changed:
                    self.address.change()
                await self._take(device)
            await self._advertise(device)

    async def resume(self, device: SimulatedDevice) -> None:
        """Advertise again, after a connection."""
        async with self._lock:
            await self._advertise(device)

    async def refresh(self, device: SimulatedDevice) -> None:
        """Tell what there is to tell now. Advertising goes on; without it, nothing happens."""
        async with self._lock:
            advertising = device.legacy_advertising_set
            if advertising is not None and advertising.enabled:
                await advertising.set_advertising_data(self._advertisement().data())

    async def rotate(self, device: SimulatedDevice) -> None:
        """Take another address, and with it another payload; advertising pauses for it."""
        async with self._lock:
            advertising = device.is_advertising
            if advertising:
                await device.stop_advertising()
            self.address.change()
            self.rotations += 1
            await self._take(device)
            if advertising and not device.connections:
                await self._advertise(device)

    async def rotate_for_ever(self, device: SimulatedDevice) -> None:
        """Take another address whenever it is time."""
        while True:
            await asyncio.sleep(self._rotation.total_seconds())
            await self.rotate(device)

    async def _take(self, device: SimulatedDevice) -> None:
        # bumble's own way sends the address that was used before.
        command = cast(
            "hci.HCI_SyncCommand[hci.HCI_StatusReturnParameters]",
            hci.HCI_LE_Set_Random_Address_Command(random_address=self.address.shown),
        )
        await device.send_sync_command(command)
        device.random_address = self.address.shown

    async def _advertise(self, device: SimulatedDevice) -> None:
        advertisement = self._advertisement()
        await device.start_advertising(
            advertising_type=advertisement.kind,
            own_address_type=self.address.own_address_type,
            advertising_data=advertisement.data(),
            scan_response_data=advertisement.scan_response(self._name),
            advertising_interval_min=advertisement.interval,
            advertising_interval_max=advertisement.interval,
        )


def _random_address(data: bytes) -> hci.Address:
    return hci.Address(data, hci.Address.RANDOM_DEVICE_ADDRESS)
