"""Encrypted BTHome: keys, counters, what a receiver remembers, and what errors give away."""

from __future__ import annotations

from decimal import Decimal

import pytest

from babyn_protocol.bthome import (
    LEGACY_SIZE,
    Broadcast,
    EncryptedBroadcast,
    MalformedBroadcastError,
    Receiver,
    ReplayWindow,
    address_from,
    objects,
    parse,
)
from babyn_protocol.bthome.encryption import LAST_COUNTER, Cipher
from babyn_protocol.errors import (
    AuthenticationFailedError,
    DowngradedMessageError,
    InvalidMessageError,
    RemoteProtocolError,
    ReplayedMessageError,
)

KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
ADDRESS = address_from("54:48:E6:8F:80:A5")
SAID = Broadcast(objects=(objects.TEMPERATURE(Decimal("25.06")), objects.MOVING(True)))


def sent(counter: int, *, key: bytes = KEY, address: bytes = ADDRESS) -> bytes:
    return SAID.encrypted(key=key, address=address, counter=counter)


def encrypted(data: bytes) -> EncryptedBroadcast:
    found = parse(data)
    assert isinstance(found, EncryptedBroadcast)
    return found


def test_what_is_encrypted_is_opened() -> None:
    receiver = Receiver(KEY, ADDRESS)
    assert receiver.receive(sent(1)) == SAID
    assert receiver.receive(bytearray(sent(2))) == SAID
    assert encrypted(sent(3)).decrypt(key=KEY, address=ADDRESS) == SAID
    # Control: it is not readable as it is.
    assert SAID.plaintext()[1:] not in sent(1)
    assert sent(1)[1:6] != sent(2)[1:6]


def test_fifteen_bytes_of_objects_fit_a_legacy_advertisement() -> None:
    full = Broadcast(objects=(objects.TEMPERATURE(Decimal(0)),) * 5)
    assert len(full.encrypted(key=KEY, address=ADDRESS, counter=1)) == LEGACY_SIZE


@pytest.mark.requirement("BN-SEC-03")
def test_every_bit_is_authenticated() -> None:
    """Mutant: counter or first byte left out of the nonce; the code compared in part."""
    good = sent(0x01020304)
    # Those of the first byte that say how to read it at all: encrypted, address, version.
    structural = {0, 1, 5, 6, 7}
    receiver = Receiver(KEY, ADDRESS)
    for bit in set(range(8 * len(good))) - structural:
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(AuthenticationFailedError):
            receiver.receive(data)
    assert receiver.window == ReplayWindow()
    assert receiver.refused == 8 * 14 - 5
    # Control: as it was, it is let in.
    assert receiver.receive(good) == SAID


def test_another_key_or_address_opens_nothing() -> None:
    """Mutant: the address is left out of the nonce, so that another device's data passes."""
    for key, address in ((bytes(16), ADDRESS), (KEY, bytes(6)), (KEY, ADDRESS[::-1])):
        with pytest.raises(AuthenticationFailedError) as caught:
            encrypted(sent(1)).decrypt(key=key, address=address)
        # Neither a foreign error nor anything that identifies the device.
        assert caught.value.__context__ is None
        assert caught.value.data == sent(1)


def test_a_mark_that_was_stored_holds_after_a_restart() -> None:
    """Mutant: the window starts anew, so that everything recorded before a restart comes in."""
    before = Receiver(KEY, ADDRESS)
    before.receive(sent(500))
    stored = (before.window.highest, before.window.resynchronised)
    again = Receiver(KEY, ADDRESS, window=ReplayWindow(highest=stored[0], resynchronised=stored[1]))
    with pytest.raises(ReplayedMessageError) as caught:
        again.receive(sent(499))
    assert (caught.value.counter, caught.value.highest) == (499, 500)
    assert again.receive(sent(500)) is None
    assert again.receive(sent(501)) == SAID
    # Control: without what was stored, it comes in.
    assert Receiver(KEY, ADDRESS).receive(sent(499)) == SAID


@pytest.mark.parametrize("counter", [0, 1, 42, 99, 100, 999])
def test_no_low_counter_is_a_restart(counter: int) -> None:
    """Mutant: counters under 100 are accepted, as receivers of BTHome do."""
    receiver = Receiver(KEY, ADDRESS, window=ReplayWindow(highest=1000))
    with pytest.raises(ReplayedMessageError):
        receiver.receive(sent(counter))
    assert receiver.window == ReplayWindow(highest=1000)


@pytest.mark.requirement("BN-SEC-03")
def test_a_replay_is_told_only_of_authentic_data() -> None:
    """Mutant: the counter is believed before it is authenticated, and anybody raises the alarm."""
    receiver = Receiver(KEY, ADDRESS, window=ReplayWindow(highest=1000))
    with pytest.raises(AuthenticationFailedError):
        receiver.receive(sent(5, key=bytes(16)))
    with pytest.raises(ReplayedMessageError):
        receiver.receive(sent(5))


def test_a_forged_counter_does_not_lock_the_device_out() -> None:
    """Mutant: the mark is moved before the authentication."""
    receiver = Receiver(KEY, ADDRESS)
    with pytest.raises(AuthenticationFailedError):
        receiver.receive(sent(LAST_COUNTER, key=bytes(16)))
    assert receiver.receive(sent(1)) == SAID


