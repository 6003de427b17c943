"""A whole story, on a child, tells nothing personal: not by logs at DEBUG with every library on,
not by errors, texts of objects or warnings, and not to anybody outside."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import logging
import os
import re
import subprocess
import sys
import tomllib
import traceback
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from bleak import BleakClient

from babyn_ble import Companion
from babyn_ble.errors import (
    BabynError,
    ConsentRequiredError,
    DeviceNotFoundError,
    DisconnectedError,
)
from babyn_ble.privacy.purposes import HEALTH_MONITORING, OWN_SCOPES
from babyn_ble.privacy.redaction import redact_logging
from babyn_ble.store.memory import MemoryStore
from babyn_protocol.numbers import medfloat32
from babyn_protocol.uuids import Characteristic
from babyn_simulator.bonds import MemoryBondStore
from babyn_simulator.clock import run
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, give_typed, set_up_child, take, withdraw

ROOT = Path(__file__).parents[2]
ADDRESS = "C7:5E:91:3B:D2:A4"
NAME = "Zorilla Quokka"
SERIAL = "SN-4711-WOMBAT"
READING = Decimal("38.67")

SCENARIO = f"""
[simulation]
seed = 11
time = "virtual"

[[device]]
kind = "thermometer"
name = "patch"
address = "{ADDRESS}"
local_name = "{NAME}"
serial = "{SERIAL}"
interval = 1.0
"""

SHORT_ID = re.compile(r"(?<![a-z])[ghjkmnpqrstvwxyz]{8}(?![a-z])")


def spellings(value: bytes) -> set[str]:
    """Return how bytes may be written: hexadecimal with any separator, decimal, base64, repr."""
    found: set[str] = set()
    for order in (value, value[::-1]):
        found |= {order.hex(separator) for separator in ":- _"} | {order.hex()}
        found |= {str(int.from_bytes(order, "big")), repr(order)[2:-1]}
        found.add(base64.b64encode(order).decode().rstrip("="))
        with contextlib.suppress(UnicodeDecodeError):
            found.add(order.decode("ascii"))
    return {spelling.casefold() for spelling in found if len(spelling) > 3}


class Recorder(logging.Handler):
    """Keeps every record as the text that a file would get."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def everything_logged() -> Generator[Recorder, None, None]:
    recorder, root = Recorder(), logging.getLogger()
    level = root.level
    root.addHandler(recorder)
    root.setLevel(logging.DEBUG)
    try:
        yield recorder
    finally:
        root.setLevel(level)
        root.removeHandler(recorder)


async def story(scenario: Path, capture: Path, bonds: MemoryBondStore) -> None:
    """The demo's story for a child; and once, on purpose, the serial number is read."""
    async with Nursery.open(scenario, capture=capture, bonds=bonds) as nursery:
        nursery.thermometer().force_temperature(READING)
        radio = await nursery.radio()
        async with Companion.open(MemoryStore(), radio=radio) as babyn:
            set_up_child(babyn)
            give_typed(babyn, OWN_SCOPES)
            sighting = await first(babyn)
            await babyn.inspect(sighting)
            device = await babyn.bind(sighting)
            async with babyn.connect(device) as session:
                assert (await take(session.readings(), 5))[-1].value == READING
                await withdraw(babyn, HEALTH_MONITORING)
            async with BleakClient(sighting.ble_device, backend=radio.client) as client:
                serial = await client.read_gatt_char(Characteristic.SERIAL_NUMBER_STRING)
                assert serial == SERIAL.encode()
            await babyn.unbind(device)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "canaries.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def canaries(capture: bytes) -> dict[str, bytes]:
    """Return what must not be told; each is in the capture, so the search can find it."""
    # The long-term key goes to the controller with HCI_LE_Enable_Encryption (0x2019).
    at = capture.index(b"\x19\x20\x1c") + 3 + 2 + 8 + 2
    found = {
        "address": bytes.fromhex(ADDRESS.replace(":", "")),
        "name": NAME.encode(),
        "serial": SERIAL.encode(),
        "key": capture[at : at + 16],
        "reading": medfloat32.build(READING),
    }
    for name, value in found.items():
        assert value in capture or value[::-1] in capture, name
    return found


@pytest.mark.requirement("BN-LOG-01")
def test_the_log_tells_nothing(scenario: Path, tmp_path: Path) -> None:
    """BN-LOG-01. Mutant: let one argument of a foreign record through."""
    capture = tmp_path / "capture"
    with everything_logged() as recorder, redact_logging():
        run(story(scenario, capture, MemoryBondStore()))
    log = "\n".join(recorder.lines).casefold()
    assert sum(bool(SHORT_ID.search(line)) for line in recorder.lines) >= 50
    for name, value in canaries(capture.read_bytes()).items():
        told = {spelling for spelling in spellings(value) if spelling in log}
        assert not told, name
    assert str(READING) not in log


def test_without_redaction_the_same_search_finds_all(scenario: Path, tmp_path: Path) -> None:
    """The control: what the libraries log by themselves."""
    capture = tmp_path / "capture"
    with everything_logged() as recorder:
        run(story(scenario, capture, MemoryBondStore()))
    log = "\n".join(recorder.lines).casefold()
    for name, value in canaries(capture.read_bytes()).items():
        assert any(spelling in log for spelling in spellings(value)), name


