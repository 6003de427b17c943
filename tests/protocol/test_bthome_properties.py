"""What holds for every BTHome broadcast, and for any bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babyn_protocol.bthome import (
    OBJECT_TYPES,
    AnyObject,
    Broadcast,
    BTHomeObject,
    Button,
    Command,
    Dimmer,
    EncryptedBroadcast,
    LightLevel,
    MalformedBroadcastError,
    ObjectType,
    Opcode,
    Receiver,
    ReplayWindow,
    Rotation,
    objects,
    parse,
)
from babyn_protocol.errors import InvalidValueError, MalformedMessageError, RemoteProtocolError

unhurried = settings(deadline=None)
KEY, ADDRESS = bytes(range(16)), bytes(range(6))
octet = st.integers(0, 255)


def known_or_not(values: Any) -> st.SearchStrategy[Any]:
    members = {member.value for member in values}
    return st.sampled_from(values) | octet.filter(lambda code: code not in members)


SPECIAL: dict[int, st.SearchStrategy[Any]] = {
    objects.BUTTON.id: known_or_not(Button),
    objects.LIGHT_LEVEL.id: known_or_not(LightLevel),
    objects.DIMMER.id: st.builds(Dimmer, rotation=known_or_not(Rotation), steps=octet),
    objects.COMMAND.id: st.builds(
        Command, opcode=known_or_not(Opcode), arguments=st.binary(max_size=31)
    ),
    objects.TIMESTAMP.id: st.integers(0, (1 << 32) - 1).map(
        lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    objects.TEXT.id: st.text(max_size=20),
    objects.RAW.id: st.binary(max_size=40),
    objects.FIRMWARE_VERSION_3.id: st.tuples(octet, octet, octet).map(
        lambda parts: ".".join(map(str, parts))
    ),
    objects.FIRMWARE_VERSION_4.id: st.tuples(octet, octet, octet, octet).map(
        lambda parts: ".".join(map(str, parts))
    ),
}


def values(kind: ObjectType[Any]) -> st.SearchStrategy[Any]:
    """Any value of one type, made without the code under test where it is not plain bytes."""
    if kind.id in SPECIAL:
        return SPECIAL[kind.id]
    if kind.states is not None:
        return st.booleans()
    size = kind.layout.size or 0
    return st.binary(min_size=size, max_size=size).map(kind.layout.parse)


any_object: st.SearchStrategy[AnyObject] = st.sampled_from(list(OBJECT_TYPES.values())).flatmap(
    lambda kind: values(kind).map(lambda value: BTHomeObject(kind, value))
)


def in_order(found: list[AnyObject], trigger: bool) -> Broadcast:
    ordered = sorted(found, key=lambda item: item.type.id)
    return Broadcast(objects=tuple(ordered), trigger_based=trigger)


broadcasts = st.builds(in_order, st.lists(any_object, max_size=5), st.booleans())


def exactly(broadcast: Broadcast) -> list[object]:
    """Return a broadcast's values so that decimals of different precision differ."""
    return [
        found.value.as_tuple() if isinstance(found.value, Decimal) else found.value
        for found in broadcast.objects
    ]


@pytest.mark.parametrize("kind", OBJECT_TYPES.values(), ids=lambda kind: f"{kind.id:02X}")
@unhurried
@given(st.data())
def test_reading_without_construct_gives_the_same(
    kind: ObjectType[Any], data: st.DataObject
) -> None:
    """Mutant: another exponent, sign or range in the fast reading than in the declaration."""
    size = kind.layout.size
    raw = data.draw(st.binary(min_size=size or 1, max_size=size or 40))
    outcomes: list[object] = []
    for read in (kind.decode, kind.layout.parse):
        try:
            value: Any = read(raw)
        except (InvalidValueError, MalformedMessageError) as error:
            outcomes.append(error.reason)
        else:
            outcomes.append(value.as_tuple() if isinstance(value, Decimal) else value)
    assert outcomes[0] == outcomes[1]


