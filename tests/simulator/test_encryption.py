"""Links are encrypted if both hosts have the same key, and for no other reason."""

from __future__ import annotations

import pytest
from bumble import ll

from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.controller.encryption import EncRsp, StartEncReq, StartEncRsp
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.raw_bench import command, connected, events
from tests.simulator.virtual_bench import RawHost, pass_time, virtually

KEY = bytes(range(16))
HANDLE = bytes.fromhex("0100")
RAND, EDIV = bytes.fromhex("1122334455667788"), bytes.fromhex("99aa")

ENCRYPTION_CHANGE = "0408"
KEY_REFRESH = "0430"
DISCONNECTION = "0405"
KEY_REQUEST = "043e05"


def enable_encryption(key: bytes = KEY) -> bytes:
    return command(0x2019, HANDLE + RAND + EDIV + key)


def reply(key: bytes = KEY) -> bytes:
    return command(0x201A, HANDLE + key)


NEGATIVE_REPLY = command(0x201B, HANDLE)


async def ask(central: RawHost, peripheral: RawHost, answer: bytes, key: bytes = KEY) -> None:
    """Have the central's host ask for encryption, and the peripheral's answer."""
    peripheral.packets.clear()
    (status,) = [bytes(packet) for packet in await central.send(enable_encryption(key))]
    assert status == bytes.fromhex("04 0f 04 00 01 1920")
    await pass_time(0.2)
    (request,) = events(peripheral.packets, KEY_REQUEST)
    assert request == b"\x05" + HANDLE + RAND + EDIV
    (complete, *_) = [bytes(packet) for packet in await peripheral.send(answer)]
    assert complete == bytes.fromhex("04 0e 06 01") + answer[1:3] + b"\x00" + HANDLE
    await pass_time(0.3)


def air() -> Air:
    return Air(rssi=PathLoss(noise=0))


@virtually
async def test_with_one_key_both_sides_are_encrypted() -> None:
    """Mutant: one side is told before it has heard an encrypted packet of the other."""
    central, peripheral = await connected(air())
    await ask(central, peripheral, reply())
    for side in (central, peripheral):
        assert events(side.packets, ENCRYPTION_CHANGE) == [b"\x00" + HANDLE + b"\x01"]
    ends = [side.controller.connection(1) for side in (central, peripheral)]
    sessions = [end.encryption.session for end in ends if end is not None]
    assert sessions[0] is not None
    assert sessions[0] == sessions[1]
    assert sessions[0] is not sessions[1]  # each has derived it by itself


@virtually
async def test_with_two_keys_the_link_ends() -> None:
    """Mutant: keys are compared by nobody, or the central is told what it cannot know."""
    central, peripheral = await connected(air())
    await ask(central, peripheral, reply(bytes(16)))
    assert events(peripheral.packets, DISCONNECTION) == [b"\x00" + HANDLE + b"\x3d"]
    assert events(central.packets, DISCONNECTION) == []
    await pass_time(1.1)
    assert events(central.packets, DISCONNECTION) == [b"\x00" + HANDLE + b"\x08"]
    for side in (central, peripheral):
        assert events(side.packets, ENCRYPTION_CHANGE) == []


@virtually
async def test_without_a_key_it_stays_as_it_was() -> None:
    central, peripheral = await connected(air())
    await ask(central, peripheral, NEGATIVE_REPLY)
    assert events(central.packets, ENCRYPTION_CHANGE) == [b"\x06" + HANDLE + b"\x00"]
    assert events(peripheral.packets, ENCRYPTION_CHANGE) == []
    await ask(central, peripheral, reply())  # it may be asked again
    assert events(central.packets, ENCRYPTION_CHANGE)[-1:] == [b"\x00" + HANDLE + b"\x01"]


@virtually
async def test_encrypting_again_refreshes_the_key() -> None:
    """Mutant: a session is used twice, or the hosts are told of a change."""
    central, peripheral = await connected(air())
    await ask(central, peripheral, reply())
    connection = central.controller.connection(1)
    assert connection is not None
    first = connection.encryption.session
    await ask(central, peripheral, reply())
    for side in (central, peripheral):
        assert events(side.packets, KEY_REFRESH) == [b"\x00" + HANDLE]
        assert events(side.packets, ENCRYPTION_CHANGE) == []
    assert connection.encryption.session != first


