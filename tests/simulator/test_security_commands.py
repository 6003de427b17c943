"""What a controller computes for its host, by the bytes of HCI."""

from __future__ import annotations

from bumble import hci

from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from tests.simulator.test_link_security import (
    DHKEY,
    LTK,
    PUBLIC_B,
    SESSION_KEY,
    public,
    reverse,
)
from tests.simulator.virtual_bench import RawHost, virtually

SUCCESS = b"\x00"
READ_KEY = bytes.fromhex("01 2520 00")
KEY_STATUS = bytes.fromhex("04 0f 04 00 01 2520")


def dhkey(public_key: bytes) -> bytes:
    return bytes.fromhex("01 2620 40") + public_key


def dhkey_v2(public_key: bytes, kind: int) -> bytes:
    return bytes.fromhex("01 5e20 41") + public_key + bytes([kind])


async def answers(host: RawHost, *commands: bytes) -> list[bytes]:
    return [bytes(packet) for packet in await host.send(*commands)]


@virtually
async def test_le_encrypt() -> None:
    """Mutant: the octets are taken in the other order."""
    host = RawHost(VirtualController(Air()))
    plaintext = reverse("0213243546576879ACBDCEDFE0F10213")
    (answer,) = await answers(host, bytes.fromhex("01 1720 20") + LTK + plaintext)
    assert answer == bytes.fromhex("04 0e 14 01 1720 00") + SESSION_KEY


@virtually
async def test_a_key_pair_is_made_and_agrees_with_a_peer() -> None:
    """Mutant: one side's key is a constant, or the answer is no event."""
    a, b = (RawHost(VirtualController(Air(), entropy=Entropy(1, name))) for name in "ab")
    status, event_a = await answers(a, READ_KEY)
    assert status == KEY_STATUS
    assert event_a[:5] == bytes.fromhex("04 3e 42 08 00")
    _, event_b = await answers(b, READ_KEY)
    key_a, key_b = event_a[5:], event_b[5:]
    assert key_a != key_b
    status, shared_a = await answers(a, dhkey(key_b))
    assert status == bytes.fromhex("04 0f 04 00 01 2620")
    _, shared_b = await answers(b, dhkey_v2(key_a, 0))
    assert shared_a == shared_b
    assert shared_a[:5] == bytes.fromhex("04 3e 22 09 00")
    assert shared_a[5:] != bytes(32)


@virtually
async def test_a_key_pair_follows_from_the_entropy() -> None:
    async def key(entropy: Entropy | None) -> bytes:
        host = RawHost(VirtualController(Air(), entropy=entropy))
        _, event = await answers(host, READ_KEY)
        return event

    assert await key(Entropy(1, "a")) == await key(Entropy(1, "a"))
    assert await key(None) != await key(None)


@virtually
async def test_the_debug_key() -> None:
    host = RawHost(VirtualController(Air()))
    _, event = await answers(host, dhkey_v2(public(PUBLIC_B), 1))
    assert event == bytes.fromhex("04 3e 22 09 00") + reverse(DHKEY)


@virtually
async def test_what_gives_no_key_is_answered_as_such() -> None:
    """Mutant: a host waits for ever, or is told of success."""
    host = RawHost(VirtualController(Air()))
    (refused,) = await answers(host, dhkey(public(PUBLIC_B)))
    assert refused == bytes.fromhex("04 0f 04 0c 01 2620")  # no key pair yet
    await host.send(READ_KEY)
    await host.send(bytes.fromhex("01 030c 00"))  # a reset forgets it
    (refused,) = await answers(host, dhkey(public(PUBLIC_B)))
    assert refused == bytes.fromhex("04 0f 04 0c 01 2620")
    await host.send(READ_KEY)
    status, event = await answers(host, dhkey(bytes(64)))
    assert status == bytes.fromhex("04 0f 04 00 01 2620")
    assert event == bytes.fromhex("04 3e 22 09 12") + bytes(32)
    (refused,) = await answers(host, dhkey_v2(public(PUBLIC_B), 2))
    assert refused == bytes.fromhex("04 0f 04 12 01 5e20")


@virtually
async def test_parameters_of_another_length_are_refused() -> None:
    host = RawHost(VirtualController(Air()))
    (refused,) = await host.send(bytes.fromhex("01 1720 10") + LTK)
    assert isinstance(refused, hci.HCI_Command_Status_Event)
    assert refused.status == hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR
