"""What is used of aiomqtt and paho beyond what they promise, and what is kept from them.

If one of these fails after an update of theirs, :mod:`babyn_ble.gateway.mqtt_connection` has
to be looked at, before anything is sent with it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import cast

import aiomqtt
import pytest

from babyn_ble.errors import ConsentRequiredError, RecipientError
from babyn_ble.gateway.mqtt_connection import MqttConnection
from babyn_simulator.clock import VirtualTimeLoop
from tests.gateway.conftest import Brokers
from tests.gateway.household import Household, Source, reading
from tests.gateway.mosquitto import PATIENCE, Tap, soon
from tests.gateway.test_publish import publish_all
from tests.gateway.test_recipients import ask


class Probed(MqttConnection):
    """A connection whose permit's death nobody tells it about."""

    def queue(self, topic: str, payload: bytes) -> None:
        """Queue a message in paho, past every check of ours but the last."""
        self._client.paho.publish(topic, payload, qos=1)

    @property
    def keepalive_task(self) -> asyncio.Task[None] | None:
        return self._client.keepalive_task


@pytest.fixture
async def probed(tap: Tap, home: Household) -> AsyncIterator[Probed]:
    home.agree_to_share()
    permit = ask(home)
    connection = Probed(
        home.recipients.get("home").target, recipient="home", permit=permit, client_id="probe"
    )
    await connection.open()
    yield connection
    await connection.close()
    permit.release()


async def test_the_gate_stands_in_front_of_the_socket(
    tap: Tap, home: Household, probed: Probed
) -> None:
    """Mutant: no check before the write; what is queued when consent ends still leaves."""
    probed.queue("babyn/control", b"control")  # the control: this way does lead out
    await tap.until(lambda: tap.acknowledged == 1)
    before = tap.bytes

    await home.withdraw()
    probed.queue("babyn/canary", b"canary")
    await tap.until(lambda: tap.open == 0)

    assert tap.bytes == before


async def test_nothing_is_sent_after_the_cut(tap: Tap, probed: Probed) -> None:
    """Mutant: the socket is closed some time later, and paho's queue goes out until then."""
    probed.queue("babyn/canary", b"canary")
    probed.cut()
    await probed.close()
    await tap.until(lambda: tap.open == 0)

    assert [packet.kind for packet in tap.packets] == ["CONNECT"]
    assert not probed.is_open
    assert probed.keepalive_task is not None
    assert probed.keepalive_task.done()


async def test_closing_twice_and_from_two_sides_is_no_error(probed: Probed) -> None:
    await asyncio.gather(probed.close(), probed.finish(), probed.close())
    await probed.close()


@pytest.mark.parametrize("end", ["withdrawal", "cancellation"])
@pytest.mark.parametrize("endpoint", ["mqtt://127.0.0.1", "mqtts://localhost"])
async def test_a_connection_that_is_made_too_late_is_not_used(
    tap: Tap, home: Household, monkeypatch: pytest.MonkeyPatch, endpoint: str, end: str
) -> None:
    """Mutant: the thread that connects goes on after the end, and greets the broker."""
    home.add_recipient(f"{endpoint}:{tap.port}")
    home.agree_to_share()
    connecting, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    connect = cast("Callable[..., socket.socket]", socket.create_connection)

    def slow_connection(*args: object, **keywords: object) -> socket.socket:
        loop.call_soon_threadsafe(connecting.set)
        assert go_on.wait(PATIENCE)
        return connect(*args, **keywords)

    monkeypatch.setattr(socket, "create_connection", slow_connection)
    publishing = asyncio.create_task(home.publisher().publish(Source(reading())))
    await connecting.wait()

    if end == "withdrawal":
        await home.withdraw()
        expected: type[BaseException] = ConsentRequiredError
    else:
        publishing.cancel()
        expected = asyncio.CancelledError
    with pytest.raises(expected):
        await soon(publishing)
    go_on.set()
    await tap.until(lambda: len(tap.sent) == 1 and tap.open == 0)

    assert tap.bytes == b""


async def test_nothing_is_logged_of_what_is_sent(
    tap: Tap, home: Household, brokers: Brokers, caplog: pytest.LogCaptureFixture
) -> None:
    """Mutant: paho logs to its usual logger: topics, hosts, errors."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="mqtt")
    home.agree_to_share()
    pseudonym = home.recipients.pseudonym(
        "home", subject=home.subject.subject_id, device=reading().device
    )

    await publish_all(home.publisher(), reading())
    await tap.vanish()
    with pytest.raises(RecipientError):
        await soon(home.publisher().publish(Source(reading())))
    ours = caplog.text

    async with aiomqtt.Client("127.0.0.1", brokers.plain) as bare:  # the control
        await bare.publish(f"babyn/{pseudonym}/own-use/temperature", b"36.000")

    assert pseudonym in caplog.text
    for canary in (pseudonym, "babyn/", "36.000", str(tap.port), "127.0.0.1"):
        assert canary not in ours


async def test_the_extra_is_named_when_it_is_missing(
    tap: Tap, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.agree_to_share()
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    for module in ("mqtt_connection", "mqtt_sending"):
        monkeypatch.delitem(sys.modules, f"babyn_ble.gateway.{module}", raising=False)

    with pytest.raises(RecipientError, match=r"pip install 'babyn-ble\[mqtt\]'"):
        await soon(home.publisher().publish(Source(reading())))
    assert tap.sent == []


def test_importing_the_gateway_loads_no_extra() -> None:
    """Mutant: a module of the gateway imports aiomqtt (or bleak) when it is imported."""
    program = (
        "import sys, babyn_ble.gateway as gateway\n"
        "extras = {'aiomqtt', 'paho', 'bleak', 'bumble', 'sqlalchemy'}\n"
        "print(sorted(extras & {name.partition('.')[0] for name in sys.modules}))\n"
        "import babyn_ble.gateway.mqtt_connection\n"
        "print('aiomqtt' in sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ
    )
    assert result.stdout.splitlines() == ["[]", "True"]


class WithoutReaders(asyncio.SelectorEventLoop):
    """An event loop that cannot watch sockets for others, as Windows' default one."""

    add_reader = asyncio.AbstractEventLoop.add_reader


@pytest.mark.parametrize(
    ("loop_factory", "why"),
    [(WithoutReaders, "SelectorEventLoop"), (VirtualTimeLoop, "wall-clock time")],
)
def test_an_event_loop_that_cannot_do_it_is_named(
    loop_factory: Callable[[], asyncio.AbstractEventLoop], why: str
) -> None:
    async def publish() -> None:
        home = Household()
        home.add_recipient("mqtt://127.0.0.1")
        home.agree_to_share()
        with pytest.raises(RecipientError, match=why):
            await soon(home.publisher().publish(Source(reading())))
        await home.aclose()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(publish())
