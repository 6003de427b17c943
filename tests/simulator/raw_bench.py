"""Hosts that speak HCI by hand: commands as bytes, and what each side's controller says."""

from __future__ import annotations

from collections.abc import Iterable

from bumble import hci

from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from tests.simulator.virtual_bench import RawHost, pass_time

CENTRAL = bytes.fromhex("0100000000c0")
PERIPHERAL = bytes.fromhex("0200000000c0")
RANDOM = b"\x01"
NOBODY = b"\x00" + bytes(6)


def command(op_code: int, parameters: bytes = b"") -> bytes:
    """Return a command in H4 framing."""
    return b"\x01" + op_code.to_bytes(2, "little") + bytes([len(parameters)]) + parameters


def set_random_address(address: bytes) -> bytes:
    return command(0x2005, address)


def advertise(
    *, kind: int = 0, own: int = 1, peer: bytes = NOBODY, policy: int = 0, interval: int = 0x20
) -> list[bytes]:
    """Advertise the legacy way, 20 ms apart by default."""
    interval_ = interval.to_bytes(2, "little") * 2
    return [
        command(0x2006, interval_ + bytes([kind, own]) + peer + bytes([7, policy])),
        command(0x2008, bytes([3]) + bytes.fromhex("020106").ljust(31, b"\0")),
        command(0x2009, bytes([6]) + b"\x05\x09name".ljust(31, b"\0")),
        command(0x200A, b"\x01"),
    ]


def scan(*, own: int = 1, policy: int = 0, active: bool = True) -> list[bytes]:
    """Scan the legacy way."""
    parameters = bytes([active, 0x10, 0, 0x10, 0, own, policy])
    return [command(0x200B, parameters), command(0x200C, b"\x01\x00")]


STOP_SCANNING = command(0x200C, b"\x00\x00")
STOP_ADVERTISING = command(0x200A, b"\x00")


def create_connection(peer: bytes = RANDOM + PERIPHERAL, *, own: int = 1, policy: int = 0) -> bytes:
    """Connect the legacy way, with a supervision timeout of one second."""
    return command(
        0x200D,
        bytes.fromhex("1000 1000")
        + bytes([policy])
        + peer
        + bytes([own])
        + bytes.fromhex("1800 1800 0000 6400 0000 0000"),
    )


def host(air: Air, name: str, **more: hci.Address) -> RawHost:
    """Put a controller with a host on the air."""
    return RawHost(VirtualController(air, name, entropy=Entropy(1, name), **more))


def events(packets: Iterable[hci.HCI_Packet], code: str) -> list[bytes]:
    """Return the parameters of the events whose packets begin with that, in hexadecimal."""
    head = bytes.fromhex(code)
    plain = [bytes(packet) for packet in packets]
    return [
        packet[3:] for packet in plain if packet[:2] + packet[3:4] == head or packet[:2] == head
    ]


async def connected(
    air: Air, central: RawHost | None = None, peripheral: RawHost | None = None
) -> tuple[RawHost, RawHost]:
    """Return two hosts whose controllers have a link; each knows it as handle 1."""
    central, peripheral = central or host(air, "central"), peripheral or host(air, "peripheral")
    await central.send(set_random_address(CENTRAL))
    await peripheral.send(set_random_address(PERIPHERAL), *advertise())
    await central.send(create_connection())
    await pass_time(0.1)
    for side in (central, peripheral):
        (complete,) = events(side.packets, "043e01")
        assert complete[:4] == bytes.fromhex("01 00 0100")
        side.packets.clear()
    return central, peripheral
