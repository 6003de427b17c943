"""Broadcasts as they come in: in the clear, or still encrypted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from babyn_protocol.bthome.broadcast import (
    Broadcast,
    MalformedBroadcastError,
    read_information,
)
from babyn_protocol.bthome.encryption import ADDRESS_SIZE, COUNTER_SIZE, MIC_SIZE, Cipher
from babyn_protocol.errors import AuthenticationFailedError

_TRAILER: Final = COUNTER_SIZE + MIC_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedBroadcast:
    """A broadcast whose objects need a key.

    :class:`~babyn_protocol.bthome.receiver.Receiver` opens them and refuses replayed ones; opened
    by hand, nobody checks the counter.
    """

    data: bytes = field(repr=False)
    """The service data, as it came."""

    address: bytes | None = field(repr=False)
    """The address that it includes, as printed; ``None``: it includes none."""

    counter: int
    """The sender's counter. Not to be believed before the broadcast is opened."""

    trigger_based: bool
    """It is sent when something happens, not at intervals."""

    def decrypt(self, *, key: bytes, address: bytes) -> Broadcast:
        """Open it, whatever its counter is.

        Args:
            key: 16 bytes, shared with the sender.
            address: the sender's address, six bytes as printed.

        Raises:
            AuthenticationFailedError: it was not made with this key, address and counter.
            MalformedBroadcastError: it was, and its objects cannot be read.
            ValueError: the key or the address has another size.
        """
        return self.read(self.open(Cipher(key, address)))

    def open(self, cipher: Cipher) -> bytes:
        """Return the objects' bytes.

        Raises:
            AuthenticationFailedError: it was not made with this key, address and counter.
        """
        start = 1 if self.address is None else 1 + ADDRESS_SIZE
        objects = None
        if self.address in (None, cipher.address):
            sealed = self.data[start:-_TRAILER] + self.data[-MIC_SIZE:]
            objects = cipher.open(self.data[0], self.counter, sealed)
        if objects is None:
            raise AuthenticationFailedError("Broadcast", data=self.data)
        return objects

    def read(self, objects: bytes) -> Broadcast:
        """Read what :meth:`open` returned.

        Raises:
            MalformedBroadcastError: an object is cut off, out of order or has an impossible value.
        """
        return Broadcast.read(objects, 0, trigger_based=self.trigger_based, address=self.address)


def parse(service_data: bytes | bytearray | memoryview) -> Broadcast | EncryptedBroadcast:
    """Read the service data of 0xFCD2, without the UUID.

    The work is bounded by the number of bytes, and that by 252.

    Raises:
        MalformedBroadcastError: it is not BTHome v2. Nothing else is raised, whatever the bytes
            are.
        TypeError: ``service_data`` is not bytes.
    """
    data = bytes(memoryview(service_data))
    information = read_information(data)
    start = 1 + ADDRESS_SIZE if information.address_included else 1
    end = len(data) - _TRAILER if information.encrypted else len(data)
    address = data[1:start][::-1] if information.address_included else None
    if end < start:
        name, offset = ("counter", start) if len(data) >= start else ("address", 1)
        raise MalformedBroadcastError(name, offset=offset, reason="too short", data=data)
    if not information.encrypted:
        return Broadcast.read(data, start, trigger_based=information.trigger_based, address=address)
    return EncryptedBroadcast(
        data=data,
        address=address,
        counter=int.from_bytes(data[end : end + COUNTER_SIZE], "little"),
        trigger_based=information.trigger_based,
    )
