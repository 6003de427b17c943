"""The filter accept list and the resolving list, by the bytes of HCI, at work on the air."""

from __future__ import annotations

import pytest

from babyn_simulator.controller.resolving_list import private_address
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.raw_bench import (
    CENTRAL,
    NOBODY,
    PERIPHERAL,
    RANDOM,
    STOP_ADVERTISING,
    STOP_SCANNING,
    advertise,
    command,
    create_connection,
    events,
    host,
    scan,
    set_random_address,
)
from tests.simulator.virtual_bench import RawHost, pass_time, virtually

ADD_TO_ACCEPT_LIST = 0x2011
REMOVE_FROM_ACCEPT_LIST = 0x2012
SET_EVENT_MASK = 0x2001
CANCEL = command(0x200E)
CLEAR_ACCEPT_LIST = command(0x2010)
ADD_TO_RESOLVING_LIST = 0x2027
REMOVE_FROM_RESOLVING_LIST = 0x2028
CLEAR_RESOLVING_LIST = command(0x2029)
READ_PEER_ADDRESS = 0x202B
READ_LOCAL_ADDRESS = 0x202C
RESOLVE = command(0x202D, b"\x01")
DO_NOT_RESOLVE = command(0x202D, b"\x00")
RPA_TIMEOUT = 0x202E
PRIVACY_MODE = 0x204E

OTHER = bytes.fromhex("0300000000c0")
IRK = bytes(range(16))
CENTRAL_IRK = bytes(range(16, 32))
NO_IRK = bytes(16)

ADVERTISING_REPORT = "043e02"
CONNECTION_COMPLETE = "043e01"
ENHANCED_CONNECTION_COMPLETE = "043e0a"
COMPLETE = (CONNECTION_COMPLETE, ENHANCED_CONNECTION_COMPLETE)
OWN_PRIVATE = 3


async def status_of(who: RawHost, packet: bytes) -> int:
    (answer,) = [bytes(event) for event in await who.send(packet)]
    assert answer[:2] == b"\x04\x0e"
    assert answer[4:6] == packet[1:3]
    return answer[6]


async def pair_of_hosts() -> tuple[RawHost, RawHost]:
    air = Air(rssi=PathLoss(noise=0))
    central, peripheral = host(air, "central"), host(air, "peripheral")
    await central.send(set_random_address(CENTRAL))
    await peripheral.send(set_random_address(PERIPHERAL))
    return central, peripheral


async def heard(central: RawHost, seconds: float = 0.1) -> set[tuple[int, bytes, int]]:
    """Return kind, address and type of address of what is reported for a while."""
    central.packets.clear()
    await pass_time(seconds)
    reports = events(central.packets, ADVERTISING_REPORT)
    return {(report[2], report[4:10], report[3]) for report in reports}


def resolvable(address: bytes, *, irk: bytes = IRK, local_irk: bytes = NO_IRK) -> bytes:
    return command(ADD_TO_RESOLVING_LIST, RANDOM + address + irk + local_irk)


# The filter accept list


@virtually
async def test_a_scanner_hears_only_whom_it_accepts() -> None:
    """Mutant: the list is kept, and not used."""
    central, peripheral = await pair_of_hosts()
    await peripheral.send(*advertise())
    await central.send(command(ADD_TO_ACCEPT_LIST, RANDOM + OTHER), *scan(policy=1))
    assert await heard(central) == set()
    await central.send(STOP_SCANNING, command(ADD_TO_ACCEPT_LIST, RANDOM + PERIPHERAL))
    await central.send(*scan(policy=1))
    assert await heard(central) == {(0, PERIPHERAL, 1), (4, PERIPHERAL, 1)}


@virtually
async def test_an_initiator_connects_to_whom_it_accepts() -> None:
    central, peripheral = await pair_of_hosts()
    await peripheral.send(*advertise())
    await central.send(command(ADD_TO_ACCEPT_LIST, RANDOM + OTHER))
    await central.send(create_connection(RANDOM + PERIPHERAL, policy=1))
    await pass_time(0.1)
    assert events(central.packets, CONNECTION_COMPLETE) == []
    await central.send(CANCEL, command(ADD_TO_ACCEPT_LIST, RANDOM + PERIPHERAL))
    await central.send(create_connection(NOBODY, policy=1))
    await pass_time(0.1)
    (complete,) = events(central.packets, CONNECTION_COMPLETE)
    assert complete[5:12] == RANDOM + PERIPHERAL


