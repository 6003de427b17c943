"""What a central calls its peers where it hides their addresses."""

from __future__ import annotations

import hashlib
import uuid

from bumble import hci
from bumble.device import Device


class PeerIds:
    """UUIDs for the peers of one central.

    Another central has another UUID for the same peer. The same central has the same one in
    every process, as long as it keeps its identity.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._addresses: dict[str, str] = {}

    def uuid_of(self, address: hci.Address) -> str:
        """Return the UUID of a peer, as macOS writes it."""
        central = self._device.irk + bytes(self._device.static_address)
        digest = hashlib.sha256(central + bytes([address.address_type]) + bytes(address)).digest()
        made = str(uuid.UUID(bytes=digest[:16], version=4)).upper()
        self._addresses[made] = address.to_string(with_type_qualifier=False)
        return made

    def address_of(self, text: str) -> str:
        """Return the address behind a UUID that was given out, or the text as it is."""
        return self._addresses.get(text.upper(), text)
