"""Resolvable private addresses: made, recognised, renewed."""

from __future__ import annotations

import pytest
from bumble import hci

from babyn_simulator.controller.resolving_list import (
    NO_IRK,
    Entry,
    ResolvingList,
    identity_of,
    is_resolvable,
    matches,
    private_address,
)
from tests.simulator.virtual_bench import pass_time, virtually

IRK = bytes.fromhex("ec0234a357c8ad05341010a60a397d9b")[::-1]
PRAND = bytes.fromhex("708194")[::-1]
HASH = bytes.fromhex("0dfbaa")[::-1]
SAMPLE = hci.Address(HASH + PRAND, hci.Address.RANDOM_DEVICE_ADDRESS)
PEER = hci.Address("C0:00:00:00:00:02")


def resolving(entry: Entry, *, enabled: bool = True) -> ResolvingList:
    drawn = iter(range(1, 255))
    made = ResolvingList(8, lambda length: bytes([next(drawn)]) * length)
    made.add(entry)
    made.enabled = enabled
    return made


def test_the_sample_of_the_specification() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 3 Part H §D.7."""
    assert private_address(IRK, PRAND) == SAMPLE
    assert matches(IRK, SAMPLE)
    assert not matches(bytes(16), SAMPLE)


@pytest.mark.parametrize(
    ("address", "resolvable"),
    [
        ("70:81:94:0D:FB:AA", True),
        ("70:81:94:0D:FB:AA/P", False),
        ("C0:00:00:00:00:02", False),
        ("30:00:00:00:00:02", False),
    ],
)
def test_only_one_kind_of_address_is_resolvable(address: str, resolvable: bool) -> None:
    assert is_resolvable(hci.Address(address)) is resolvable


def test_an_identity_address_is_found_as_the_device_address_that_it_is() -> None:
    device = hci.Address(bytes(PEER), hci.AddressType.RANDOM_DEVICE)
    identity = hci.Address(bytes(PEER), hci.AddressType.RANDOM_IDENTITY)
    public = hci.Address(bytes(PEER), hci.AddressType.PUBLIC_DEVICE)
    assert identity_of(device) == identity_of(identity) != identity_of(public)


@virtually
async def test_a_peer_is_recognised_while_resolution_is_on() -> None:
    """Mutant: what was not resolved once is not looked up again when a peer is added."""
    entry = Entry(PEER, IRK, NO_IRK)
    found = resolving(entry)
    assert found.resolve(SAMPLE) is entry
    assert entry.peer_rpa == SAMPLE
    assert not found.is_own(SAMPLE)
    assert resolving(entry, enabled=False).resolve(SAMPLE) is None
    other = resolving(Entry(PEER, bytes(15) + b"\x01", NO_IRK))
    assert other.resolve(SAMPLE) is None
    other.add(Entry(hci.Address("C0:00:00:00:00:03"), IRK, NO_IRK))
    assert other.resolve(SAMPLE) is not None
    other.clear()
    assert other.resolve(SAMPLE) is None


@virtually
async def test_ones_own_address_lasts_as_long_as_it_should() -> None:
    """Mutant: it changes with every use, or never."""
    found = resolving(Entry(PEER, NO_IRK, IRK))
    found.timeout = 60
    first = found.own_for(PEER)
    assert first is not None
    assert found.is_own(first)
    await pass_time(59)
    assert found.own_for(PEER) == first
    await pass_time(1)
    second = found.own_for(PEER)
    assert second not in (None, first)
    assert found.own_for(hci.Address("C0:00:00:00:00:03")) is None


@virtually
async def test_without_a_key_there_is_no_address_of_ones_own() -> None:
    assert resolving(Entry(PEER, IRK, NO_IRK)).own_for(PEER) is None
    assert resolving(Entry(PEER, NO_IRK, IRK), enabled=False).own_for(PEER) is None