@pytest.mark.parametrize(
    ("policy", "scans", "connects"),
    [(0, True, True), (1, False, True), (2, True, False), (3, False, False)],
)
@virtually
async def test_an_advertiser_answers_only_whom_it_accepts(
    policy: int, scans: bool, connects: bool
) -> None:
    """Mutant: one bit of the policy is taken for the other."""
    central, peripheral = await pair_of_hosts()
    await peripheral.send(*advertise(policy=policy))
    await central.send(*scan())
    assert ((4, PERIPHERAL, 1) in await heard(central)) is scans
    await central.send(STOP_SCANNING, create_connection())
    await pass_time(0.1)
    assert len(events(central.packets, CONNECTION_COMPLETE)) == connects
    if not connects:
        await peripheral.send(STOP_ADVERTISING)
        await peripheral.send(command(ADD_TO_ACCEPT_LIST, RANDOM + CENTRAL))
        await peripheral.send(*advertise(policy=policy))
        await pass_time(0.1)
        assert len(events(central.packets, CONNECTION_COMPLETE)) == 1


@virtually
async def test_the_accept_list_has_a_size_and_is_locked_while_it_is_used() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.8.15, §7.8.16."""
    central, _ = await pair_of_hosts()
    size = (await central.send(command(0x200F)))[0]
    assert bytes(size)[-2:] == b"\x00\x08"
    for number in range(3, 11):
        device = RANDOM + bytes([number]) + OTHER[1:]
        assert await status_of(central, command(ADD_TO_ACCEPT_LIST, device)) == 0
    assert await status_of(central, command(ADD_TO_ACCEPT_LIST, RANDOM + CENTRAL)) == 0x07
    assert await status_of(central, command(REMOVE_FROM_ACCEPT_LIST, RANDOM + OTHER)) == 0
    assert await status_of(central, command(ADD_TO_ACCEPT_LIST, RANDOM + CENTRAL)) == 0
    await central.send(*scan(policy=1))
    for locked in (
        command(ADD_TO_ACCEPT_LIST, RANDOM + OTHER),
        command(REMOVE_FROM_ACCEPT_LIST, RANDOM + OTHER),
        CLEAR_ACCEPT_LIST,
    ):
        assert await status_of(central, locked) == 0x0C
    await central.send(STOP_SCANNING)
    assert await status_of(central, CLEAR_ACCEPT_LIST) == 0
    await central.send(*scan())  # it is not used: it may be changed
    assert await status_of(central, command(ADD_TO_ACCEPT_LIST, RANDOM + OTHER)) == 0


# The resolving list


@virtually
async def test_a_peers_private_address_is_reported_as_its_identity() -> None:
    """Mutant: the report has the private address, or the type of a device address."""
    central, peripheral = await pair_of_hosts()
    private = bytes(private_address(IRK, b"abc"))
    await peripheral.send(set_random_address(private), *advertise())
    await central.send(resolvable(PERIPHERAL), *scan())
    assert await heard(central) == {(0, private, 1), (4, private, 1)}  # resolution is off
    await central.send(STOP_SCANNING, RESOLVE, *scan())
    assert await heard(central) == {(0, PERIPHERAL, 3), (4, PERIPHERAL, 3)}
    answer = (await central.send(command(READ_PEER_ADDRESS, RANDOM + PERIPHERAL)))[0]
    assert bytes(answer)[6:] == b"\x00" + private


@virtually
async def test_an_identity_may_be_a_public_address() -> None:
    central, peripheral = await pair_of_hosts()
    private = bytes(private_address(IRK, b"abc"))
    await peripheral.send(set_random_address(private), *advertise())
    public = command(ADD_TO_RESOLVING_LIST, b"\x00" + OTHER + IRK + NO_IRK)
    await central.send(public, RESOLVE, *scan(active=False))
    assert await heard(central) == {(0, OTHER, 2)}


@virtually
async def test_an_identity_that_is_accepted_is_accepted_under_a_private_address() -> None:
    central, peripheral = await pair_of_hosts()
    private = bytes(private_address(IRK, b"abc"))
    await peripheral.send(set_random_address(private), *advertise())
    await central.send(command(ADD_TO_ACCEPT_LIST, RANDOM + PERIPHERAL), *scan(policy=1))
    assert await heard(central) == set()
    await central.send(STOP_SCANNING, resolvable(PERIPHERAL), RESOLVE, *scan(policy=1))
    assert (0, PERIPHERAL, 3) in await heard(central)


@virtually
async def test_both_sides_connect_under_private_addresses() -> None:
    """Mutant: own-address types 2 and 3 give the identity address."""
    central, peripheral = await pair_of_hosts()
    await central.send(resolvable(PERIPHERAL, local_irk=CENTRAL_IRK), RESOLVE)
    await peripheral.send(resolvable(CENTRAL, irk=CENTRAL_IRK, local_irk=IRK), RESOLVE)
    await peripheral.send(*advertise(own=OWN_PRIVATE, peer=RANDOM + CENTRAL))
    await central.send(create_connection(RANDOM + PERIPHERAL, own=OWN_PRIVATE))
    await pass_time(0.1)
    told: dict[int, tuple[bytes, bytes]] = {}
    for side, peer, role in ((central, PERIPHERAL, 0), (peripheral, CENTRAL, 1)):
        assert events(side.packets, CONNECTION_COMPLETE) == []
        (complete,) = events(side.packets, ENHANCED_CONNECTION_COMPLETE)
        assert complete[1:5] == bytes([0, 1, 0, role])
        assert complete[5:12] == b"\x03" + peer
        told[role] = complete[12:18], complete[18:24]
    assert told[0] == tuple(reversed(told[1]))  # one's own address is the other's peer's
    answer = (await central.send(command(READ_LOCAL_ADDRESS, RANDOM + PERIPHERAL)))[0]
    assert bytes(answer)[6:] == b"\x00" + told[0][0]
    assert not {PERIPHERAL, CENTRAL} & set(told[0])


@virtually
async def test_who_has_a_key_and_does_not_use_it_is_not_listened_to() -> None:
    """Network privacy mode, and device privacy mode (Vol 6 Part B §4.7)."""
    central, peripheral = await pair_of_hosts()
    await peripheral.send(*advertise())
    await central.send(resolvable(PERIPHERAL), RESOLVE, *scan())
    assert await heard(central) == set()
    await central.send(STOP_SCANNING)
    assert await status_of(central, command(PRIVACY_MODE, RANDOM + PERIPHERAL + b"\x01")) == 0
    await central.send(*scan())
    assert (0, PERIPHERAL, 1) in await heard(central)


@virtually
async def test_a_private_address_is_renewed() -> None:
    """Mutant: the timeout of the host is not used."""
    central, peripheral = await pair_of_hosts()
    assert await status_of(peripheral, command(RPA_TIMEOUT, b"\x0a\x00")) == 0
    assert await status_of(peripheral, command(RPA_TIMEOUT, b"\x00\x00")) == 0x12
    await peripheral.send(resolvable(CENTRAL, irk=NO_IRK, local_irk=IRK), RESOLVE)
    await peripheral.send(*advertise(own=OWN_PRIVATE, peer=RANDOM + CENTRAL))
    await central.send(*scan(active=False))
    addresses = {address for _, address, _ in await heard(central, 25)}
    assert len(addresses) == 3
    assert PERIPHERAL not in addresses


@virtually
async def test_the_resolving_list_has_a_size_and_is_locked_while_it_is_used() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.8.38 to §7.8.44."""
    central, _ = await pair_of_hosts()
    for number in range(3, 11):
        assert await status_of(central, resolvable(bytes([number]) + OTHER[1:])) == 0
    assert await status_of(central, resolvable(CENTRAL)) == 0x07
    assert await status_of(central, resolvable(OTHER)) == 0x12  # twice
    remove = command(REMOVE_FROM_RESOLVING_LIST, RANDOM + OTHER)
    await central.send(RESOLVE, *scan())
    for locked in (resolvable(CENTRAL), remove, CLEAR_RESOLVING_LIST, DO_NOT_RESOLVE):
        assert await status_of(central, locked) == 0x0C
    await central.send(STOP_SCANNING)
    assert await status_of(central, remove) == 0
    assert await status_of(central, remove) == 0x02
    assert await status_of(central, command(READ_PEER_ADDRESS, RANDOM + OTHER)) == 0x02
    assert await status_of(central, CLEAR_RESOLVING_LIST) == 0
    assert await status_of(central, command(PRIVACY_MODE, RANDOM + OTHER + b"\x01")) == 0x02


