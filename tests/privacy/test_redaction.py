"""Logs of libraries are tamed by an allow-list; ours are searched."""

from __future__ import annotations

import base64
import importlib
import io
import logging
import re
import sys
import types
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import StoreError
from babyn_ble.privacy import Keys, MemoryKeys, Redactor, redact_logging
from babyn_ble.store.memory import MemoryStore

ADDRESS = "C4:7C:8D:6A:42:17"
NAME = "Emma's thermometer"
SERIAL = "SN-90210-77"
KEY = bytes.fromhex("8f1c0a5be27743d9a6c4f00d12345678")
READING = "36.73"

LIBRARY = """
import logging
from enum import Enum

logger = logging.getLogger(__name__)

class State(Enum):
    CONNECTED = 1

def literal():
    logger.debug("Scanner started")

def percent(address, name):
    logger.debug("Connecting to %s (%r), attempt %d of %d", address, name, 2, 12)

def named(**values):
    logger.debug("Value %(value)s of 100%% is %(state)s", values)

def whole(address):
    logger.info(f"{address} is here")

def beginning(address, name):
    logger.info(f"Connection: {address} as {name}")

def coloured(value):
    logger.debug(("\\x1b[34m%s\\x1b[0m" % value))

def allowed():
    logger.debug("%s %s %s %s", State.CONNECTED, True, None, 7)

def not_allowed(number):
    logger.debug("%s %d %5.2f %x %c", number, 142, 36.73, 255, 65)

def failed(address):
    try:
        raise RuntimeError(f"device {address} not found")
    except RuntimeError as error:
        logger.exception("Failed: %s", error, stack_info=True)

def thing(value):
    logger.warning(value)

def star(value):
    logger.debug("%*d and %s", 5, 36, value)

def wrong(address):
    logger.debug("%s %s", address)

def device_logger(address, message):
    logging.getLogger(__name__ + "." + address).debug("Device speaks")
"""


@pytest.fixture
def library() -> Iterator[Any]:
    module = types.ModuleType("bumble.fake")
    code = compile(LIBRARY, "bumble/fake.py", "exec")
    sys.modules["bumble.fake"] = module
    exec(code, module.__dict__)
    yield module
    del sys.modules["bumble.fake"]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that a user's own handler writes, tracebacks included."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def keys() -> Keys:
    return Keys.open(MemoryStore(), MemoryKeys(bytes(32)))


def spellings(value: str | bytes) -> set[str]:
    data = value.encode() if isinstance(value, str) else value
    found = {value} if isinstance(value, str) else set[str]()
    packed = [data]
    if isinstance(value, str) and value.count(":") == 5:
        packed.append(bytes.fromhex(value.replace(":", "")))
        found |= {value.replace(":", "-"), value.replace(":", "_")}
    for octets in packed:
        for each in (octets, octets[::-1]):
            found |= {each.hex(), each.hex(":"), each.hex("-"), each.hex(" "), each.hex("_")}
            found |= {str(int.from_bytes(each, "big")), repr(each), repr(list(each))}
            found.add(base64.b64encode(each).decode())
    return found | {text.upper() for text in found}


def test_what_is_in_the_source_passes(log: io.StringIO, library: Any, keys: Keys) -> None:
    """Mutant: everything is withheld, and a log is of no use."""
    with redact_logging(keys.short_id):
        library.literal()
        library.percent(ADDRESS, NAME)
        library.allowed()
        library.named(value=READING, state=NAME)
    device, name = keys.short_id(ADDRESS), keys.short_id(NAME)
    assert log.getvalue().splitlines() == [
        "DEBUG bumble.fake: Scanner started",
        f"DEBUG bumble.fake: Connecting to <{device}> (<{name}>), attempt 2 of "
        f"<{keys.short_id('12')}>",
        "DEBUG bumble.fake: State.CONNECTED True None 7",
        f"DEBUG bumble.fake: Value <{keys.short_id(READING)}> of 100% is <{name}>",
    ]


