from __future__ import annotations

from typing import Any

from babyn_protocol.describe import byte_diagram, layout_table
from babyn_protocol.gatt import CHARACTERISTICS
from babyn_protocol.gatt.health_thermometer import IntermediateTemperature, TemperatureMeasurement
from babyn_protocol.layout import utf8
from babyn_protocol.numbers import date_time, uint8, uint16, uint24
from babyn_protocol.wire import (
    Message,
    flag_bits,
    flag_value,
    optional,
    repeated,
    sized,
    wire,
)


def test_a_layout_is_data() -> None:
    flags, unit, value, timestamp, kind = TemperatureMeasurement.describe()
    assert (flags.name, flags.format, flags.offset, flags.size) == ("flags", "uint8", 0, 1)
    assert flags.reserved == (3, 4, 5, 6, 7)
    assert (unit.name, unit.format, unit.offset, unit.size) == ("unit", "bit 0", None, 0)
    assert unit.codes == ((0, "°C"), (1, "°F"))
    assert (value.name, value.format, value.offset, value.size) == ("value", "medfloat32", 1, 4)
    assert value.doc == "The temperature, in ``unit``, or why there is none."
    assert (timestamp.offset, timestamp.size, timestamp.presence) == (5, 7, 1)
    assert (kind.offset, kind.size, kind.presence) == (None, 1, 2)
    assert kind.codes[0] == (1, "armpit")


def test_a_subclass_has_the_texts_of_its_base() -> None:
    assert IntermediateTemperature.describe() == TemperatureMeasurement.describe()


def test_every_field_of_every_characteristic_has_a_text() -> None:
    for known in CHARACTERISTICS.values():
        assert known.message.__doc__
        for field in known.message.describe():
            assert field.doc, f"{known.message.__name__}.{field.name} has no text below it"


def test_texts_are_found_where_the_class_is_local() -> None:
    class Local(Message):
        flags: int = flag_bits(uint8)
        """Which."""

        # A comment in between, and no text.
        size: int = sized(uint8, uint16, flag=0)
        count: int | None = optional(uint8, flag=1)
        """Says
        more.
        """

        "A string that belongs to no field."
        rest: tuple[int, ...] = repeated(uint8)

        def method(self) -> str:
            """Belong to no field either."""
            return "x"

    described = {field.name: field for field in Local.describe()}
    assert [field.doc for field in described.values()] == ["Which.", "", "Says more.", ""]
    assert described["size"].format == "uint8, or uint16 if flag bit 0 is set"
    assert (described["size"].offset, described["size"].size) == (1, None)
    assert described["count"].offset is None
    assert described["rest"].format == "uint8, repeated to the end"


def test_without_a_source_there_is_no_text() -> None:
    """Mutant: `inspect.getsource` unguarded, which fails in a REPL and in frozen programs."""
    namespace: dict[str, Any] = {"__name__": __name__}
    namespace |= {"Message": Message, "wire": wire, "uint8": uint8}
    exec("class Typed(Message):\n value: int = wire(uint8)\n 'lost'\n", namespace)
    (field,) = namespace["Typed"].describe()
    assert (field.name, field.format, field.doc) == ("value", "uint8", "")


def test_a_table_for_the_docs() -> None:
    class Named(Message):
        size: int = wire(uint16)
        """How ``big``."""

        name: str = wire(utf8)
        """What."""

    assert layout_table(Named.describe()).splitlines() == [
        "| field | bytes | format | present | meaning |",
        "|---|---|---|---|---|",
        "| `size` | 0 to 1 | uint16 | always | How `big`. |",
        "| `name` | 2 on | utf8s | always | What. |",
    ]


def test_a_diagram_for_the_docs() -> None:
    """Mutant: a row that is not filled, a field that is in the flags shown as bytes."""

    class Drawn(Message):
        size: int = wire(uint16)
        flags: int = flag_bits(uint8)
        wide: bool = flag_value(1)
        more: int = wire(uint16)
        rest: int = wire(uint24)
        time: Any = optional(date_time, flag=0)
        name: str = wire(utf8)

    assert byte_diagram(Drawn.describe()).splitlines() == [
        " 0               1               2               3",
        "+---------------+---------------+---------------+---------------+",
        "|              size             |     flags     |      more     |",
        "+---------------+---------------+---------------+---------------+",
        "|     (more)    |                      rest                     |",
        "+---------------+---------------+---------------+---------------+",
        "|                  time, 7 bytes, if flag bit 0                 |",
        "+---------------+---------------+---------------+---------------+",
        "|                        name, to the end                       |",
        "+---------------+---------------+---------------+---------------+",
    ]
