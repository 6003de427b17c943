"""BTHome: objects, broadcasts made and read by hand, foreign data turned away."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from babyn_protocol import bthome
from babyn_protocol.bthome import (
    SERVICE_UUID,
    AnyObject,
    Broadcast,
    Button,
    Command,
    Dimmer,
    Kind,
    LightLevel,
    MalformedBroadcastError,
    Opcode,
    Rotation,
    objects,
)
from babyn_protocol.errors import InvalidMessageError, MalformedMessageError

B = bytes.fromhex
OURS = str(Path(bthome.__file__).parents[1])


def test_objects_have_name_unit_and_exponent() -> None:
    read = bthome.parse(B("40 02CA09 2201 57EA"))
    assert isinstance(read, Broadcast)
    temperature, moving, coarse = read.objects
    assert (temperature.type, temperature.value) == (objects.TEMPERATURE, Decimal("25.06"))
    assert (temperature.type.name, temperature.type.unit) == ("temperature", "°C")
    assert (moving.type.kind, moving.value) == (Kind.BINARY_SENSOR, True)
    assert str(coarse.value) == "-22"
    assert read.values(objects.TEMPERATURE) == (Decimal("25.06"),)
    assert read.values(objects.TEMPERATURE_1) == (Decimal(-22),)
    assert read.values(objects.HUMIDITY) == ()


def test_the_types_of_values_are_known() -> None:
    """mypy and pyright read this: the annotations are the assertion."""
    read = bthome.parse(B("40 02CA09 2201 3A04"))
    assert isinstance(read, Broadcast)
    celsius: tuple[Decimal, ...] = read.values(objects.TEMPERATURE)
    moving: tuple[bool, ...] = read.values(objects.MOVING)
    pressed: tuple[Button | int, ...] = read.values(objects.BUTTON)
    assert (celsius, moving, pressed) == ((Decimal("25.06"),), (True,), (Button.LONG_PRESS,))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (objects.TEMPERATURE(Decimal("25.00")), "temperature 25.00 °C"),
        (objects.SPEED_S32(Decimal("0.000000")), "speed 0.000000 m/s"),
        (objects.BATTERY_LOW(True), "battery low"),
        (objects.DOOR(False), "door closed"),
        (objects.BUTTON(Button.LONG_DOUBLE_PRESS), "button long double press"),
        (objects.BUTTON(200), "button 200"),
        (objects.DIMMER(Dimmer(rotation=Rotation.LEFT, steps=3)), "dimmer left 3"),
        (objects.COMMAND(Command(opcode=Opcode.ON)), "command on"),
        (
            objects.COMMAND(Command(opcode=Opcode.STEP_UP, arguments=B("05A0"))),
            "command step up 05 A0",
        ),
        (objects.LIGHT_LEVEL(LightLevel.TWILIGHT), "light level twilight"),
        (
            objects.TIMESTAMP(datetime(2023, 5, 14, 19, 41, 17, tzinfo=UTC)),
            "timestamp 2023-05-14 19:41:17 UTC",
        ),
        (objects.TEXT("a\x1b[2Jb"), "text a\ufffd[2Jb"),
        (objects.RAW(B("00FF")), "raw 00 FF"),
        (objects.FIRMWARE_VERSION_4("4.2.1.0"), "firmware version 4.2.1.0"),
        (objects.PACKET_ID(9), "packet id 9"),
    ],
)
def test_an_object_says_itself_to_a_person(found: AnyObject, said: str) -> None:
    """Mutant: control characters of a stranger's text reach the terminal."""
    assert str(found) == said
    assert str(Broadcast(objects=(found,))) == said
    assert str(bthome.parse(Broadcast(objects=(found,)).plaintext())) == said


def test_a_timestamp_has_a_zone_and_any_zone_does() -> None:
    east = datetime(2023, 5, 14, 21, 41, 17, tzinfo=timezone(timedelta(hours=2)))
    sent = Broadcast(objects=(objects.TIMESTAMP(east),))
    assert sent.plaintext() == B("40 505D396164")
    assert bthome.parse(sent.plaintext()) == sent


