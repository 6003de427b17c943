"""The fast way and construct: one declaration, one result."""

from __future__ import annotations

import copy
import decimal
import pickle
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, dataclass, fields, is_dataclass, replace
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest
from construct import Int8ul, Int16ub

from babyn_protocol import bthome
from babyn_protocol.codec import Codec
from babyn_protocol.errors import (
    BabynError,
    InvalidMessageError,
    InvalidValueError,
    MalformedMessageError,
)
from babyn_protocol.fast import MOST_PLANS
from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement
from babyn_protocol.gatt.heart_rate import HeartRateMeasurement
from babyn_protocol.gatt.pulse_oximeter import PlxContinuousMeasurement
from babyn_protocol.gatt.weight_scale import WeightMeasurement
from babyn_protocol.layout import Layout, fixed_octets
from babyn_protocol.numbers import uint8, uint16
from babyn_protocol.packed import Chosen, Doubt, Form, Packed
from babyn_protocol.wire import Message, flag_bits, flag_value, wire
from tests.benchmarks import by_hand
from tests.benchmarks.decoding import DECODINGS
from tests.fuzz.construct_alone import by_construct_alone
from tests.fuzz.declarations import Foreign, Late, Sample, Wide
from tests.fuzz.mutation import mutated, noise
from tests.fuzz.oracle import observed, outcome
from tests.fuzz.subjects import Subject, codec_of, messages, subjects

B = bytes.fromhex
SUBJECTS = {subject.name: subject for subject in subjects() if subject.message is not None}
TEMPERATURE = B("06B00E00FEDC070C050B321B04")


def canonical(subject: Subject) -> Iterator[bytes]:
    """Return seeds that are read and sent again as they are."""
    for data in subject.seeds:
        found = outcome(partial(subject.read, data))
        if isinstance(found, Message) and bytes(found) == data:
            yield data


