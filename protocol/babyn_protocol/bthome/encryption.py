"""AES-CCM as BTHome uses it: a key of 16 bytes, a code of 4, and a nonce that holds the address.

Key, address and counter are arguments. A counter must never be used twice under one key: who
sends keeps it across restarts, and asks for a new key when it is used up.

BTHome v2 - BTHome encryption - §Encrypting your messages
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

KEY_SIZE: Final = 16
MIC_SIZE: Final = 4
COUNTER_SIZE: Final = 4
LAST_COUNTER: Final = (1 << 8 * COUNTER_SIZE) - 1
ADDRESS_SIZE: Final = 6
_UUID: Final = bytes.fromhex("D2FC")


def address_from(text: str) -> bytes:
    """Return the six bytes of a Bluetooth address, as printed: ``54:48:E6:8F:80:A5``.

    Raises:
        ValueError: it is none. macOS shows identifiers of its own instead of addresses; there,
            take the address from the device's label or from another system.
    """
    digits = text.replace(":", "").replace("-", "")
    try:
        address = bytes.fromhex(digits) if digits.isalnum() else b""
    except ValueError:
        address = b""
    if len(address) == ADDRESS_SIZE:
        return address
    raise ValueError(
        "not a Bluetooth address (six bytes, as on the device's label); "
        "the identifiers that macOS shows instead cannot stand for one"
    )


class Cipher:
    """Seals and opens broadcasts of one device.

    Args:
        key: 16 bytes, shared with the device.
        address: six bytes in the order they are printed in. It must not change: a resolvable
            private address cannot be used with encrypted BTHome.

    Raises:
        ValueError: the key or the address has another size.
    """

    def __init__(self, key: bytes, address: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a BTHome key has {KEY_SIZE} bytes")
        if len(address) != ADDRESS_SIZE:
            raise ValueError(f"an address has {ADDRESS_SIZE} bytes")
        self.address = address
        self._ccm = AESCCM(key, tag_length=MIC_SIZE)

    def seal(self, information: int, counter: int, objects: bytes) -> bytes:
        """Return ciphertext and authentication code."""
        return self._ccm.encrypt(self._nonce(information, counter), objects, None)

    def open(self, information: int, counter: int, sealed: bytes) -> bytes | None:
        """Return the objects' bytes, or ``None`` if the authentication code does not match."""
        try:
            return self._ccm.decrypt(self._nonce(information, counter), sealed, None)
        except InvalidTag:
            return None

    def _nonce(self, information: int, counter: int) -> bytes:
        return b"".join(
            (
                self.address,
                _UUID,
                bytes([information]),
                counter.to_bytes(COUNTER_SIZE, "little"),
            )
        )
