"""The security functions of a link layer, by the sample data of the specification.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part C §1, Vol 3 Part H §D
"""

from __future__ import annotations

from babyn_simulator.controller.link_security import DEBUG_KEY, P256Key, Session, aes_128


def reverse(text: str) -> bytes:
    """Return octets that a document writes with the most significant one first."""
    return bytes.fromhex(text)[::-1]


LTK = reverse("4C68384139F574D836BCF34E9DFB01BF")
SKD = reverse("ACBDCEDFE0F10213"), reverse("0213243546576879")
IV = reverse("BADCAB24"), reverse("DEAFBABE")
SESSION_KEY = reverse("99AD1B5226A37E3E058E3B8E27C2C666")


def test_aes() -> None:
    """Mutant: the octets of key, text or result are taken in the other order."""
    plaintext = reverse("0213243546576879ACBDCEDFE0F10213")
    assert aes_128(LTK, plaintext) == SESSION_KEY


def test_a_session() -> None:
    """Mutant: the peripheral's half of the diversifier, or of the IV, comes first."""
    session = Session.derive(LTK, SKD, IV)
    assert session == Session(SESSION_KEY, bytes.fromhex("24abdcba bebaafde"))


def test_the_first_encrypted_packets_of_both_sides() -> None:
    """Mutant: the direction, or the header, is left out of what is authenticated."""
    session = Session.derive(LTK, SKD, IV)
    from_central = session.seal(b"\x06", header=0x0F, counter=0, from_central=True)
    assert from_central == bytes.fromhex("9fcda7f448")
    from_peripheral = session.seal(b"\x06", header=0x07, counter=0, from_central=False)
    assert from_peripheral == bytes.fromhex("a34c13a415")


def test_what_another_session_sealed_is_not_opened() -> None:
    session = Session.derive(LTK, SKD, IV)
    sealed = session.seal(b"\x06", header=3, counter=0, from_central=True)
    assert session.open(sealed, header=3, counter=0, from_central=True) == b"\x06"
    other = Session.derive(bytes(16), SKD, IV)
    assert other.open(sealed, header=3, counter=0, from_central=True) is None
    assert session.open(sealed, header=3, counter=0, from_central=False) is None
    assert session.open(sealed, header=3, counter=1, from_central=True) is None


PUBLIC_A = (
    "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6",
    "dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b",
)
PRIVATE_B = bytes.fromhex("55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd")
PUBLIC_B = (
    "1ea1f0f01faf1d9609592284f19e4c0047b58afd8615a69f559077b22faaa190",
    "4c55f33e429dad377356703a9ab85160472d1130e28e36765f89aff915b1214a",
)
DHKEY = "ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698"


def public(halves: tuple[str, str]) -> bytes:
    """Return a public key as it stands on the wire."""
    return reverse(halves[0]) + reverse(halves[1])


def test_p256() -> None:
    """Mutant: X and Y, or their octets, are in the other order."""
    a, b = P256Key(DEBUG_KEY), P256Key(PRIVATE_B)
    assert (a.public, b.public) == (public(PUBLIC_A), public(PUBLIC_B))
    assert a.agree(b.public) == b.agree(a.public) == reverse(DHKEY)


def test_a_point_that_is_not_on_the_curve_gives_no_key() -> None:
    """Mutant: a peer's public key is not checked."""
    a = P256Key(DEBUG_KEY)
    assert a.agree(bytes(64)) is None
    assert a.agree(public(PUBLIC_B)[:63] + b"\x00") is None


def test_keys_follow_from_the_random_octets() -> None:
    assert P256Key.generate(lambda length: bytes(length)).public == P256Key(b"\x01").public
    assert P256Key.generate(lambda length: b"\x01" * length).public != P256Key(b"\x01").public
