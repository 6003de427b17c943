"""SMP: the steps of pairing. Keys and random numbers in them are never told.

Core v5.2 - Security Manager Specification - Vol 3 Part H §3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from babyn_protocol.capture.errors import Cursor

_STEPS: Final = {
    0x01: ("pairing request", 6),
    0x02: ("pairing response", 6),
    0x03: ("pairing confirm", 16),
    0x04: ("pairing random", 16),
    0x05: ("pairing failed", 1),
    0x06: ("encryption information (a key, not shown)", 16),
    0x07: ("central identification (not shown)", 10),
    0x08: ("identity information (a key, not shown)", 16),
    0x09: ("identity address", 7),
    0x0A: ("signing information (a key, not shown)", 16),
    0x0B: ("security request", 1),
    0x0C: ("pairing public key", 64),
    0x0D: ("pairing DHKey check", 16),
    0x0E: ("keypress", 1),
}
_CAPABILITIES: Final = (
    "display only",
    "display and yes or no",
    "keyboard only",
    "no input and no output",
    "keyboard and display",
)
_FAILURES: Final = (
    "",
    "passkey entry failed",
    "no out-of-band data",
    "authentication requirements",
    "confirm value failed",
    "pairing not supported",
    "encryption key size",
    "command not supported",
    "unspecified reason",
    "repeated attempts",
    "invalid parameters",
    "DHKey check failed",
    "numeric comparison failed",
    "BR/EDR pairing in progress",
    "cross-transport key derivation not allowed",
    "key rejected",
)


@dataclass(frozen=True, slots=True)
class PairingStep:
    """One message of the Security Manager."""

    name: str
    """Which one."""

    details: str = ""
    """What it says, but for keys."""

    failed: bool = False
    """Whether pairing ends with it."""

    def __str__(self) -> str:
        return f"{self.name}: {self.details}" if self.details else self.name


def read_step(data: bytes) -> PairingStep:
    """Read one message.

    Raises:
        PacketError: it is no message of SMP, or has another length.
    """
    cursor = Cursor("SMP", data)
    code = cursor.number(1)
    if code not in _STEPS:
        return PairingStep(f"SMP message 0x{code:02X}, not known here")
    name, size = _STEPS[code]
    parameters = cursor.take(size)
    match code:
        case 0x01 | 0x02:
            capability, oob, authentication, key_size = parameters[:4]
            io = dict(enumerate(_CAPABILITIES)).get(capability, "reserved capability")
            said = [io, *["out-of-band data"] * (oob == 1), _wanted(authentication)]
            return PairingStep(name, ", ".join([*said, f"key of {key_size} bytes"]))
        case 0x05:
            reason = dict(enumerate(_FAILURES)).get(parameters[0]) or f"code {parameters[0]}"
            return PairingStep(name, reason, failed=True)
        case 0x0B:
            return PairingStep(name, _wanted(parameters[0]))
        case _:
            return PairingStep(name)


def _wanted(authentication: int) -> str:
    said = ["bonding" if authentication & 3 == 1 else "no bonding"]
    said.append("Secure Connections" if authentication & 8 else "legacy pairing")
    said.append("MITM protection" if authentication & 4 else "no MITM protection")
    return ", ".join(said)