@unhurried
@given(broadcasts)
def test_what_is_sent_in_the_clear_is_read(broadcast: Broadcast) -> None:
    read = parse(broadcast.plaintext())
    assert isinstance(read, Broadcast)
    assert read == broadcast
    assert exactly(read) == exactly(broadcast)
    assert read.plaintext() == broadcast.plaintext()
    assert str(read) == str(broadcast)
    assert str(read).isprintable()


@unhurried
@given(broadcasts, st.binary(min_size=16, max_size=16), st.integers(0, (1 << 32) - 1))
def test_what_is_encrypted_is_opened(broadcast: Broadcast, key: bytes, counter: int) -> None:
    data = broadcast.encrypted(key=key, address=ADDRESS, counter=counter)
    read = parse(data)
    assert isinstance(read, EncryptedBroadcast)
    assert (read.counter, read.trigger_based) == (counter, broadcast.trigger_based)
    opened = read.decrypt(key=key, address=ADDRESS)
    assert opened == broadcast
    assert exactly(opened) == exactly(broadcast)


@st.composite
def hostile(draw: st.DrawFn) -> bytes:
    """Any bytes; and good broadcasts with bytes changed, cut off or added."""
    if draw(st.booleans()):
        first = draw(st.sampled_from([0x40, 0x41, 0x42, 0x43, 0x44]) | octet)
        return bytes([first]) + draw(st.binary(max_size=300))
    broadcast = draw(broadcasts)
    good = bytearray(
        broadcast.plaintext()
        if draw(st.booleans())
        else broadcast.encrypted(key=KEY, address=ADDRESS, counter=draw(st.integers(0, 9)))
    )
    for place, value in draw(st.dictionaries(st.integers(0, 30), octet, max_size=3)).items():
        if place < len(good):
            good[place] = value
    return bytes(good[: draw(st.integers(0, len(good)))]) + draw(st.binary(max_size=3))


@unhurried
@given(hostile())
def test_any_bytes_are_a_broadcast_or_one_error(raw: bytes) -> None:
    """Mutant: an index error, a decoding error or one of cryptography's gets out."""
    refused: MalformedBroadcastError | None = None
    try:
        read = parse(raw)
    except MalformedBroadcastError as error:
        refused = error
    else:
        if isinstance(read, Broadcast):
            # What is understood can be sent, and reads the same.
            assert parse(read.plaintext()) == read
            assert str(read).isprintable()
            if raw[0] in (0x40, 0x44) and objects.COMMAND.id not in raw:
                # Without reserved bits a broadcast has one spelling only.
                assert read.plaintext() + read.rest == raw
    if refused is not None:
        assert refused.data == raw
        assert 0 <= refused.offset <= len(raw)
        assert refused.__context__ is None
        assert Broadcast(objects=refused.objects).objects == refused.objects


@unhurried
@given(st.lists(hostile(), max_size=6))
def test_a_receiver_raises_only_our_errors_and_never_goes_back(received: list[bytes]) -> None:
    """Mutant: the mark moves without authentication, or falls."""
    receiver = Receiver(KEY, ADDRESS)
    accepted: list[int] = []
    for raw in received:
        before = receiver.window
        refused: RemoteProtocolError | None = None
        try:
            opened = receiver.receive(raw)
        except RemoteProtocolError as error:
            refused = error
        else:
            if opened is not None:
                assert receiver.window.highest is not None
                accepted.append(receiver.window.highest)
        if refused is not None:
            assert refused.__context__ is None
            assert receiver.window == before or isinstance(refused, MalformedBroadcastError)
        assert (receiver.window.highest or 0) >= (before.highest or 0)
    assert accepted == sorted(set(accepted))


@unhurried
@given(st.lists(st.integers(0, 20), max_size=30))
def test_no_counter_is_accepted_twice(counters: list[int]) -> None:
    """Mutant: an old counter is accepted once it is out of some window."""
    window = ReplayWindow()
    accepted: list[int] = []
    for counter in counters:
        try:
            window = window.advanced(counter)
        except RemoteProtocolError:
            assert counter <= max(accepted)
        else:
            accepted.append(counter)
    assert accepted == sorted(set(accepted))