@virtually
async def test_a_reset_forgets_the_lists() -> None:
    central, peripheral = await pair_of_hosts()
    await peripheral.send(*advertise())
    await central.send(resolvable(PERIPHERAL), RESOLVE)
    await central.send(command(ADD_TO_ACCEPT_LIST, RANDOM + PERIPHERAL))
    await central.send(command(0x0C03), set_random_address(CENTRAL), *scan())
    assert (0, PERIPHERAL, 1) in await heard(central)
    await central.send(STOP_SCANNING, *scan(policy=1))
    assert await heard(central) == set()


@virtually
@pytest.mark.parametrize(("unmasked", "told"), [(0x3FF, [0, 1]), (0x1FF, [1, 0]), (0x1F, [1, 0])])
async def test_of_the_two_events_of_a_connection_a_host_gets_the_one_that_it_unmasked(
    unmasked: int, told: list[int]
) -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.7.65.10.

    Linux waits for the enhanced one, if a controller has extended advertising, and takes
    nothing else until it gives up. Mutants: the enhanced one with privacy only; both; the
    plain one where a connect was cancelled.
    """
    central, peripheral = await pair_of_hosts()
    mask = command(SET_EVENT_MASK, unmasked.to_bytes(8, "little"))
    await central.send(mask)
    await peripheral.send(mask, *advertise())
    await central.send(create_connection())
    await pass_time(0.1)
    for side in (central, peripheral):
        assert [len(events(side.packets, code)) for code in COMPLETE] == told
        side.packets.clear()
    await central.send(create_connection(RANDOM + OTHER), CANCEL)
    await pass_time(0.1)
    assert [len(events(central.packets, code)) for code in COMPLETE] == told