def test_our_own_records_tell_nothing_even_without_redaction(
    scenario: Path, tmp_path: Path
) -> None:
    """Ours are written without personal data; redaction is not what keeps them silent."""
    capture = tmp_path / "capture"
    with everything_logged() as recorder:
        run(story(scenario, capture, MemoryBondStore()))
    ours = [line for line in recorder.lines if line.startswith("babyn_ble")]
    assert len(ours) >= 4
    log = "\n".join(ours).casefold()
    for name, value in canaries(capture.read_bytes()).items():
        assert not [spelling for spelling in spellings(value) if spelling in log], name


# Errors, and the texts of objects


async def told(scenario: Path, capture: Path) -> list[str]:
    """Return every text that a program gets to see by accident: errors, reprs, tasks."""
    texts: list[str] = []

    def tell(*objects: object) -> None:
        texts.extend(text for each in objects for text in (repr(each), str(each)))

    @contextmanager
    def refused(kind: type[BabynError]) -> Generator[None]:
        with pytest.raises(kind) as caught:
            yield
        texts.extend(traceback.format_exception(caught.value))
        tell(caught.value)

    async with Nursery.open(scenario, capture=capture) as nursery:
        patch = nursery.thermometer()
        patch.force_temperature(READING)
        radio = await nursery.radio()
        async with Companion.open(MemoryStore(), radio=radio) as babyn:
            tell(set_up_child(babyn), babyn, babyn.vault, babyn.consent)
            with refused(ConsentRequiredError):
                await first(babyn)
            give_typed(babyn, OWN_SCOPES)
            sighting = await first(babyn)
            device = await babyn.bind(sighting)
            tell(sighting, await babyn.inspect(sighting), device, babyn.devices())
            async with babyn.connect(device) as session:
                tell(session, *await take(session.readings(), 5))
                tell(*asyncio.all_tasks())
                tell(session.device, *babyn.consent.history(device.subject), *babyn.history(device))
                stream = session.readings()
                await anext(stream)
                await patch.power_off()
                with refused(DisconnectedError):
                    await take(stream, 1000)
            with refused(DeviceNotFoundError):
                await babyn.find(ADDRESS, timeout=1)
            with refused(DeviceNotFoundError):
                babyn.device(ADDRESS)
            await babyn.unbind(device)
            with refused(DeviceNotFoundError):
                await babyn.unbind(device)
    return texts


@pytest.mark.requirement("BN-LOG-05")
def test_errors_and_texts_of_objects_tell_nothing(scenario: Path, tmp_path: Path) -> None:
    """BN-LOG-05. Mutant: an address stays in a repr, or a foreign error is chained to ours."""
    capture = tmp_path / "capture"
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        texts = run(told(scenario, capture))
    text = "\n".join([*texts, *(str(warning.message) for warning in warned)]).casefold()
    assert len(texts) > 80
    for name, value in hidden(capture.read_bytes()).items():
        assert not [spelling for spelling in spellings(value) if spelling in text], name
    assert str(READING) not in text
    assert "at home" not in text  # how the guardian is reached


def hidden(capture: bytes) -> dict[str, bytes]:
    """Return the canaries of :func:`canaries`, but for the serial number, which is not read."""
    found = {"address": bytes.fromhex(ADDRESS.replace(":", "")), "name": NAME.encode()}
    assert all(value in capture or value[::-1] in capture for value in found.values())
    return found


@pytest.mark.requirement("BN-LOG-01")
async def test_an_error_of_a_task_that_nobody_waits_for_tells_nothing() -> None:
    """BN-LOG-01. Mutant: asyncio's own logger is not redacted. Control: without it, it tells."""

    async def fail() -> None:
        raise ValueError(f"no answer of {ADDRESS}")

    async def lose_it() -> None:
        task = asyncio.create_task(fail(), name=f"reading {NAME}")
        await asyncio.wait({task})
        del task
        gc.collect()

    with everything_logged() as recorder:
        await lose_it()
    assert ADDRESS in "".join(recorder.lines)
    with everything_logged() as recorder, redact_logging():
        await lose_it()
    (line,) = [line for line in recorder.lines if "ValueError" in line]
    assert not [word for word in (ADDRESS, NAME) if word in line]


# Nobody outside


_WITHOUT_NETWORK = """
import sys

WATCHED = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
           "socket.gethostbyname", "http.client.connect", "urllib.Request")
seen = []
sys.addaudithook(lambda name, arguments: seen.append(name) if name in WATCHED else None)

from babyn_ble.cli import main

try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
assert not seen, seen
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside:
    outside.connect(("127.0.0.1", 9))
assert seen == ["socket.connect"]  # the control: the hook would have told
"""


@pytest.mark.requirement("BN-LOG-04")
def test_a_whole_story_reaches_nobody_outside(tmp_path: Path) -> None:
    """BN-LOG-04. Mutant: anything at all is sent, looked up or asked for on a network."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_NETWORK, "demo"],
        env={**os.environ, "BABYN_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.requirement("BN-LOG-04")
def test_nothing_that_reports_is_depended_on() -> None:
    """BN-LOG-04. Mutant: a library for crash reports, usage or HTTP becomes a dependency."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = declared["optional-dependencies"]
    needed = " ".join(
        [*declared["dependencies"], *(word for name in extras for word in extras[name])]
    )
    for library in (
        "sentry",
        "opentelemetry",
        "posthog",
        "segment",
        "requests",
        "httpx",
        "aiohttp",
    ):
        assert library not in needed