def test_the_last_counter_is_the_last() -> None:
    """Mutant: the counter wraps by itself, and every recorded broadcast is new again."""
    receiver = Receiver(KEY, ADDRESS)
    receiver.receive(sent(LAST_COUNTER))
    assert receiver.window.exhausted
    for counter in (0, 1, LAST_COUNTER - 1):
        with pytest.raises(ReplayedMessageError, match="new key"):
            receiver.receive(sent(counter))
    with pytest.raises(InvalidMessageError, match="needs a new key"):
        sent(LAST_COUNTER + 1)
    with pytest.raises(InvalidMessageError, match="needs a new key"):
        sent(-1)
    assert not ReplayWindow(highest=LAST_COUNTER - 1).exhausted


def test_moving_the_mark_back_takes_a_person_and_is_counted() -> None:
    receiver = Receiver(KEY, ADDRESS, window=ReplayWindow(highest=1000))
    with pytest.raises(ReplayedMessageError) as caught:
        receiver.receive(sent(7))
    receiver.resynchronise(caught.value.counter)
    assert receiver.window == ReplayWindow(highest=6, resynchronised=1)
    assert receiver.receive(sent(7)) == SAID
    with pytest.raises(ReplayedMessageError):
        receiver.receive(sent(6 - 1))
    receiver.resynchronise(0)
    assert receiver.window == ReplayWindow(highest=None, resynchronised=2)
    assert receiver.receive(sent(0)) == SAID


@pytest.mark.requirement("BN-SEC-03")
def test_what_is_not_encrypted_is_refused() -> None:
    """Mutant: plaintext is let in as long as no encrypted broadcast came."""
    receiver = Receiver(KEY, ADDRESS)
    for _ in range(2):
        with pytest.raises(DowngradedMessageError) as caught:
            receiver.receive(SAID.plaintext())
        assert caught.value.data == SAID.plaintext()
    # Control: without a key, the same bytes are read.
    assert parse(SAID.plaintext()) == SAID


def test_an_included_address_must_be_the_devices() -> None:
    """Mutant: the address comes from the data, so that any device's broadcast passes."""
    data = bytes.fromhex("43A5808FE64854F196C06FFB4900112233F08ECBDE")
    read = encrypted(data)
    assert read.address == ADDRESS
    opened = read.decrypt(key=KEY, address=ADDRESS)
    assert str(opened) == "temperature 25.06 °C, humidity 50.55 %"
    assert opened.address == ADDRESS
    with pytest.raises(AuthenticationFailedError):
        read.decrypt(key=KEY, address=bytes(6))


def test_errors_and_reprs_hold_no_value_key_or_address() -> None:
    """Mutant: a counter, a byte or the address is put into a text that ends in a log."""
    receiver = Receiver(KEY, ADDRESS, window=ReplayWindow(highest=0xABCDE))
    cases = (
        sent(0x12345),
        sent(0x12345, key=bytes(16)),
        SAID.plaintext(),
        SAID.plaintext()[:-1],
    )
    for data in cases:
        with pytest.raises(RemoteProtocolError) as caught:
            receiver.receive(data)
        said = f"{caught.value} {receiver!r} {parse(sent(5))!r}".lower()
        for secret in (data.hex(), KEY.hex(), ADDRESS.hex(), "54:48", "25.06", "74565", "703710"):
            assert secret not in said
        assert "it is dropped" in said or "the message is dropped" in said
        assert caught.value.__context__ is None


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_key_has_sixteen_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Receiver(bytes(size), ADDRESS)
    with pytest.raises(ValueError, match="6 bytes"):
        Receiver(KEY, bytes(size))
    with pytest.raises(ValueError, match="16 bytes"):
        SAID.encrypted(key=bytes(size), address=ADDRESS, counter=1)


@pytest.mark.parametrize("mark", [-1, LAST_COUNTER + 1])
def test_a_mark_is_a_counter(mark: int) -> None:
    with pytest.raises(ValueError, match="four bytes"):
        ReplayWindow(highest=mark)


@pytest.mark.parametrize("text", ["54:48:E6:8F:80:A5", "5448e68f80a5", "54-48-E6-8F-80-a5"])
def test_an_address_as_printed(text: str) -> None:
    assert address_from(text).hex(":").upper() == "54:48:E6:8F:80:A5"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "54:48:E6:8F:80",
        "54:48:E6:8F:80:A5:00",
        "54:48:E6:8F:80:GG",
        "5448 E68F 80A5",
        "5448E68F-80A5-4A3B-9C3E-0123456789AB",
    ],
)
def test_macos_identifiers_are_no_addresses(text: str) -> None:
    """Mutant: the first six bytes of CoreBluetooth's identifier are taken for an address."""
    with pytest.raises(ValueError, match="not a Bluetooth address") as caught:
        address_from(text)
    assert caught.value.__context__ is None


def test_authentic_and_unreadable_counts() -> None:
    """Mutant: the mark stays, so that the same broken broadcast is an error for hours."""
    sealed = Cipher(KEY, ADDRESS).seal(0x41, 9, bytes.fromhex("03BF1302CA09"))
    data = b"\x41" + sealed[:-4] + (9).to_bytes(4, "little") + sealed[-4:]
    receiver = Receiver(KEY, ADDRESS)
    with pytest.raises(MalformedBroadcastError, match="higher id"):
        receiver.receive(data)
    assert receiver.window == ReplayWindow(highest=9)
    assert receiver.receive(data) is None
    # Control: what is unreadable and not authentic does not.
    with pytest.raises(MalformedBroadcastError):
        receiver.receive(b"\x41" + bytes(7))
    assert receiver.window == ReplayWindow(highest=9)
