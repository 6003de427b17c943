"""What a type checker tells who installed the wheel, and neither construct nor its stubs."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RIGHT = """
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import assert_type

from babyn_protocol.gatt import message_for
from babyn_protocol.gatt.battery import BatteryLevel
from babyn_protocol.gatt.controls import Hold, PropertyState, PropertyStates, SetPropertyResponse
from babyn_protocol.gatt.controls import SetPropertyResult
from babyn_protocol.gatt.device_events import DeviceEvent, EventDetails, EventKind
from babyn_protocol.gatt.health_thermometer import (
    TemperatureMeasurement,
    TemperatureType,
    TemperatureUnit,
)
from babyn_protocol.gatt.property_values import PropertyKind, PropertyValue
from babyn_protocol.gatt.pulse_oximeter import MeasurementStatus, PlxContinuousMeasurement
from babyn_protocol.gatt.record_access import RecordAccessOutcome, RecordAccessResponse
from babyn_protocol.gatt.valid_range import ValidRange, valid_range
from babyn_protocol.gatt.weight_scale import WeightMeasurement
from babyn_protocol.layout import Layout, enumerated, open_enumerated
from babyn_protocol.numbers import DateTime, NoNumber, SpecialValue, date_time, medfloat32, scaled
from babyn_protocol.numbers import uint8, uint16
from babyn_protocol.wire import Message, const, flag_bits, flag_value, optional, repeated
from babyn_protocol.wire import sized, wire

read = TemperatureMeasurement.parse(b"")
assert_type(read, TemperatureMeasurement)
assert_type(read.unit, TemperatureUnit)
assert_type(read.value, Decimal | SpecialValue)
assert_type(read.timestamp, DateTime | None)
assert_type(read.temperature_type, TemperatureType | None)
assert_type(read.flags, int)
assert_type(read.extra, bytes)
assert_type(bytes(read), bytes)
assert_type(BatteryLevel(percent=3).percent, int)
assert_type(message_for("2A1C"), type[Message] | None)
TemperatureMeasurement(unit=TemperatureUnit.CELSIUS, value=Decimal("36.4"))
assert_type(medfloat32.parse(b""), Decimal | SpecialValue)
plx = PlxContinuousMeasurement.parse(b"")
assert_type(plx.spo2_fast, Decimal | SpecialValue | None)
assert_type(plx.measurement_status, MeasurementStatus | None)
assert_type(WeightMeasurement.parse(b"").weight, Decimal | NoNumber)
assert_type(RecordAccessResponse.parse(b"").outcome, int | RecordAccessOutcome)
assert_type(valid_range(uint16), Layout[ValidRange[int]])
assert_type(PropertyStates.parse(b"").states, tuple[PropertyState, ...])
state = PropertyState.parse(b"")
assert_type(state.kind, PropertyKind | int)
assert_type(state.value, PropertyValue)
assert_type(state.remaining, timedelta | Hold)
assert_type(SetPropertyResponse.parse(b"").result, SetPropertyResult | int)
event = DeviceEvent.parse(b"")
assert_type(event.kind, EventKind | int)
assert_type(event.age, Decimal | NoNumber)
assert_type(event.details, EventDetails)
assert_type(open_enumerated(uint8, EventKind), Layout[EventKind | int])


class Mode(Enum):
    OFF = 0
    ON = 1


class Unknown(Enum):
    UNKNOWN = 0xFFFF


class Mine(Message):
    magic: int = const(7, uint8)
    flags: int = flag_bits(uint8)
    ready: bool = flag_value(0)
    mode: Mode = flag_value(1, Mode, default=Mode.OFF)
    level: int = sized(uint8, uint16, flag=2)
    humidity: Decimal | Unknown = wire(scaled(uint16, "0.01", codes={0xFFFF: Unknown.UNKNOWN}))
    other: Mode = wire(enumerated(uint8, Mode), default=Mode.ON)
    at: DateTime | None = optional(date_time, flag=3)
    points: tuple[int, ...] = repeated(uint16, flag=4)


mine = Mine(ready=True, level=3, humidity=Decimal("50"))
assert_type(mine.magic, int)
assert_type(mine.humidity, Decimal | Unknown)
assert_type(mine.points, tuple[int, ...])
assert_type(Mine.parse(b"").at, DateTime | None)


class Page(Message):
    records: tuple[Mine, ...] = repeated(Mine.layout())
"""

WRONG = """
from decimal import Decimal

from babyn_protocol.gatt.health_thermometer import TemperatureMeasurement, TemperatureUnit
from babyn_protocol.numbers import date_time, uint8, DateTime
from babyn_protocol.wire import Message, flag_bits, optional, wire

unit = TemperatureUnit.CELSIUS
TemperatureMeasurement(unit=unit, value=36.4)
TemperatureMeasurement(value=Decimal("36.4"))
TemperatureMeasurement(unit=unit, value=Decimal("36.4"), flags=0)
TemperatureMeasurement(unit, Decimal("36.4"))
TemperatureMeasurement.parse("06")
TemperatureMeasurement.parse(b"").value.is_nan()
TemperatureMeasurement.parse(b"").unit = unit


class Mine(Message):
    flags: int = flag_bits(uint8)
    text: str = wire(uint8)
    at: DateTime = optional(date_time, flag=0)
"""
WRONG_LINES = {9, 10, 11, 12, 13, 14, 15, 20, 21}


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose environment has the wheel and nothing else: no construct, and no stubs."""
    folder = tmp_path_factory.mktemp("consumer")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "bare", with_pip=False)
    [site] = (folder / "bare").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    assert not {"construct", "construct-stubs", "bleak"} & {each.name for each in site.iterdir()}
    return folder


def check_with_mypy(file: Path) -> set[int]:
    """Return the lines with errors."""
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
            *("--python-executable", file.parent / "bare" / "bin" / "python"),
            *("--cache-dir", file.parent / "cache", file),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=file.parent,
        env={"PATH": ""},
    )
    assert not result.stderr
    found = [line.split(":") for line in result.stdout.splitlines() if " error: " in line]
    assert {Path(name).name for name, *_ in found} <= {file.name}, result.stdout
    return {int(line) for _, line, *_ in found}


def check_with_pyright(file: Path) -> set[int]:
    """Return the lines with errors."""
    config = {
        "include": [file.name],
        "venvPath": str(file.parent),
        "venv": "bare",
        "typeCheckingMode": "strict",
    }
    (file.parent / "pyrightconfig.json").write_text(json.dumps(config))
    result = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "-p", file.parent],
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(result.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    found = [each for each in report["generalDiagnostics"] if each["severity"] == "error"]
    assert {Path(each["file"]).name for each in found} <= {file.name}, found
    return {each["range"]["start"]["line"] + 1 for each in found}


@pytest.mark.parametrize("check", [check_with_mypy, check_with_pyright])
@pytest.mark.parametrize(
    ("source", "lines"), [(RIGHT, set[int]()), (WRONG, WRONG_LINES)], ids=["right", "wrong"]
)
def test_type_checkers_see_exact_types(
    check: Callable[[Path], set[int]], source: str, lines: set[int], consumer: Path
) -> None:
    """Mutant: `Any` in a specifier's result, a construct type in a field's, a field left optional.

    The wrong lines are the control: each is found, so the right ones were looked at.
    """
    file = consumer / "program.py"
    file.write_text(source)
    assert check(file) == lines