@virtually
async def test_a_link_that_was_encrypted_does_not_go_on_without() -> None:
    central, peripheral = await connected(air())
    await ask(central, peripheral, reply())
    await ask(central, peripheral, NEGATIVE_REPLY)
    for side in (central, peripheral):
        assert events(side.packets, DISCONNECTION) == [b"\x00" + HANDLE + b"\x06"]


@virtually
async def test_no_key_is_on_the_air(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: the long-term key travels in the request, as in bumble."""
    sent: list[object] = []
    send = VirtualConnection.send_ll_control_pdu

    def note(connection: VirtualConnection, packet: ll.ControlPdu) -> None:
        sent.append(packet)
        send(connection, packet)

    monkeypatch.setattr(VirtualConnection, "send_ll_control_pdu", note)
    await ask(*await connected(air()), reply())
    kinds = [type(packet).__name__ for packet in sent]
    assert kinds == ["EncReq", "EncRsp", "StartEncReq", "StartEncRsp", "StartEncRsp"]
    values = [value for packet in sent for value in vars(packet).values()]
    assert KEY not in values
    assert RAND in values  # the control


@virtually
async def test_what_nobody_waits_for_is_ignored() -> None:
    """Mutant: a second answer, or a start out of turn, is taken, and an exception ends the air."""
    central, peripheral = await connected(air())
    end = peripheral.controller.connection(1)
    assert end is not None
    for packet in (EncRsp(bytes(8), bytes(4)), StartEncReq(), StartEncRsp(bytes(5))):
        end.send_ll_control_pdu(packet)
    await pass_time(0.2)
    await central.send(enable_encryption())
    await pass_time(0.2)
    end.send_ll_control_pdu(EncRsp(bytes(8), bytes(4)))
    await peripheral.send(reply())
    await pass_time(0.3)
    for side in (central, peripheral):
        assert events(side.packets, ENCRYPTION_CHANGE) == [b"\x00" + HANDLE + b"\x01"]


@virtually
async def test_who_may_not_ask_or_answer_is_refused() -> None:
    """Mutant: a peripheral encrypts, or an answer to no question is taken."""
    central, peripheral = await connected(air())
    (refused,) = [bytes(packet) for packet in await peripheral.send(enable_encryption())]
    assert refused == bytes.fromhex("04 0f 04 0c 01 1920")
    (refused,) = [bytes(packet) for packet in await peripheral.send(reply())]
    assert refused[6] == 0x0C
    await central.send(enable_encryption(), enable_encryption())  # one may wait for the other
    (refused,) = [bytes(packet) for packet in await central.send(enable_encryption())]
    assert refused == bytes.fromhex("04 0f 04 0c 01 1920")
    (unknown,) = [
        bytes(packet)
        for packet in await central.send(command(0x2019, b"\x07\x00" + RAND + EDIV + KEY))
    ]
    assert unknown == bytes.fromhex("04 0f 04 02 01 1920")


@virtually
async def test_who_asks_twice_is_served_twice() -> None:
    """As Linux does where a pairing and a request that wants security meet; it ends a link whose
    controller refuses. Mutants: the second is refused, forgotten, or begun before its time.
    """
    central, peripheral = await connected(air())
    await central.send(enable_encryption(), enable_encryption())
    for _ in range(2):
        await pass_time(0.3)
        assert len(events(peripheral.packets, KEY_REQUEST)) == 1
        peripheral.packets.clear()
        await peripheral.send(reply())
    await pass_time(0.3)
    assert events(central.packets, ENCRYPTION_CHANGE) == [b"\x00" + HANDLE + b"\x01"]
    assert events(central.packets, KEY_REFRESH) == [b"\x00" + HANDLE]


@virtually
async def test_who_asks_twice_and_is_rejected_once_is_served_once() -> None:
    """Mutant: forget the second with the first."""
    central, peripheral = await connected(air())
    await central.send(enable_encryption(), enable_encryption())
    for answer in (NEGATIVE_REPLY, reply()):
        await pass_time(0.3)
        await peripheral.send(answer)
    await pass_time(0.3)
    told = events(central.packets, ENCRYPTION_CHANGE)
    assert told[-1:] == [b"\x00" + HANDLE + b"\x01"]
    assert len(told) == 2
