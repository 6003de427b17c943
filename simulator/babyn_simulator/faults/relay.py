"""The man in the middle: two host stacks, and all of ATT goes from one to the other.

One is the device for a central, the other a central for the device. Each of the two links is
paired by itself. What the method of pairing lets a person compare or type is all that can tell
it from the device.

Core v6.0 - Bluetooth Core Specification - Vol 3 Part H §2.3.5
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from bumble import att, hci
from bumble.core import BaseBumbleError
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate

from babyn_simulator.faults.intruder import (
    Intruder,
    address_of,
    end,
    ended,
    first_of,
    run_until,
    take_off,
)
from babyn_simulator.host import SimulatedDevice

if TYPE_CHECKING:
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.faults.hit import Hit
    from babyn_simulator.peripheral import Peripheral

Alter = Callable[[bytes], bytes]
"""Given an ATT PDU, the one to send on."""

IO_CAPABILITIES = {
    "none": PairingDelegate.NO_OUTPUT_NO_INPUT,
    "display": PairingDelegate.DISPLAY_OUTPUT_ONLY,
    "display_yes_no": PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT,
    "keyboard": PairingDelegate.KEYBOARD_INPUT_ONLY,
    "keyboard_display": PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
}
"""What it says that it has to show and to ask by."""


class _Guesser(PairingDelegate):
    """Agrees to everything, and guesses what it is asked."""

    def __init__(self, io: str, entropy: Entropy) -> None:
        super().__init__(io_capability=IO_CAPABILITIES[io])
        self._guess = entropy.below(1_000_000)

    async def compare_numbers(self, number: int, digits: int) -> bool:
        return True

    async def get_number(self) -> int:
        return self._guess

    async def generate_passkey(self) -> int:
        return self._guess

    async def display_number(self, number: int, digits: int) -> None:
        return


def _always(config: PairingConfig) -> Callable[[Connection], PairingConfig]:
    return lambda _connection: config


class Relay:
    """One man in the middle, between a device and whoever connects to it.

    Args:
        hit: the strike that it is part of; each central that falls for it counts.
        target: the device.
        io: what it says that it has to show and to ask by; see :data:`IO_CAPABILITIES`.
        alter: what it does to what passes.
    """

    def __init__(self, hit: Hit, target: Peripheral, *, io: str, alter: Alter) -> None:
        self._hit = hit
        self._target = target
        self._alter = alter
        entropy = hit.own_entropy()
        self._central = Intruder(hit.air, target, entropy.child("central"))
        self._double = self._made_double(entropy.child("device"))
        self._to_device: Connection | None = None
        self._to_central: Connection | None = None
        self._securing: asyncio.Task[None] | None = None
        self._held: list[bytes] = []
        self._arrived = asyncio.Event()
        self._stopped = asyncio.Event()
        guesser = _Guesser(io, entropy.child("guess"))
        for device in (self._central.device, self._double):
            config = PairingConfig(sc=True, mitm=io != "none", bonding=True, delegate=guesser)
            device.keystore = MemoryKeyStore()
            device.pairing_config_factory = _always(config)
        self._central.device.l2cap_channel_manager.register_fixed_channel(
            att.ATT_CID, self._from_device
        )
        self._double.l2cap_channel_manager.register_fixed_channel(att.ATT_CID, self._from_central)
        self._double.on(Device.EVENT_CONNECTION, self._on_connection)

    def stop(self) -> None:
        """Have him go."""
        self._stopped.set()

    async def run(self) -> None:
        """Be there until he is stopped."""
        await run_until(self._stopped, self._stand(), self._go)

    async def _stand(self) -> None:
        await self._central.device.power_on()
        await self._double.power_on()
        while True:
            self._to_device = await self._central.connect()
            await self._stand_between(self._to_device)

    async def _go(self) -> None:
        for connection in tuple(self._double.connections.values()):
            await end(connection)
        await take_off(self._double)
        await self._central.leave()

    async def _stand_between(self, to_device: Connection) -> None:
        """Pass on what one central says and hears, until one of the two links ends."""
        self._arrived.clear()
        await self._advertise()
        await first_of(ended(to_device), self._arrived.wait())
        if self._to_central is not None:
            await first_of(ended(to_device), ended(self._to_central))
            await end(self._to_central)
        elif self._double.is_advertising:
            await self._double.stop_advertising()
        self._to_central = self._to_device = None
        await end(to_device)

    def _made_double(self, entropy: Entropy) -> SimulatedDevice:
        address = address_of(self._target)
        config = DeviceConfiguration(name=self._target.name, irk=entropy.token_bytes(16))
        if not address.is_public:
            config.address = address
        return SimulatedDevice(
            self._hit.air,
            config,
            entropy=entropy,
            position=self._target.position,
            public_address=address if address.is_public else None,
        )

    async def _advertise(self) -> None:
        advertisement = self._target.advertisement
        public = address_of(self._target).is_public
        await self._double.start_advertising(
            advertising_type=advertisement.kind,
            own_address_type=hci.OwnAddressType.PUBLIC if public else hci.OwnAddressType.RANDOM,
            advertising_data=advertisement.data(),
            scan_response_data=advertisement.scan_response(self._target.name),
            advertising_interval_min=advertisement.interval,
            advertising_interval_max=advertisement.interval,
        )

    def _on_connection(self, connection: Connection) -> None:
        self._to_central = connection
        self._held.clear()
        self._arrived.set()
        self._hit.count()
        for event in (
            Connection.EVENT_PAIRING_START,
            Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE,
        ):
            connection.on(event, self._secure)

    # Each link is secured as the other is.

    def _secure(self) -> None:
        to_device = self._to_device
        busy = self._securing is not None and not self._securing.done()
        if to_device is not None and not busy and not to_device.is_encrypted:
            self._securing = self._hit.spawn(self._secure_with(to_device))

    async def _secure_with(self, to_device: Connection) -> None:
        keystore = self._central.device.keystore
        # Either it is refused, or bumble cancels it because a link has ended.
        with contextlib.suppress(BaseBumbleError, asyncio.CancelledError):
            if keystore is not None and await keystore.get(str(to_device.peer_address)):
                await to_device.encrypt()
            else:
                await to_device.pair()
        held, self._held = self._held, []
        self._securing = None
        for pdu in held:
            self._from_central(0, pdu)

    # What passes

    def _from_central(self, _handle: int, pdu: bytes) -> None:
        if self._securing is not None:
            self._held.append(pdu)  # the device would refuse what it will allow in a moment
        elif self._to_device is not None:
            self._pass(self._to_device, pdu)

    def _from_device(self, _handle: int, pdu: bytes) -> None:
        if self._to_central is not None:
            self._pass(self._to_central, pdu)

    def _pass(self, connection: Connection, pdu: bytes) -> None:
        self._hit.overhear(pdu)
        connection.device.send_l2cap_pdu(connection.handle, att.ATT_CID, self._alter(pdu))
