"""What a controller computes: AES, sessions between link layers, P-256.

Every value is given and returned in the order in which it stands on the wire, that is least
significant octet first.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §5.1.3, Vol 6 Part E §2, and Vol 4
Part E §7.8.22, §7.8.36 and §7.8.37. Sample data: Vol 6 Part C §1.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from babyn_simulator.entropy import P256_ORDER

if TYPE_CHECKING:
    from bumble import hci

MIC: Final = 4
"""Octets by which an encrypted PDU is longer (Vol 6 Part B §2.4)."""

_COUNTER_OCTETS = 5
_EXTRA_OCTETS = 8
_FROM_CENTRAL = 1 << 39
_LLID_AND_RFU = 0xE3
"""What of a PDU's header is authenticated: all but NESN, SN and MD (Vol 6 Part E §2.1)."""

DEBUG_KEY: Final = bytes.fromhex("3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abd")
"""The private key that everybody knows, most significant octet first (Vol 3 Part H §2.3.5.6.1)."""


def aes_128(key: bytes, plaintext: bytes) -> bytes:
    """Return one block, encrypted: the security function *e* (Vol 3 Part H §2.2.1)."""
    encryptor = Cipher(algorithms.AES(key[::-1]), modes.ECB()).encryptor()
    return encryptor.update(plaintext[::-1])[::-1]


@dataclass
class Session:
    """What two link layers share once both have the long-term key.

    Attributes:
        key: the session key.
        iv: both halves of the initialisation vector, the central's first.
    """

    key: bytes
    iv: bytes

    @classmethod
    def derive(
        cls, long_term_key: bytes, diversifiers: tuple[bytes, bytes], ivs: tuple[bytes, bytes]
    ) -> Session:
        """Derive a session (Vol 6 Part B §5.1.3.1).

        Args:
            long_term_key: as the host gave it, 16 octets.
            diversifiers: the central's half of SKD and the peripheral's, 8 octets each.
            ivs: the central's half of IV and the peripheral's, 4 octets each.
        """
        return cls(aes_128(long_term_key, b"".join(diversifiers)), b"".join(ivs))

    def seal(self, payload: bytes, *, header: int, counter: int, from_central: bool) -> bytes:
        """Return the payload of a PDU, encrypted, and its MIC."""
        nonce = self._nonce(counter, from_central=from_central)
        return self._cipher().encrypt(nonce, payload, bytes([header & _LLID_AND_RFU]))

    def open(self, sealed: bytes, *, header: int, counter: int, from_central: bool) -> bytes | None:
        """Return the payload of a PDU, or ``None`` if its MIC is wrong."""
        nonce = self._nonce(counter, from_central=from_central)
        try:
            return self._cipher().decrypt(nonce, sealed, bytes([header & _LLID_AND_RFU]))
        except InvalidTag:
            return None

    def _cipher(self) -> AESCCM:
        return AESCCM(self.key[::-1], tag_length=MIC)

    def _nonce(self, counter: int, *, from_central: bool) -> bytes:
        first = counter | (_FROM_CENTRAL if from_central else 0)
        return first.to_bytes(_COUNTER_OCTETS, "little") + self.iv


class Step(enum.Enum):
    """What of the procedure is awaited."""

    HALVES = enum.auto()
    """The halves of the session are exchanged; the key of the peripheral's host is missing."""
    START = enum.auto()
    """The session is derived; the first encrypted PDU is awaited."""


@dataclass
class Encryption:
    """How far the encryption of one end of a link has come."""

    session: Session | None = None
    """The session that holds, if the link is encrypted."""
    step: Step | None = None
    long_term_key: bytes = b""
    diversifiers: list[bytes] = field(default_factory=list[bytes])
    ivs: list[bytes] = field(default_factory=list[bytes])
    following: Session | None = None
    waiting: hci.HCI_LE_Enable_Encryption_Command | None = None
    """The command of this end's host to encrypt once more, after this procedure."""

    def begin(self, step: Step, *, long_term_key: bytes = b"") -> None:
        """Begin the procedure."""
        self.step, self.long_term_key, self.following = step, long_term_key, None
        self.diversifiers, self.ivs = [], []

    @property
    def is_exchanged(self) -> bool:
        """Whether both halves are there, and the session is not derived yet."""
        return self.step is Step.HALVES and len(self.ivs) == 2

    def add(self, skd: bytes, iv: bytes) -> None:
        """Take one side's half; the central's comes first. What is not awaited is ignored."""
        if self.step is Step.HALVES and not self.is_exchanged:
            self.diversifiers.append(skd)
            self.ivs.append(iv)

    def derive(self, long_term_key: bytes) -> Session:
        """Derive the session that is to hold."""
        first, second = self.diversifiers
        self.following = Session.derive(long_term_key, (first, second), (self.ivs[0], self.ivs[1]))
        self.step = Step.START
        return self.following


class P256Key:
    """A key pair on P-256.

    Args:
        private: the private key, most significant octet first.
    """

    def __init__(self, private: bytes) -> None:
        self._private = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())

    @classmethod
    def generate(cls, random: Callable[[int], bytes]) -> P256Key:
        """Return a new key pair (FIPS 186-5 - Digital Signature Standard - §A.2.1).

        Args:
            random: returns so many random octets.
        """
        private = int.from_bytes(random(32 + _EXTRA_OCTETS), "big") % (P256_ORDER - 1) + 1
        return cls(private.to_bytes(32, "big"))

    @property
    def public(self) -> bytes:
        """The public key: X and Y, 32 octets each."""
        numbers = self._private.public_key().public_numbers()
        return numbers.x.to_bytes(32, "little") + numbers.y.to_bytes(32, "little")

    def agree(self, public: bytes) -> bytes | None:
        """Return the Diffie-Hellman key shared with a peer, or ``None`` if its key is none.

        Args:
            public: the peer's public key: X and Y, 32 octets each.
        """
        x = int.from_bytes(public[:32], "little")
        y = int.from_bytes(public[32:], "little")
        try:
            peer = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        except ValueError:
            return None
        return self._private.exchange(ec.ECDH(), peer)[::-1]