@pytest.mark.parametrize("message", tuple(messages()), ids=lambda message: message.__name__)
def test_what_the_kit_declares_is_read_and_built_without_construct(
    message: type[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the fast way is gone, or doubts everything, and nobody notices."""
    good = list(canonical(SUBJECTS[message.__name__]))
    read = [message.parse(data) for data in good]

    def construct(*_anything: object) -> Any:
        raise AssertionError("construct is asked")

    monkeypatch.setattr(Codec, "parse", construct)
    monkeypatch.setattr(codec_of(message).body, "build", construct, raising=False)
    assert [message.parse(data) for data in good] == read
    for one in read:
        assert replace(one) == one


def test_and_construct_is_asked_where_there_is_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""

    def construct(*_anything: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Codec, "parse", construct)
    assert TemperatureMeasurement.parse(TEMPERATURE).flags == 6
    with pytest.raises(MalformedMessageError, match="do not belong together"):
        TemperatureMeasurement.parse(TEMPERATURE + b"\0")


@pytest.mark.parametrize("name", SUBJECTS)
def test_both_ways_give_the_same_in_all_that_can_be_seen(name: str) -> None:
    """Mutant: an attribute, a decimal's exponent or a built byte is another. See also test_fuzz."""
    subject = SUBJECTS[name]
    for data in subject.seeds:
        fast = outcome(partial(subject.read, data))
        with by_construct_alone():
            slow = outcome(partial(subject.read, data))
        assert observed(fast) == observed(slow)
        if isinstance(fast, Message):
            for twin in (copy.deepcopy(fast), pickle.loads(pickle.dumps(fast)), replace(fast)):
                assert twin == slow
                assert bytes(twin) == bytes(fast)
            with pytest.raises(FrozenInstanceError):
                fast.flags = 1  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue] - the point


@pytest.mark.parametrize(
    ("message", "data", "sent"),
    [
        # Reserved bits are not sent again, nor what they vouch for.
        (TemperatureMeasurement, "F86C0100FF", "006C0100FF"),
        (TemperatureMeasurement, "086C0100FFAABB", "006C0100FF"),
        (PlxContinuousMeasurement, "045F005A002100", "045F005A002000"),
        # The narrow layout holds the value.
        (HeartRateMeasurement, "01C800", "00C8"),
        (Wide, "01050000", "0005"),
        # No magic, too long, a flag without its field, bytes left over.
        (Sample, "A400000005", None),
        (Sample, "A520000005" + "01" * 20, None),
        (Sample, "A520000005", None),
        (TemperatureMeasurement, "006C0100FF00", None),
        # Crossed limits, an impossible date, a special value with an exponent, an unknown code.
        (Sample, "A51000000505040000", None),
        (TemperatureMeasurement, "02B00E00FEDC07021E0B321B", None),
        (TemperatureMeasurement, "00FFFF7F01", None),
        (TemperatureMeasurement, "046C0100FF0A", None),
    ],
)
def test_whatever_is_unusual_is_what_construct_makes_of_it(
    message: type[Message], data: str, sent: str | None
) -> None:
    """Mutant: any one doubt of the fast way removed."""
    fast = outcome(lambda: message.parse(B(data)))
    with by_construct_alone():
        slow = outcome(lambda: message.parse(B(data)))
    assert observed(fast) == observed(slow)
    assert (bytes(fast) if isinstance(fast, Message) else None) == (sent and B(sent))


def forms() -> Iterator[tuple[str, Packed]]:
    """Return every form of every field, by name."""

    def within(name: str, form: Form | None) -> Iterator[tuple[str, Packed]]:
        if isinstance(form, Packed):
            yield name, form
        elif isinstance(form, Chosen):
            for key, case in form.cases.items():
                yield from within(f"{name} if {form.by} is {key}", case)

    for message in messages():
        for name, spec in codec_of(message).specs.items():
            for layout in spec.layouts():
                yield from within(f"{message.__name__}.{name}", layout.form)


def items(form: Packed) -> Iterator[Any]:
    """Return all that a form's item can be, or some of it where that is too much."""
    random = Random(form.code)
    size = 20 if form.size is None else form.size
    numbers: list[int] = list(range(1 << 8 * size)) if size == 1 else []
    if size > 1:
        edges = (0, 1 << 8 * size - 1, 1 << 8 * size)
        numbers += [random.getrandbits(8 * size) for _ in range(2_000)]
        numbers += [edge + near for edge in edges for near in range(-300, 300)]
    for number in numbers:
        data = (number & (1 << 8 * size) - 1).to_bytes(size, "little")
        yield data if form.size is None else struct.unpack("<" + form.code, data)[0]


def test_what_says_that_it_is_exact_is() -> None:
    """Mutant: a set of bits, or codes of which two mean the same, declared exact."""
    exact = {form: name for name, form in forms() if form.exact}
    assert len(exact) > 50
    for form, name in exact.items():
        for item in items(form):
            try:
                value = form.decode(item)
            except (BabynError, UnicodeError, Doubt):
                continue
            assert value is not None, name
            assert form.encode(value) == item, name


def test_made_up_keys_do_not_fill_the_memory() -> None:
    """Mutant: plans without a limit."""

    fast = codec_of(Sample).fast
    assert fast is not None
    fast.plans.clear()
    seen: set[int] = set()
    sizes: set[int] = set()
    for flags in range(1 << 6):
        for last in (0, 1 << 22):
            data = B("A5") + (flags | last).to_bytes(3, "little") + B("0001 01 050000 07 08")
            outcome(partial(Sample.parse, data))
            seen.add(flags | last)
            sizes.add(len(fast.plans))
    assert len(seen) == 2 * MOST_PLANS
    assert 1 < max(sizes) <= MOST_PLANS


def test_layouts_of_raw_construct_and_own_constructors_do_without() -> None:
    """Mutant: a declaration that `struct` cannot read is read by it all the same."""

    class Own(Message):
        value: int = wire(uint8)

        def __init__(self, *, value: int) -> None:
            object.__setattr__(self, "value", value)
            object.__setattr__(self, "twice", 2 * value)
            self.__post_init__()

    class Plain(Message):
        value: int = wire(uint8)

    class Network(Message):
        value: int = wire(Layout("uint16, big-endian", Int16ub, 2))

    for message in (Foreign, Late, Own, Network):
        assert codec_of(message).fast is None
    assert codec_of(Plain).fast is not None
    assert vars(Own.parse(b"\5"))["twice"] == 10


@pytest.mark.parametrize("wrong", [None, [], {}, 0, "", [1], {1: 2}])
def test_repeated_values_are_a_tuple_also_where_there_are_none(wrong: Any) -> None:
    """Mutant: absent if it is falsy, so that an instance with ``{}`` exists. The fuzz found it."""
    good: dict[str, Any] = {"ready": True, "level": 1, "last": False}
    assert Sample(**good, points=()).points == ()
    with pytest.raises(InvalidMessageError, match="must be a tuple"):
        Sample(**good, points=wrong)


def test_a_layout_that_is_changed_has_no_stale_form() -> None:
    """Mutant: the form kept beside the declaration, where `replace` leaves it."""
    layout: Layout[int] = replace(uint16, subcon=Int8ul, size=1)
    assert layout.parse(b"\5") == 5
    assert isinstance(layout.form, Packed)
    assert layout.form.code == "B"


def test_bytes_are_neither_filled_up_nor_cut_off() -> None:
    """Mutant: left to `struct`, whose `3s` takes any number of bytes."""

    class Three(Message):
        data: bytes = wire(fixed_octets(3))

    assert bytes(Three(data=b"abc")) == b"abc"
    for wrong in (b"ab", b"abcd"):
        with pytest.raises(InvalidMessageError):
            Three(data=wrong)
        with pytest.raises(InvalidMessageError):
            fixed_octets(3).build(wrong)


def test_rules_between_fields_hold_and_see_the_flags() -> None:
    """Mutant: check() is not called by the fast way, or before the message is whole."""
    seen: list[tuple[int, bytes]] = []

    class Ruled(Message):
        flags: int = flag_bits(uint8)
        ready: bool = flag_value(0)
        value: int = wire(uint8)

        def check(self) -> None:
            seen.append((self.flags, bytes(self)))
            if self.value == 7:
                raise InvalidValueError("seven")

    Ruled.parse(B("01 05"))
    Ruled(ready=True, value=5)
    assert seen == [(1, B("0105"))] * 2
    with pytest.raises(MalformedMessageError, match="seven"):
        Ruled.parse(B("01 07"))


def test_the_callers_decimal_context_does_not_matter() -> None:
    """Mutant: arithmetic in the caller's context, which rounds, or traps."""
    expected = [found.ours(found.data) for found in DECODINGS]
    with decimal.localcontext() as context:
        context.prec = 1
        for signal in context.traps:
            context.traps[signal] = True
        found = [found.ours(found.data) for found in DECODINGS]
    assert list(map(observed, found)) == list(map(observed, expected))


def calls(work: Callable[[], object]) -> int:
    """Count the calls of Python functions."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(before)
    # The work itself was one.
    return count - 1


@pytest.mark.parametrize(
    ("message", "data", "most"),
    [
        # Four for the message; one for repeated items, two for a scaled number, five for a date.
        (TemperatureMeasurement, "06B00E00FEDC070C050B321B04", 11),
        (HeartRateMeasurement, "1655320345032803", 5),
        (WeightMeasurement, "0E803EE207060D0A1E0001F000D606", 15),
    ],
)
def test_a_message_costs_so_many_calls(message: type[Message], data: str, most: int) -> None:
    """Mutant: construct asked besides, or a layout's functions called twice."""
    message.parse(B(data))
    assert calls(lambda: message.parse(B(data))) <= most
    with by_construct_alone():
        assert calls(lambda: message.parse(B(data))) > 10 * most


def compared(value: object) -> object:
    """Return what both sides of a benchmark say, whatever their classes are."""
    match value:
        case Decimal():
            return value.as_tuple()
        case bthome.Broadcast():
            told = [
                (each.type.name, each.type.unit, compared(each.value)) for each in value.objects
            ]
            return (told, value.trigger_based, value.rest)
        case by_hand.Broadcast():
            told = [(each.name, each.unit, compared(each.value)) for each in value.objects]
            return (told, value.trigger_based, value.rest)
        case Message():
            names = (*codec_of(type(value)).given, "extra")
            return {name: compared(getattr(value, name)) for name in names}
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: compared(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


@dataclass(frozen=True)
class Refused:
    pass


def said(decode: Callable[[bytes], object], data: bytes) -> object:
    try:
        return compared(decode(data))
    except (MalformedMessageError, by_hand.RefusedError):
        return Refused()


@pytest.mark.parametrize("decoding", DECODINGS, ids=lambda decoding: decoding.name)
def test_the_other_side_of_the_benchmarks_is_equal(decoding: Any) -> None:
    """Mutant: hand-written code that leaves out a check, or says less, and looks faster."""
    random = Random(1)
    seeds = [decoding.data]
    assert said(decoding.by_hand, decoding.data) != Refused()
    read = refused = 0
    for number in range(3_000):
        data = noise(random) if number % 10 == 0 else mutated(random.choice(seeds), seeds, random)
        if decoding.ours is bthome.parse and not _within_reach(data):
            continue
        ours = said(decoding.ours, data)
        assert said(decoding.by_hand, data) == ours
        read += ours != Refused()
        refused += ours == Refused()
        if ours != Refused() and len(seeds) < 100:
            seeds.append(data)
    assert read > 200
    assert refused > 200


def _within_reach(data: bytes) -> bool:
    """Tell whether the hand-written side knows all that is there: not every object, no key."""
    found = outcome(lambda: bthome.parse(data))
    if isinstance(found, bthome.MalformedBroadcastError):
        if found.field in (None, "flags", "version", "address", "counter"):
            return True
        return {data[found.offset], *(each.type.id for each in found.objects)} <= set(
            by_hand.OBJECTS
        )
    if not isinstance(found, bthome.Broadcast) or found.address is not None:
        return False
    return {each.type.id for each in found.objects} <= set(by_hand.OBJECTS)
