"""The gate stands before the radio: before it is built, and on every way to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

import babyn_ble
from babyn_ble import BoundDevice, Companion, ConsentRequiredError
from babyn_ble.privacy import SubjectKind
from babyn_ble.radio import Radio
from babyn_ble.store.memory import MemoryStore
from babyn_simulator.nursery import Nursery
from tests.client.steps import first

SOURCES = sorted(Path(babyn_ble.__file__).parent.rglob("*.py"))

DEVICE = BoundDevice(
    id="ghjkmnpq",
    subject="subject-0123456789abcdef",
    model="thermometer",
    address="C7:5E:91:3B:D2:A4",
    paired=True,
    bound_at=datetime(2026, 3, 1, tzinfo=UTC),
)


async def connect(companion: Companion) -> None:
    async with companion.connect(DEVICE):
        pass


WAYS: dict[str, Callable[[Companion], Awaitable[object]]] = {
    "scan": lambda companion: anext(companion.scan()),
    "find": lambda companion: companion.find("patch"),
    "inspect": lambda companion: companion.inspect(cast("Any", "C7:5E:91:3B:D2:A4")),
    "connect": connect,
}


@pytest.mark.requirement("BN-GATE-02")
@pytest.mark.asyncio
@pytest.mark.parametrize("way", WAYS)
async def test_what_is_refused_builds_nothing(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Mac, building a scanner is what asks the person. Mutant: the radio is opened first."""
    built: list[object] = []

    async def build(*arguments: object, **_: object) -> Radio:
        built.append(arguments)
        raise LookupError

    monkeypatch.setattr(Radio, "open", build)
    from babyn_ble.privacy import OWN_SCOPES, PartyRole
    from tests.privacy.household import ATTESTATION, Household, party

    async with Companion.open(MemoryStore(), radio="os") as companion:
        home = Household.__new__(Household)
        home.register = companion.consent
        home.subject = companion.consent.setup(
            kind=SubjectKind.CHILD,
            controller=party(PartyRole.CONTROLLER),
            consenting_party=party(PartyRole.PARENT),
            attestation=ATTESTATION,
        )
        with pytest.raises(ConsentRequiredError):
            await WAYS[way](companion)
        assert built == []
        home.agree(*OWN_SCOPES)
        with pytest.raises(LookupError):  # the control
            await WAYS[way](companion)
        assert len(built) == 1


@pytest.mark.requirement("BN-GATE-03")
def test_one_module_speaks_to_bleak() -> None:
    """Mutant: another module makes a scanner of its own."""
    importing = [
        source.name
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(
            name.partition(".")[0] == "bleak"
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
            )
        )
    ]
    assert set(importing) == {"radio.py"}


@pytest.mark.requirement("BN-GATE-03")
@pytest.mark.asyncio
async def test_an_address_is_no_device(babyn_companion: Companion, babyn_nursery: Nursery) -> None:
    """To connect to an address is a scan on most platforms. Mutant: an address is passed on."""
    device = await first(babyn_companion)
    before = babyn_nursery.packets
    address = cast("Any", device.ble_device.address)
    with pytest.raises(TypeError, match="not to an address"):
        await babyn_companion.inspect(address)
    assert babyn_nursery.packets == before
    assert (await babyn_companion.inspect(device)).services  # the control


@pytest.mark.requirement("BN-GATE-08")
@pytest.mark.asyncio
async def test_where_a_device_was_is_kept_nowhere(babyn_companion: Companion) -> None:
    """Neither how strong its signal was nor where we are. Mutant: a binding has an rssi."""
    store = babyn_companion.consent.store
    before = [len(store.list(kind)) for kind in ("device", "sighting", "bond")]
    sighting = await first(babyn_companion)
    assert sighting.rssi < 0  # the control: it is known, and shown
    assert [len(store.list(kind)) for kind in ("device", "sighting", "bond")] == before
    device = await babyn_companion.bind(sighting)
    words = re.compile("rssi|place|latitude|longitude|position|signal")
    assert not words.search(" ".join(type(device).model_fields))
    kept = babyn_companion.vault.list("device", BoundDevice)
    assert kept == [device]
    text = "".join(source.read_text(encoding="utf-8") for source in SOURCES)
    assert not re.search(r"geolocat|CoreLocation|GeoClue|geoclue|LocationManager\(", text)


@pytest.mark.requirement("BN-GATE-10")
def test_the_host_is_not_identified() -> None:
    """Mutant: the MQTT client id is the name of the machine."""
    forbidden = re.compile(
        r"getnode|gethostname|getfqdn|machine-id|\.node\(\)|uname|getpass|getlogin"
    )
    found = [
        (source.name, match.group())
        for source in SOURCES
        if (match := forbidden.search(source.read_text(encoding="utf-8")))
    ]
    assert found == []
    assert forbidden.search("platform.node()")  # the control
