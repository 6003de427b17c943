"""The address that a peripheral shows, and how it changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from bumble import hci, smp
from bumble.snoop import Snooper

from babyn_simulator.advertisement import Advertisement
from babyn_simulator.announcing import AddressType, OwnAddress
from babyn_simulator.devices.beacon import Beacon
from babyn_simulator.entropy import Entropy
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.virtual_bench import DEVICE, Central, pass_time, turn, virtually

SET_RANDOM_ADDRESS = 0x2005
ADVERTISING_ENABLE = {0x200A, 0x2039}
"""Op codes of LE Set Random Address, and of both ways to start and stop advertising."""
PUBLIC = "00:1B:DC:00:00:01/P"


def resolved(address: OwnAddress, shown: hci.Address) -> hci.Address | None:
    """Return who a peer with the right key takes an address for."""
    return smp.AddressResolver([(address.irk, address.identity)]).resolve(shown)


def test_each_kind_looks_as_it_should() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §1.3. Mutant: wrong upper bits."""
    for kind in AddressType:
        for seed in range(20):
            address = OwnAddress(None, kind, Entropy(seed, "device"))
            shown = address.shown
            upper = bytes(shown)[5] >> 6
            assert shown.is_public is (kind is AddressType.PUBLIC)
            if kind is not AddressType.PUBLIC:
                assert upper == {"static": 3, "private": 1, "non-resolvable": 0}[kind]
            assert address.kind.changes is (kind in ("private", "non-resolvable"))
            assert (shown == address.identity) is not address.kind.changes


@pytest.mark.parametrize("identity", [DEVICE, PUBLIC])
def test_a_private_one_is_resolved_by_its_key_alone(identity: str) -> None:
    """Mutants: the hash is made without the key; the key changes. Another key is the control."""
    address = OwnAddress(identity, AddressType.PRIVATE, Entropy(1, "device"))
    other = OwnAddress(identity, AddressType.PRIVATE, Entropy(2, "device"))
    shown: list[hci.Address] = []
    for _ in range(10):
        shown.append(address.shown)
        address.change()
    assert len({bytes(one) for one in shown}) == 10
    assert {str(resolved(address, one)) for one in shown} == {str(hci.Address(identity))}
    assert {resolved(other, one) for one in shown} == {None}


def test_one_that_stays_does_not_change() -> None:
    for kind in (None, AddressType.STATIC, AddressType.PUBLIC):
        address = OwnAddress(None, kind, None)
        before = address.shown
        address.change()
        assert address.shown is before


def test_an_address_of_another_kind_is_refused() -> None:
    for identity, kind in ((DEVICE, AddressType.PUBLIC), (PUBLIC, AddressType.STATIC)):
        with pytest.raises(ValueError, match="a public one ends in /P"):
            OwnAddress(identity, kind, None)


class Changing(Peripheral):
    """A peripheral that says another thing with each address."""

    said = 0

    def next_advertisement(self) -> Advertisement:
        self.said += 1
        return Advertisement(manufacturer_data={0xFFFF: bytes([self.said])})


@virtually
async def test_address_and_payload_change_together() -> None:
    """Mutants: only one of them changes; it goes on advertising meanwhile; the rotation is never.

    No two addresses share a payload, and no two payloads an address.
    """
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    device = Changing(
        air,
        name="",
        address_type=AddressType.PRIVATE,
        rotation=timedelta(seconds=10),
        entropy=Entropy(1, "device"),
    )
    async with device:
        heard = await central.scan(34, active=False)
        pairs = {(str(one.address), one.data_bytes) for one in heard}
        assert len(pairs) == len({address for address, _ in pairs}) == 4
        assert len({data for _, data in pairs}) == 4
        await device.rotate_address()
        (again,) = {str(one.address) for one in await central.scan(1)}
        assert again not in {address for address, _ in pairs}


class Commands(Snooper):
    """Remembers which commands a host has sent."""

    def __init__(self) -> None:
        self.op_codes: list[int] = []

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        if direction is Snooper.Direction.HOST_TO_CONTROLLER and hci_packet[0] == 0x01:
            self.op_codes.append(int.from_bytes(hci_packet[1:3], "little"))


@virtually
async def test_advertising_pauses_while_the_address_changes() -> None:
    """Core v6.0 - Bluetooth Core Specification - Vol 4 Part E §7.8.4: a random address is not set
    while advertising is enabled. Mutant: it goes on.
    """
    commands = Commands()
    device = Peripheral(Air(), address_type=AddressType.PRIVATE)
    device.snoopers = (commands,)
    async with device:
        commands.op_codes.clear()
        await device.rotate_address()
        watched = {SET_RANDOM_ADDRESS, *ADVERTISING_ENABLE}
        told = [code for code in commands.op_codes if code in watched]
        assert len(told) == 3
        assert told[1] == SET_RANDOM_ADDRESS


class Interrupted(Peripheral):
    """A peripheral whose change of address is cancelled while it does not advertise."""

    change: asyncio.Task[None] | None = None

    def next_advertisement(self) -> Advertisement:
        if self.change is not None:
            assert not self.device.is_advertising
            self.change.cancel()
        return super().next_advertisement()


@virtually
async def test_a_change_that_nobody_waits_for_is_finished() -> None:
    """Mutant: it is cancelled with its caller, and the device is silent from then on."""
    async with Interrupted(Air(), address_type=AddressType.PRIVATE) as device:
        device.change = asyncio.create_task(device.rotate_address())
        await asyncio.gather(device.change, return_exceptions=True)
        assert device.change.cancelled()
        await turn(30)
        assert device.device.is_advertising


@virtually
async def test_after_a_connection_it_shows_the_address_of_now() -> None:
    """Mutant: what was shown when the connection began is shown again."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    device = Peripheral(air, address=DEVICE, address_type=AddressType.PRIVATE)
    async with device:
        before = device.address
        connection = await central.connect(device)
        await device.rotate_address()
        assert not device.device.is_advertising
        assert not await central.scan(1)
        await connection.disconnect()
        await turn(3)
        heard = {one.address.to_string(False) for one in await central.scan(1)}
        assert heard == {device.address}
        assert device.address != before
        await device.reset()
        assert device.address not in heard


@virtually
async def test_a_beacon_shows_addresses_that_nobody_resolves() -> None:
    """The control keeps a static one."""
    air = Air(rssi=PathLoss(noise=0))
    central = Central(air)
    await central.device.power_on()
    for kind, count in ((AddressType.NON_RESOLVABLE, 3), (AddressType.STATIC, 1)):
        beacon = Beacon(air, address_type=kind, rotation=timedelta(seconds=10))
        async with beacon:
            heard = {str(one.address) for one in await central.scan(25)}
        assert len(heard) == count


@virtually
async def test_one_that_does_not_change_cannot_be_changed() -> None:
    async with Peripheral(Air(), address=DEVICE) as device:
        with pytest.raises(RuntimeError, match="does not change"):
            await device.rotate_address()
        await pass_time(3600)
        assert device.address == DEVICE