@pytest.mark.requirement("BN-LOG-01")
def test_what_was_formatted_before_is_withheld(log: io.StringIO, library: Any, keys: Keys) -> None:
    """BN-LOG-01. Mutant: messages without arguments pass; bumble formats its own."""
    with redact_logging(keys.short_id):
        library.whole(ADDRESS)
        library.beginning(ADDRESS, NAME)
        library.coloured(NAME)
    device, coloured = keys.short_id(ADDRESS), keys.short_id(f"\x1b[34m{NAME}\x1b[0m")
    assert log.getvalue().splitlines() == [
        f"INFO bumble.fake: <{device}>",
        f"INFO bumble.fake: Connection: <{device}>",
        f"DEBUG bumble.fake: <{coloured}>",
    ]


@pytest.mark.requirement("BN-LOG-02")
def test_a_device_has_the_same_id_however_it_is_spelled(
    log: io.StringIO, library: Any, keys: Keys
) -> None:
    """BN-LOG-02."""
    with redact_logging(keys.short_id):
        library.whole(ADDRESS)
        library.whole(ADDRESS.lower())
        library.whole(f"<Device {ADDRESS.replace(':', '-')}>")
        library.percent(types.SimpleNamespace(address=ADDRESS), "")
    assert log.getvalue().count(keys.short_id(ADDRESS)) == 4


@pytest.mark.requirement("BN-LOG-01")
@pytest.mark.parametrize("canary", [ADDRESS, NAME, SERIAL, KEY, READING], ids=str)
def test_nothing_gets_through_in_any_spelling(
    log: io.StringIO, library: Any, keys: Keys, canary: str | bytes
) -> None:
    """BN-LOG-01. Mutant: any single way out: argument, message, error, traceback, name."""

    def everything() -> None:
        for spelled in (canary, *sorted(spellings(canary))):
            library.percent(spelled, spelled)
            library.named(value=spelled, state=spelled)
            library.whole(spelled)
            library.beginning(spelled, spelled)
            library.coloured(spelled)
            library.failed(spelled)
            library.thing(spelled)
            library.thing(RuntimeError(spelled))
            library.star(spelled)
            library.device_logger(str(spelled), "")

    def found() -> set[str]:
        text = log.getvalue()
        return {spelled for spelled in spellings(canary) if spelled in text}

    with redact_logging(keys.short_id):
        everything()
    assert found() == set()
    records = [line for line in log.getvalue().splitlines() if re.search("<[g-z]{8}", line)]
    assert len(records) >= 50
    assert "Traceback" not in log.getvalue()
    assert "Stack" not in log.getvalue()
    everything()
    assert found() == spellings(canary)  # the control: without it, all of it is there


@pytest.mark.requirement("BN-LOG-01")
def test_numbers_may_be_readings(log: io.StringIO, library: Any, keys: Keys) -> None:
    """BN-LOG-01. Mutant: integers or floats pass because they look harmless."""
    with redact_logging(keys.short_id):
        library.not_allowed(READING)
    text = log.getvalue()
    assert not re.search(r"\d", text)
    assert text.count("<") == 5


