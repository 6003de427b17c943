"""A guardian's key: in files, and what it signs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from babyn_ble.errors import InvalidConsentError, StoreError
from babyn_ble.privacy.signing import GuardianKey, is_signed, load_public_key


def test_a_key_is_kept_in_two_files(tmp_path: Path) -> None:
    """Mutant: the private half is written with the default mode."""
    key = GuardianKey.generate()
    public = key.save(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert GuardianKey.load(tmp_path / "key").public == key.public == load_public_key(public)
    assert b"PRIVATE" not in public.read_bytes()
    assert b"PRIVATE" in (tmp_path / "key").read_bytes()  # the control


def test_a_key_takes_no_others_place(tmp_path: Path) -> None:
    """Mutant: an older key is overwritten, and what it signed counts no more."""
    first = GuardianKey.generate()
    first.save(tmp_path / "key")
    with pytest.raises(InvalidConsentError, match="already"):
        GuardianKey.generate().save(tmp_path / "key")
    (tmp_path / "other.pub").write_bytes(b"")
    with pytest.raises(InvalidConsentError, match="already"):
        GuardianKey.generate().save(tmp_path / "other")
    assert GuardianKey.load(tmp_path / "key").public == first.public
    assert not (tmp_path / "other").exists()


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    GuardianKey.generate().save(tmp_path / "key")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(StoreError, match="open to other users"):
        GuardianKey.load(tmp_path / "key")


@pytest.mark.parametrize("content", [b"", b"no key", b"\xff" * 100])
def test_what_is_no_key_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(InvalidConsentError, match="no Ed25519 key"):
        GuardianKey.load(tmp_path / "key")
    with pytest.raises(InvalidConsentError, match="no Ed25519 key"):
        load_public_key(tmp_path / "key")
    with pytest.raises(InvalidConsentError, match="no Ed25519 key"):
        load_public_key(tmp_path / "nothing")


def test_a_key_of_another_kind_is_told(tmp_path: Path) -> None:
    """Mutant: whatever cryptography can load is taken."""
    other = generate_private_key(public_exponent=65537, key_size=1024)
    (tmp_path / "key").write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "key.pub").write_bytes(
        other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(InvalidConsentError, match="no Ed25519 key"):
        GuardianKey.load(tmp_path / "key")
    with pytest.raises(InvalidConsentError, match="no Ed25519 key"):
        load_public_key(tmp_path / "key.pub")


def test_a_signature_is_of_one_text_under_one_key() -> None:
    """Mutant: ``is_signed`` returns true whenever the signature has the right length."""
    key, other = GuardianKey.generate(), GuardianKey.generate()
    signature = key.sign(b"agree")
    assert is_signed(b"agree", signature, key.public)
    assert not is_signed(b"refuse", signature, key.public)
    assert not is_signed(b"agree", signature, other.public)
    assert not is_signed(b"agree", "00" * 64, key.public)
    assert not is_signed(b"agree", signature, "no key")
