"""A guardian's key: it signs answers that are given on another machine.

RFC 8032 - Edwards-Curve Digital Signature Algorithm - §5.1 (Ed25519)

The key is made for this and nothing else, so the public half names nobody: it is one more
pseudonym in the ledger. The private half stays with the guardian.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from babyn_ble.errors import InvalidConsentError
from babyn_ble.store.files import check_private, create_private

PUBLIC_KEY = r"^[0-9a-f]{64}$"
"""A public key as it is written: 32 bytes in hexadecimal digits."""

SIGNATURE = r"^[0-9a-f]{128}$"

_NO_KEY = "That is no Ed25519 key in PEM form; make one with 'babyn consent key'"


class GuardianKey:
    """The private half. Made by :meth:`create`, read by :meth:`load`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def generate(cls) -> GuardianKey:
        """Return a new key, kept nowhere yet."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GuardianKey:
        """Return the key in a file.

        Raises:
            StoreError: other users can read the file.
            InvalidConsentError: it holds no such key.
        """
        check_private(Path(path))
        try:
            key = load_pem_private_key(Path(path).read_bytes(), password=None)
        except (OSError, ValueError, TypeError):
            raise InvalidConsentError(_NO_KEY) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidConsentError(_NO_KEY)
        return cls(key)

    @property
    def public(self) -> str:
        """The public half, as it is pinned."""
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return raw.hex()

    def sign(self, data: bytes) -> str:
        """Return the signature of ``data``, in hexadecimal digits."""
        return self._key.sign(data).hex()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the private half to a new file, and the public one to ``<path>.pub``.

        Returns:
            The path of the public half.

        Raises:
            InvalidConsentError: one of the files is there already, or cannot be written.
        """
        private = Path(path)
        public = private.with_name(f"{private.name}.pub")
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public_pem = self._key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        try:
            made = not public.exists() and create_private(private, lambda at: _fill(at, pem))
            if made:
                public.write_bytes(public_pem)
        except OSError:
            raise InvalidConsentError("The key cannot be written; choose another file") from None
        if not made:
            raise InvalidConsentError("There is a file of that name already; choose another")
        return public


def load_public_key(path: str | os.PathLike[str]) -> str:
    """Return the public key in a PEM file, as it is pinned.

    Raises:
        InvalidConsentError: it holds none.
    """
    try:
        key = load_pem_public_key(Path(path).read_bytes())
    except (OSError, ValueError):
        raise InvalidConsentError(_NO_KEY) from None
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidConsentError(_NO_KEY)
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def is_signed(data: bytes, signature: str, public_key: str) -> bool:
    """Return whether ``signature`` is that of ``data`` under a public key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _fill(path: Path, data: bytes) -> None:
    path.write_bytes(data)
