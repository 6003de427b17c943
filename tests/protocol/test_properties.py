"""What holds for every value and for any bytes, of every message that the kit knows."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt import CHARACTERISTICS
from babyn_protocol.gatt.battery import BatteryLevelStatus
from babyn_protocol.gatt.controls import PropertyDescriptions
from babyn_protocol.gatt.current_time import CurrentTime
from babyn_protocol.gatt.generic_access import PeripheralPreferredConnectionParameters
from babyn_protocol.gatt.heart_rate import HeartRateMeasurement
from babyn_protocol.gatt.pulse_oximeter import (
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.gatt.record_access import RecordAccessResponse
from babyn_protocol.wire import Message
from tests.protocol.strategies import strategy

# A busy machine is no defect.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

MESSAGES = tuple(
    message
    for known in CHARACTERISTICS.values()
    for message in (known.message, known.written)
    if message is not None
)

SEVERAL_SPELLINGS = {
    # A rate in two bytes that fits one, a number in four that fits two.
    HeartRateMeasurement,
    RecordAccessResponse,
    # Reserved bits elsewhere than in the flags.
    BatteryLevelStatus,
    CurrentTime,
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
    PropertyDescriptions,
}


def exactly(message: Message) -> list[object]:
    """Return a message's values so that decimals of different precision differ."""
    values = [getattr(message, item.name) for item in fields(message)]
    return [value.as_tuple() if isinstance(value, Decimal) else value for value in values]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
@unhurried
@given(st.data())
def test_what_is_built_parses_back(message: type[Message], data: st.DataObject) -> None:
    """Mutant: an exponent normalised, a field's place or width changed on one side only."""
    built = data.draw(strategy(message))
    again = message.parse(bytes(built))
    assert again == built
    if message is not PeripheralPreferredConnectionParameters:
        # There the resolution is the format's, not the number's.
        assert exactly(again) == exactly(built)
    assert bytes(again) == bytes(built)
    assert str(again) == str(built)


def hostile(message: type[Message]) -> st.SearchStrategy[bytes]:
    """Any bytes, and good ones with a few changed, cut off or added."""

    def spoil(good: Message, cut: int, tail: bytes, changes: dict[int, int]) -> bytes:
        data = bytearray(bytes(good))
        for place, value in changes.items():
            if place < len(data):
                data[place] = value
        return bytes(data[: len(data) - cut if cut else None]) + tail

    spoiled: st.SearchStrategy[bytes] = st.builds(
        spoil,
        strategy(message),
        st.integers(0, 3),
        st.binary(max_size=3),
        st.dictionaries(st.integers(0, 13), st.integers(0, 255), max_size=4),
    )
    return st.binary(max_size=600) | spoiled


def reserved(message: type[Message]) -> tuple[slice, int]:
    """Return where the message's flags stand, and their reserved bits."""
    for field in message.describe():
        if field.name == "flags":
            assert field.offset is not None
            assert field.size is not None
            place = slice(field.offset, field.offset + field.size)
            return place, sum(1 << bit for bit in field.reserved)
    return slice(0), 0


RESERVED = {message: reserved(message) for message in MESSAGES}


def has_reserved_flags(message: type[Message], raw: bytes) -> bool:
    place, mask = RESERVED[message]
    return bool(int.from_bytes(raw[place], "little") & mask)


@pytest.mark.requirement("BN-SEC-03")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
@unhurried
@given(st.data())
def test_any_bytes_are_a_message_or_one_error(message: type[Message], data: st.DataObject) -> None:
    """Mutant: one kind of exception less is caught; or an instance comes out that can't be sent."""
    raw = data.draw(hostile(message))
    refused: MalformedMessageError | None = None
    try:
        read = message.parse(raw)
    except MalformedMessageError as error:
        refused = error
    else:
        assert message.parse(bytes(read)) == read
        assert str(read).isprintable()
        assert bytes(message.parse(bytes(read))) == bytes(read)
        if message not in SEVERAL_SPELLINGS and not has_reserved_flags(message, raw):
            # Without reserved bits a message has one spelling only.
            assert bytes(read) == raw
    if refused is not None:
        assert refused.data == raw
        assert 0 <= refused.offset <= len(raw)
        assert refused.__context__ is None
