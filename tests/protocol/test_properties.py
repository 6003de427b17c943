"""What holds for every value and for any bytes, of every message that the kit knows."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt import CHARACTERISTICS
from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.device_information import PnpId, SystemId, VendorIdSource
from babyn_protocol.gatt.generic_access import (
    Appearance,
    NoSpecificValue,
    PeripheralPreferredConnectionParameters,
)
from babyn_protocol.gatt.generic_attribute import ServiceChanged
from babyn_protocol.gatt.health_thermometer import (
    MeasurementInterval,
    TemperatureMeasurement,
    TemperatureType,
    TemperatureTypeValue,
    TemperatureUnit,
)
from babyn_protocol.gatt.text import Text
from babyn_protocol.numbers import DateTime, SpecialValue
from babyn_protocol.wire import Message

# A busy machine is no defect.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

MESSAGES = tuple(known.message for known in CHARACTERISTICS.values())
words = st.integers(0, 0xFFFF)


def decimals(mantissa: int, lowest: int, highest: int) -> st.SearchStrategy[Decimal]:
    def decimal(number: int, exponent: int) -> Decimal:
        return Decimal((int(number < 0), tuple(map(int, str(abs(number)))), exponent))

    return st.builds(decimal, st.integers(-mantissa, mantissa), st.integers(lowest, highest))


@st.composite
def date_times(draw: st.DrawFn) -> DateTime:
    year = draw(st.none() | st.integers(1582, 9999))
    month = draw(st.none() | st.integers(1, 12))
    last = 31 if month is None else monthrange(year or 2000, month)[1]
    return DateTime(
        year=year,
        month=month,
        day=draw(st.none() | st.integers(1, last)),
        hour=draw(st.integers(0, 23)),
        minute=draw(st.integers(0, 59)),
        second=draw(st.integers(0, 59)),
    )


def temperatures(message: type[TemperatureMeasurement]) -> st.SearchStrategy[Message]:
    return st.builds(
        message,
        unit=st.sampled_from(TemperatureUnit),
        value=decimals(8388605, -128, 127) | st.sampled_from(SpecialValue),
        timestamp=st.none() | date_times(),
        temperature_type=st.none() | st.sampled_from(TemperatureType),
    )


@st.composite
def connection_parameters(draw: st.DrawFn) -> Message:
    low, high = sorted((draw(st.integers(6, 3200)), draw(st.integers(6, 3200))))
    none = st.just(NoSpecificValue.NO_SPECIFIC_VALUE)
    return PeripheralPreferredConnectionParameters(
        minimum_interval_ms=draw(st.just(low * Decimal("1.25")) | none),
        maximum_interval_ms=draw(st.just(high * Decimal("1.25")) | none),
        latency=draw(st.integers(0, 499)),
        supervision_timeout_ms=draw(st.integers(10, 3200).map(lambda n: Decimal(n * 10)) | none),
    )


@st.composite
def handle_ranges(draw: st.DrawFn) -> Message:
    first, last = sorted((draw(st.integers(1, 0xFFFF)), draw(st.integers(1, 0xFFFF))))
    return ServiceChanged(first_handle=first, last_handle=last)


def strategy(message: type[Message]) -> st.SearchStrategy[Message]:
    if issubclass(message, Text):
        return st.builds(message, text=st.text(max_size=62))
    if issubclass(message, TemperatureMeasurement):
        return temperatures(message)
    others: dict[type[Message], st.SearchStrategy[Message]] = {
        Appearance: st.builds(Appearance, value=words),
        BatteryLevel: st.builds(BatteryLevel, percent=st.integers(0, 100)),
        MeasurementInterval: st.builds(MeasurementInterval, seconds=words),
        PeripheralPreferredConnectionParameters: connection_parameters(),
        PnpId: st.builds(
            PnpId,
            vendor_id_source=st.sampled_from(VendorIdSource),
            vendor_id=words,
            product_id=words,
            product_version=words,
        ),
        ServiceChanged: handle_ranges(),
        SystemId: st.builds(SystemId, eui_64=st.integers(0, (1 << 64) - 1)),
        TemperatureTypeValue: st.builds(
            TemperatureTypeValue, temperature_type=st.sampled_from(TemperatureType)
        ),
    }
    return others[message]


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
        flags: Any = getattr(read, "flags", None)
        if flags is None or raw[0] == flags:
            # Without reserved bits a message has one spelling only.
            assert bytes(read) == raw
    if refused is not None:
        assert refused.data == raw
        assert 0 <= refused.offset <= len(raw)
        assert refused.__context__ is None