@pytest.mark.parametrize(
    ("found", "field", "reason"),
    [
        (objects.TEMPERATURE(Decimal("25.065")), "temperature", "not a whole number of steps"),
        (objects.TEMPERATURE(Decimal("327.68")), "temperature", "does not fit"),
        (objects.TEMPERATURE_0_35(Decimal("1.00")), "temperature", "not a whole number of steps"),
        (objects.HUMIDITY(Decimal("-0.01")), "humidity", "does not fit"),
        (objects.HUMIDITY(Decimal("NaN")), "humidity", "must be a number"),
        (objects.BATTERY(93), "battery", "must be a Decimal"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] # wrong on purpose
        (objects.MOVING(1), "moving", "must be a bool"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] # wrong on purpose
        (objects.BUTTON(Rotation.LEFT), "button", "must be a Button"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] # wrong on purpose
        (objects.BUTTON(1), "button", "this code has a name"),
        (objects.BUTTON(256), "button", "does not fit"),
        (objects.DIMMER(Dimmer(rotation=Rotation.LEFT, steps=256)), "dimmer", "does not fit"),
        (objects.COMMAND(Command(opcode=Opcode.ON, arguments=bytes(32))), "command", "too long"),
        (objects.TEXT("é" * 128), "text", "too long"),
        (objects.TIMESTAMP(datetime(2023, 5, 14)), "timestamp", "with a zone"),  # noqa: DTZ001 - wrong on purpose
        (objects.TIMESTAMP(datetime(2023, 5, 14, 0, 0, 0, 1, tzinfo=UTC)), "timestamp", "whole"),
        (objects.TIMESTAMP(datetime(1969, 12, 31, tzinfo=UTC)), "timestamp", "does not fit"),
        (objects.TIMESTAMP(datetime(2106, 2, 8, tzinfo=UTC)), "timestamp", "does not fit"),
        (objects.FIRMWARE_VERSION_4("4.2.1"), "firmware version", "must be 4 numbers"),
        (objects.FIRMWARE_VERSION_3("6.1.256"), "firmware version", "must be 3 numbers"),
        (objects.FIRMWARE_VERSION_3("6.1.-0"), "firmware version", "must be 3 numbers"),
    ],
)
def test_what_cannot_be_sent_is_not_made(found: AnyObject, field: str, reason: str) -> None:
    """Mutant: a value is rounded, wrapped or cut to fit."""
    with pytest.raises(InvalidMessageError) as caught:
        Broadcast(objects=(found,))
    assert caught.value.field == field
    assert reason in caught.value.reason
    assert caught.value.__context__ is None


def test_objects_stand_in_order() -> None:
    """Mutant: ids are sent as they come; receivers that know fewer ids then lose known ones."""
    warm, full = objects.TEMPERATURE(Decimal("25.06")), objects.BATTERY(Decimal(93))
    with pytest.raises(InvalidMessageError, match="ids must not descend") as caught:
        Broadcast(objects=(warm, full))
    assert caught.value.field == "battery"
    assert Broadcast(objects=(full, warm)).plaintext() == B("40 015D 02CA09")
    assert Broadcast(objects=(warm, warm)).plaintext() == B("40 02CA09 02CA09")


def test_a_broadcast_has_no_bytes_by_accident() -> None:
    """Mutant: Broadcast.__bytes__ returns plaintext, and someone sends it."""
    with pytest.raises(TypeError):
        bytes(Broadcast(objects=()))  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue] # wrong on purpose


def test_a_broadcast_is_frozen_and_equal_by_what_it_says() -> None:
    said = Broadcast(objects=(objects.BATTERY(Decimal(93)),))
    assert bthome.parse(B("40 015D")) == said
    # What came with it is not part of it.
    assert bthome.parse(B("42 A5808FE64854 015D FE01")) == said
    assert bthome.parse(B("44 015D")) != said
    assert hash(bthome.parse(B("40 015D"))) == hash(said)
    with pytest.raises(FrozenInstanceError):
        said.trigger_based = True  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue] # wrong on purpose


