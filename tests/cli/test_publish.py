"""Recipients, and publishing to a real broker, typed as commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Write
from tests.cli.terminal import BABYN, EVERYTHING, PATIENCE, Ended, Household, environment
from tests.gateway.mosquitto import Broker, Tap, find_broker, free_port

COMPLETE = [
    *["--type", "partner", "--name", "Ward", "--purpose", "night watch", "--country", "DE"],
    *["--contact", "ward@example.org", "--policy-url", "https://example.org/privacy"],
    *["--agreement", "2026-7", "--retention", "P30D", "--delete-channel", "by mail"],
]


# The directory


def test_a_broker_on_this_machine_needs_no_more_than_its_url(household: Household) -> None:
    household.set_up("child")
    assert "no recipients" in household.babyn("recipients", "list").out
    ended = household.babyn("recipients", "add", "home", "mqtt://localhost")
    assert ended.code == 0
    assert "consent give sharing:home" in ended.out
    [entry] = household.json("recipients", "list").objects
    assert entry["country"] == "local"
    assert entry["contact"] == "kim@example.org"
    assert "device" not in entry["fields"]
    assert "home" in household.babyn("recipients", "list").out


@pytest.mark.parametrize("left_out", ["--name", "--country", "--agreement", "--retention"])
def test_an_entry_that_leaves_something_out_does_not_load(
    left_out: str, household: Household
) -> None:
    """Mutant: filling in what was not said."""
    household.set_up("child")
    add = ["recipients", "add", "ward", "mqtts://broker.example.org"]
    place = COMPLETE.index(left_out)
    ended = household.babyn(*add, *COMPLETE[:place], *COMPLETE[place + 2 :])
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert household.json("recipients", "list").objects == []
    assert household.babyn(*add, *COMPLETE).code == 0  # the control
    assert len(household.json("recipients", "list").objects) == 1


def test_plaintext_leads_nowhere_else(household: Household) -> None:
    household.set_up("child")
    ended = household.babyn("recipients", "add", "far", "mqtt://192.0.2.7", *COMPLETE)
    assert ended.code == 1
    assert "192.0.2.7" not in ended.err


def test_removing_twice(household: Household) -> None:
    household.set_up("child")
    household.babyn("recipients", "add", "home", "mqtt://127.0.0.1")
    assert household.babyn("recipients", "remove", "home").code == 0
    again = household.babyn("recipients", "remove", "home")
    assert again.code == 1
    assert "recipients list" in again.err


def test_a_changed_entry_must_be_agreed_to_again(household: Household) -> None:
    """Mutant: a consent that survives a change of what is sent."""
    household.set_up("child")
    household.babyn("recipients", "add", "home", "mqtt://127.0.0.1")
    household.agree("sharing:home")
    household.babyn("recipients", "add", "home", "mqtt://127.0.0.1", "--fields", "quantity,value")
    states = {state["scope"]: state for state in household.json("consent", "show").objects}
    assert states["sharing:home"]["valid"] is False
    assert "must be renewed" in household.babyn("consent", "show").out


def test_data_of_nobody_go_to_nobody(household: Household) -> None:
    household.set_up("test_article")
    household.babyn("recipients", "add", "home", "mqtt://127.0.0.1")
    [notice] = household.json("consent", "notice", "sharing:home").objects
    ended = household.babyn("consent", "give", "sharing:home", "--notice", notice["sha256"])
    assert ended.code == 1
    assert "recipient" in ended.err


# Publishing


@pytest.fixture(scope="module")
def broker_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = find_broker()
    if program is None:
        pytest.fail("Mosquitto is not installed, and BABYN_REQUIRE_TOOLS=1 requires it")
    port = free_port()
    listener = f"listener {port} 127.0.0.1\nallow_anonymous true"
    broker = Broker(program, tmp_path_factory.mktemp("mosquitto"), [listener])
    broker.start()
    yield port
    broker.stop()


@pytest.fixture
async def tap(broker_port: int) -> AsyncIterator[Tap]:
    """A wiretap in front of the broker."""
    tap = Tap(broker_port)
    await tap.listen()
    yield tap
    await tap.vanish()


async def typed(household: Household, *arguments: str) -> Ended:
    """Run a command in a process of its own, while this loop goes on."""
    process = await start(household, *arguments)
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def start(household: Household, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *[*BABYN, *household.options, *arguments],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )


@pytest.fixture
async def child(nursery: Write, tap: Tap) -> Household:
    """A child whose thermometer is bound, with a recipient *home*: the broker."""
    virtual = nursery()
    household = nursery(time="wall", name="wall", interval=0.2)

    def prepare() -> None:
        virtual.set_up("child")
        virtual.agree(*EVERYTHING)
        virtual.bind()
        url = f"mqtt://127.0.0.1:{tap.port}"
        assert household.babyn("recipients", "add", "home", url).code == 0

    await asyncio.to_thread(prepare)
    return household


def device_of(household: Household) -> str:
    return str(household.json("devices").objects[0]["id"])


async def test_only_what_was_agreed_to_is_sent(child: Household, tap: Tap) -> None:
    """Mutant: connecting before the gate is asked, or sending a reading whole."""
    device = await asyncio.to_thread(device_of, child)
    publish = ["publish", device, f"mqtt://127.0.0.1:{tap.port}", "--count", "3"]
    refused = await typed(child, "--json", *publish)
    assert refused.code == 3
    assert refused.error["missing"] == ["sharing:home"]
    assert tap.sent == []
    await asyncio.to_thread(child.agree, "sharing:home")
    ended = await typed(child, "--json", *publish)
    assert (ended.code, ended.err) == (0, "")
    assert ended.objects[-1] == {"recipient": "home", "published": 3, "repeated": 0, "dropped": 0}
    assert len(tap.published) == 3
    for packet in tap.published:
        fields = json.loads(packet.payload)
        assert set(fields) == {"quantity", "value", "unit", "quality", "measured_at"}
    assert device.encode() not in tap.bytes


FIRST = (
    "! For the first time, data of the child are sent to home (your own broker on this "
    "computer). It gets of each reading: quantity, value, unit, quality, measured_at. They "
    "stay on this computer. It also sees that this runs, and how many consents are to be "
    "renewed. What was sent cannot be called back; you can only ask for its deletion."
)


@pytest.mark.requirement("BN-SHR-13")
async def test_a_plain_word_before_the_first_time(child: Household, tap: Tap) -> None:
    """Mutant: no warning; or one each time, which nobody reads."""
    device = await asyncio.to_thread(device_of, child)
    await asyncio.to_thread(child.agree, "sharing:home")
    publish = ["publish", device, f"mqtt://127.0.0.1:{tap.port}", "--count", "1"]
    first = await typed(child, *publish)
    assert first.code == 0, first.err
    assert " ".join(first.out.split()).startswith(FIRST)
    again = await typed(child, *publish)
    assert again.code == 0
    assert "first time" not in again.out


async def test_a_withdrawal_elsewhere_stops_it(child: Household, tap: Tap) -> None:
    """Mutant: a publisher that asks the gate once."""
    device = await asyncio.to_thread(device_of, child)
    await asyncio.to_thread(child.agree, "sharing:home")
    process = await start(child, "publish", device, f"mqtt://127.0.0.1:{tap.port}")
    await tap.until(lambda: len(tap.published) >= 2)
    withdrawn = await typed(child, "consent", "withdraw", "sharing:home")
    assert withdrawn.code == 0
    by_then = len(tap.published)
    async with asyncio.timeout(PATIENCE):
        _, err = await process.communicate()
    assert process.returncode == 3
    assert len(err.splitlines()) == 1
    assert len(tap.published) == by_then


async def test_a_recipient_that_is_not_known(child: Household, tap: Tap) -> None:
    device = await asyncio.to_thread(device_of, child)
    for wrong in (
        ["publish", device, "mqtt://127.0.0.1:1"],
        ["publish", device, "mqtt://192.0.2.7"],
        ["publish", device, f"mqtt://127.0.0.1:{tap.port}", "--recipient", "other"],
    ):
        ended = await typed(child, *wrong)
        assert ended.code == 1
        assert len(ended.err.splitlines()) == 1
    mixed_up = await typed(child, "publish", device, "mqtt://127.0.0.1:1", "--recipient", "home")
    assert mixed_up.code == 2
    assert tap.sent == []


async def test_a_broker_that_is_not_there(child: Household, tmp_path: Path) -> None:
    device = await asyncio.to_thread(device_of, child)
    url = f"mqtt://127.0.0.1:{free_port()}"
    await asyncio.to_thread(child.babyn, "recipients", "add", "gone", url)
    await asyncio.to_thread(child.agree, "sharing:gone")
    ended = await typed(child, "publish", device, url)
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
