"""TLS: the broker proves who it is before anything is said; plaintext never leaves."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from babyn_ble.errors import ConsentRequiredError, RecipientError
from babyn_ble.gateway import MqttCredentials, RecipientUnreachableError, mqtt_connection
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.recipients import Recipient
from tests.gateway.conftest import PASSWORD, USERNAME, Brokers
from tests.gateway.household import Household, Source, reading
from tests.gateway.mosquitto import Tap, soon

CREDENTIALS = MqttCredentials(USERNAME, PASSWORD)

_APPLICATION_DATA = 0x17
_LONGEST_ALERT = 32
"""Bytes; the shortest CONNECT is longer."""


@pytest.fixture
async def tls_tap(brokers: Brokers, no_task_left: None) -> AsyncIterator[Tap]:
    tap = Tap(brokers.tls)
    await tap.listen()
    yield tap
    tap.release_answers()
    await tap.vanish()
    gc.collect()  # a socket that nobody closed warns now, and a warning is an error


@pytest.fixture
async def tls_home(tls_tap: Tap) -> AsyncIterator[Household]:
    home = Household()
    home.add_recipient(f"mqtts://localhost:{tls_tap.port}")
    home.agree_to_share()
    yield home
    await home.aclose()


_sockets: list[str] | None = None


@pytest.fixture(scope="session")
def _audit() -> None:
    def hook(event: str, _arguments: object) -> None:
        if _sockets is not None and event.startswith("socket."):
            _sockets.append(event)

    sys.addaudithook(hook)


@pytest.fixture
def sockets(_audit: None) -> Iterator[Callable[[], list[str]]]:
    """What was done with sockets anywhere in this process, from the first call on."""
    global _sockets

    def watch() -> list[str]:
        global _sockets
        if _sockets is None:
            _sockets = []
        return _sockets

    yield watch
    _sockets = None


def longest_record(data: bytes) -> int:
    """Return the length of the longest TLS record of application data."""
    longest = 0
    while len(data) >= 5:
        length = int.from_bytes(data[3:5], "big")
        if data[0] == _APPLICATION_DATA:
            longest = max(longest, length)
        data = data[5 + length :]
    return longest


async def test_readings_go_to_the_broker_that_proves_itself(
    tls_tap: Tap, tls_home: Household, brokers: Brokers
) -> None:
    source = Source(*map(reading, range(3)))
    source.end()
    publisher = tls_home.publisher(credentials=CREDENTIALS, ca_file=brokers.authority.file)

    await soon(publisher.publish(source))

    assert publisher.published == 3
    assert longest_record(tls_tap.bytes) > _LONGEST_ALERT
    for secret in (b"babyn", b"36.0", b"temperature", USERNAME.encode(), PASSWORD.encode()):
        assert secret not in tls_tap.bytes


@pytest.mark.parametrize("trusted", ["stranger", "system"])
async def test_a_broker_vouched_for_by_nobody_trusted_is_refused(
    tls_tap: Tap, tls_home: Household, brokers: Brokers, trusted: str
) -> None:
    """Mutant: verification off; then anyone on the way reads along."""
    ca_file = brokers.stranger.file if trusted == "stranger" else None
    source = Source(reading())
    publisher = tls_home.publisher(credentials=CREDENTIALS, ca_file=ca_file)

    with pytest.raises(RecipientError, match="could not prove") as caught:
        await soon(publisher.publish(source))

    assert not isinstance(caught.value, RecipientUnreachableError)
    assert "localhost" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert not source.asked
    await tls_tap.until(lambda: tls_tap.open == 0)
    assert longest_record(tls_tap.bytes) <= _LONGEST_ALERT


async def test_a_certificate_for_another_host_is_refused(
    brokers: Brokers, tls_home: Household
) -> None:
    """Mutant: the host name is not compared; then any broker of that authority will do."""
    tls_home.add_recipient(f"mqtts://localhost:{brokers.misnamed}")
    tls_home.agree_to_share()
    publisher = tls_home.publisher(credentials=CREDENTIALS, ca_file=brokers.authority.file)

    with pytest.raises(RecipientError, match="could not prove"):
        await soon(publisher.publish(Source(reading())))


async def test_a_port_without_tls_is_no_way_around_it(brokers: Brokers, no_task_left: None) -> None:
    """Mutant: a fall-back to plaintext."""
    tap = Tap(brokers.plain)
    await tap.listen()
    home = Household()
    home.add_recipient(f"mqtts://localhost:{tap.port}")
    home.agree_to_share()

    with pytest.raises(RecipientUnreachableError):
        await soon(home.publisher(ca_file=brokers.authority.file).publish(Source(reading())))

    await tap.until(lambda: tap.open == 0)
    assert all(data[:1] in (bytearray(), bytearray(b"\x16")) for data in tap.sent)
    await tap.vanish()
    await home.aclose()


@pytest.mark.parametrize("state", ["handshake", "waiting", "unacknowledged"])
async def test_withdrawal_over_tls(
    tls_tap: Tap,
    tls_home: Household,
    brokers: Brokers,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
) -> None:
    """Mutant: the handshake, or a polite end, goes on after the withdrawal."""
    monkeypatch.setattr(mqtt_connection, "CONNECT_TIMEOUT", 3600)
    if state == "handshake":
        tls_tap.hold_answers()
    source = Source()
    publisher = tls_home.publisher(credentials=CREDENTIALS, ca_file=brokers.authority.file)
    publishing = asyncio.create_task(publisher.publish(source))
    await tls_tap.until(lambda: bool(tls_tap.bytes))
    if state != "handshake":
        taken = asyncio.Event()
        source.put(on_taken=taken.set)
        await soon(taken.wait())
    if state == "unacknowledged":
        tls_tap.hold_answers()
        sent = len(tls_tap.bytes)
        source.put(reading())
        await tls_tap.until(lambda: len(tls_tap.bytes) > sent)
    before = tls_tap.bytes

    await tls_home.withdraw()
    await tls_tap.until(lambda: tls_tap.open == 0)
    tls_tap.release_answers()
    source.put(reading(1))
    with pytest.raises(ConsentRequiredError):
        await soon(publishing)

    assert tls_tap.bytes == before
    assert publisher.published == 0


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("mqtt://192.0.2.7", "may not leave this machine"),
        ("mqtt://broker.example", "may not leave this machine"),
        ("mqtts://broker.example", "must know who connects"),
    ],
)
@pytest.mark.requirement("BN-SHR-09")
async def test_an_unsafe_way_is_refused_before_any_socket(
    tap: Tap, home: Household, sockets: Callable[[], list[str]], endpoint: str, why: str
) -> None:
    """Mutant: the way is looked at after the name was resolved, or the socket made."""
    entry = home.recipients.get("home").model_dump() | {"endpoint": endpoint, "country": "NL"}
    home.register.recipients.put(Recipient.model_validate(entry))
    home.agree_to_share()
    home.agree(ConsentScope.cross_border("NL"))

    seen = sockets()
    with pytest.raises(RecipientError, match=why):
        await soon(home.publisher().publish(Source(reading())))
    assert seen == []

    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}")  # the control
    home.agree_to_share()
    source = Source()
    source.end()
    await soon(home.publisher().publish(source))
    assert "socket.connect" in seen


class Proxied(socket.socket):
    """A socket that leads elsewhere, as those of PySocks do."""


async def test_plaintext_takes_no_way_round_by_a_proxy(
    tap: Tap, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: paho's proxy from the environment takes plaintext to another machine."""
    home.agree_to_share()

    def create_connection(address: tuple[str, int], **_: object) -> socket.socket:
        sock = Proxied()
        sock.connect(address)
        return sock

    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(RecipientError, match="proxy"):
        await soon(home.publisher().publish(Source(reading())))

    await tap.until(lambda: tap.open == 0)
    assert tap.bytes == b""
