"""What one recipient calls a device and its logs: names of its own, under a key of its own.

Two recipients that put what they got side by side find no name in common. Without the key
nobody can tell what a name stands for; with it, anybody can: these are pseudonyms and no more,
and data under them are shared only with consent (policy L45, L389).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from babyn_ble.readings import Reading

_NAME_BYTES = 10
_EPOCH_BYTES = 4
"""A log's epoch is 32 bits long, and so is what stands for it."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """The names that one recipient knows one device by.

    Attributes:
        key: the recipient's, for this subject; 32 bytes.
        subject: id of the subject whose device it is.
        device_id: short id of the bound device.
    """

    key: bytes = field(repr=False)
    subject: str
    device_id: str

    @property
    def device(self) -> str:
        """What stands for the device: 20 hexadecimal digits."""
        return self._digest("")[:_NAME_BYTES].hex()

    def epoch(self, epoch: int) -> int:
        """Return what stands for the epoch of a log: the same for equal ones, 32 bits."""
        return int.from_bytes(self._digest(f"/{epoch}")[:_EPOCH_BYTES], "big")

    def named(self, reading: Reading) -> dict[str, object]:
        """Return a reading as plain JSON types, with these names in it."""
        epoch = None if reading.epoch is None else self.epoch(reading.epoch)
        return {**reading.as_dict(), "device": self.device, "epoch": epoch}

    def _digest(self, what: str) -> bytes:
        return hmac.digest(self.key, f"{self.subject}/{self.device_id}{what}".encode(), "sha256")