def test_what_stood_before_an_error_is_on_the_error() -> None:
    """Mutant: what a broken broadcast says is returned as if it were whole."""
    with pytest.raises(MalformedBroadcastError) as caught:
        bthome.parse(B("40 02CA09 03BF"))
    assert isinstance(caught.value, MalformedMessageError)
    assert caught.value.objects == (objects.TEMPERATURE(Decimal("25.06")),)
    assert "25" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_broadcast_longer_than_an_ad_structure() -> None:
    """Mutant: no bound on what is read, or on what is sent."""
    button = objects.BUTTON(Button.PRESS)
    longest = Broadcast(objects=(button,) * 125)
    assert len(longest.plaintext()) == 251
    with pytest.raises(InvalidMessageError, match="longer than 252"):
        longest.encrypted(key=bytes(16), address=bytes(6), counter=1)
    with pytest.raises(InvalidMessageError, match="longer than 252"):
        Broadcast(objects=(button,) * 126)
    with pytest.raises(MalformedBroadcastError, match="longer"):
        bthome.parse(B("40") + B("3A01") * 126)


def test_the_callers_decimal_context_does_not_matter() -> None:
    """Mutant: the factor is applied in the current context, which may round."""
    with localcontext(prec=2):
        read = bthome.parse(B("40 4E87562A01"))
    assert str(read) == "volume 19551.879 L"


def calls_into_us(action: Callable[[], object]) -> int:
    """Return how many Python functions of ours an action calls."""
    count = 0

    def count_ours(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code.co_filename.startswith(OURS)

    before = sys.getprofile()
    sys.setprofile(count_ours)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


FOREIGN = {"0000fe95-0000-1000-8000-00805f9b34fb": B("30585B0501")}
KNOWN = {SERVICE_UUID: B("40 02CA09")}


def test_foreign_data_costs_three_calls_at_most() -> None:
    """Mutant: data of every service is parsed, or its UUIDs are put into another form."""

    def receive(service_data: dict[str, bytes]) -> object:
        if bthome.is_bthome(service_data):
            return bthome.parse(service_data[SERVICE_UUID])
        return None

    assert calls_into_us(lambda: receive(FOREIGN)) <= 3
    assert calls_into_us(lambda: receive({})) <= 3
    # Control: what is counted is there to be counted.
    assert calls_into_us(lambda: receive(KNOWN)) > 3


def test_foreign_data_leaves_nothing_behind() -> None:
    """Mutant: a cache by UUID or address, which a stranger can fill."""

    def left_behind(service_data: dict[str, bytes]) -> tuple[int, list[object]]:
        kept: list[object] = []
        tracemalloc.start()
        try:
            for _ in range(1000):
                if bthome.is_bthome(service_data):
                    kept.append(bthome.parse(service_data[SERVICE_UUID]))
            ours = tracemalloc.take_snapshot().filter_traces(
                [tracemalloc.Filter(True, f"{OURS}/*")]
            )
        finally:
            tracemalloc.stop()
        return sum(trace.size for trace in ours.traces), kept

    assert left_behind(FOREIGN) == (0, [])
    # Control: what was kept is seen.
    size, kept = left_behind(KNOWN)
    assert size > 0
    assert len(kept) == 1000


def test_the_work_is_bounded_by_the_bytes() -> None:
    """Mutant: an object without bytes is read again and again; work that grows with its square."""

    def work(id_: int, times: int) -> int:
        data = bytes([0x40]) + bytes([id_, 0, 0, 0, 0, 0]) * times

        def read() -> None:
            with suppress(MalformedBroadcastError):
                bthome.parse(data)

        return calls_into_us(read)

    for id_ in range(256):
        assert work(id_, 40) <= 11 * work(id_, 4), f"object 0x{id_:02X}"
