"""Readings that a device tells everybody, beside the services of the open profile.

BTHome v2 - BTHome format - §BTHome Data format, §Encryption
"""

from __future__ import annotations

from babyn_protocol.bthome import AnyObject, Broadcast


class Broadcasting:
    """What a device broadcasts: its last readings, encrypted or in the clear. Without a radio.

    Args:
        key: 16 bytes, shared with the receivers; ``None`` for plaintext.

    Raises:
        ValueError: the key has another size.
    """

    def __init__(self, key: bytes | None) -> None:
        if key is not None and len(key) != 16:
            raise ValueError("a BTHome key has 16 bytes")
        self.counter = 0
        """Of the last broadcast that was encrypted. It is kept while the power is off."""
        self._key = key
        self._objects: tuple[AnyObject, ...] = ()
        self._sealed: tuple[bytes, bytes] | None = None

    def tell(self, *objects: AnyObject) -> None:
        """Tell these from now on; ids must not descend."""
        self._objects = objects
        self._sealed = None

    def service_data(self, address: bytes) -> bytes | None:
        """Return the service data of 0xFCD2, or ``None`` if there is nothing to tell.

        Encrypted, the same readings from the same address are the same bytes, however often
        they are asked for; anything else takes the next counter.

        Args:
            address: the one that is shown, six bytes as printed.
        """
        if not self._objects:
            return None
        broadcast = Broadcast(objects=self._objects)
        if self._key is None:
            return broadcast.plaintext()
        if self._sealed is None or self._sealed[0] != address:
            self.counter += 1
            data = broadcast.encrypted(key=self._key, address=address, counter=self.counter)
            self._sealed = address, data
        return self._sealed[1]