def test_what_cannot_be_shown_does_no_harm(
    log: io.StringIO, library: Any, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mutant: a failing __str__ or a wrong format reaches logging, which prints the arguments."""

    class Unprintable:
        def __str__(self) -> str:
            raise ValueError(ADDRESS)

    class Colour(Enum):
        RED = NAME

    with redact_logging(keys.short_id):
        library.percent(Unprintable(), Colour.RED)
        library.wrong(ADDRESS)
        logging.getLogger("babyn_ble.test").debug("%d", ADDRESS)
        logging.getLogger("babyn_ble.test").debug(Unprintable())
    assert len(log.getvalue().splitlines()) == 4
    for text in (log.getvalue(), *capsys.readouterr()):
        assert ADDRESS not in text
        assert NAME not in text


def test_loggers_are_named_after_modules(log: io.StringIO, library: Any, keys: Keys) -> None:
    with redact_logging(keys.short_id):
        library.device_logger(ADDRESS, "")
    assert log.getvalue() == "DEBUG bumble: Device speaks\n"


@pytest.mark.requirement("BN-LOG-01")
def test_our_own_records_pass_searched(log: io.StringIO, keys: Keys) -> None:
    """BN-LOG-01. Mutant: our own loggers are left out, or withheld whole."""
    own = logging.getLogger("babyn_ble.test")
    with redact_logging(keys.short_id, protect=[NAME, KEY, READING]) as redactor:
        redactor.protect(SERIAL)
        own.info("Bound %s as %s, attempt %d", keys.short_id(ADDRESS), "thermometer", 2)
        own.info("Lost %s (%s)", ADDRESS, NAME)
        own.info("Key %s of %s reads %s", KEY.hex(), SERIAL, READING)
        own.info("Service 00001809-0000-1000-8000-00805f9b34fb")
        own.info("Service 9a3c1f00-5b1e-4a55-8e0a-c47c8d6a4217 says b'\\x01\\x02'")
        own.error("Failed", exc_info=StoreError(f"The store of {NAME} is damaged"))
    ids = {value: keys.short_id(value) for value in (ADDRESS, NAME, KEY, SERIAL, READING)}
    lines = log.getvalue().splitlines()
    assert lines[:4] == [
        f"INFO babyn_ble.test: Bound {ids[ADDRESS]} as thermometer, attempt 2",
        f"INFO babyn_ble.test: Lost <{ids[ADDRESS]}> (<{ids[NAME]}>)",
        f"INFO babyn_ble.test: Key <{ids[KEY]}> of <{ids[SERIAL]}> reads <{ids[READING]}>",
        "INFO babyn_ble.test: Service 00001809-0000-1000-8000-00805f9b34fb",
    ]
    assert re.fullmatch(r"INFO babyn_ble.test: Service <[g-z]{8}> says <[g-z]{8}>", lines[4])
    assert lines[5] == (
        f"ERROR babyn_ble.test: Failed [StoreError: The store of <{ids[NAME]}> is damaged]"
    )
    assert len(lines) == 6


@pytest.mark.requirement("BN-LOG-01")
@given(st.binary(min_size=3, max_size=24), st.text("abc ", max_size=8))
def test_a_protected_value_is_found_in_every_spelling(value: bytes, around: str) -> None:
    """BN-LOG-01. Mutant: one of the spellings is left out."""
    redactor = Redactor()
    redactor.protect(value)
    for spelled in spellings(value):
        text = f"{around}[{spelled}]{around}"
        scrubbed = redactor.scrub(text)
        if repr(value) not in (spelled, spelled.upper()):
            assert spelled.strip("=[]") not in scrubbed
        assert scrubbed != text


def test_other_loggers_are_the_hosts_own(log: io.StringIO, keys: Keys) -> None:
    """Mutant: the whole process is redacted."""
    with redact_logging(keys.short_id):
        logging.getLogger("host.app").info("Device %s", ADDRESS)
        logging.getLogger("bleaker").info("Device %s", ADDRESS)
    assert log.getvalue().count(ADDRESS) == 2


def test_it_is_undone(log: io.StringIO, library: Any) -> None:
    """Mutant: the factory stays; a second one in between is thrown away."""
    before = logging.getLogRecordFactory()
    with redact_logging():
        assert logging.getLogRecordFactory() is not before
    assert logging.getLogRecordFactory() is before
    library.whole(ADDRESS)
    assert ADDRESS in log.getvalue()

    def theirs(*arguments: Any, **more: Any) -> logging.LogRecord:
        record = inner(*arguments, **more)
        record.msg = f"[theirs] {record.msg}"
        return record

    with redact_logging():
        inner = logging.getLogRecordFactory()
        logging.setLogRecordFactory(theirs)
        library.whole(NAME)
    assert logging.getLogRecordFactory() is theirs
    library.whole(SERIAL)
    logging.setLogRecordFactory(before)
    assert NAME not in log.getvalue()
    assert f"[theirs] {SERIAL} is here" in log.getvalue()


def test_importing_changes_nothing() -> None:
    factory = logging.getLogRecordFactory()
    importlib.reload(importlib.import_module("babyn_ble.privacy.redaction"))
    assert logging.getLogRecordFactory() is factory


@pytest.mark.requirement("BN-LOG-02")
def test_without_a_key_ids_are_of_this_process_only() -> None:
    """BN-LOG-02. Mutant: a fixed key by default."""
    assert Redactor().withhold(ADDRESS) != Redactor().withhold(ADDRESS)
