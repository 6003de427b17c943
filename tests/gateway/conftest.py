"""A real broker for all of these tests, and a wiretap for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from tests.gateway.certificates import Authority
from tests.gateway.household import Household
from tests.gateway.mosquitto import (
    Broker,
    Tap,
    broker_is_required,
    find_broker,
    free_port,
    password_line,
)

USERNAME, PASSWORD = "gateway", "canary-word"


@dataclass(frozen=True)
class Brokers:
    """The listeners of the session's broker."""

    program: str
    plain: int
    """Lets anyone in."""
    guarded: int
    """Wants a password, and lets nobody publish but statuses."""
    tls: int
    """TLS as ``localhost``, vouched for by ``authority``; wants a password."""
    misnamed: int
    """TLS as another host than it is."""
    authority: Authority
    stranger: Authority
    """An authority that vouches for none of them."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no broker, leave out what needs one; ``test_broker.py`` says so."""
    if find_broker() is not None or broker_is_required():
        return
    left_out = [item for item in items if "brokers" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    program = find_broker()
    if program is None:
        pytest.fail("Mosquitto is not installed, and BABYN_REQUIRE_TOOLS=1 requires it")
    directory = tmp_path_factory.mktemp("mosquitto")
    authority = Authority(directory, "authority")
    passwords = directory / "passwords"
    passwords.write_text(password_line(USERNAME, PASSWORD))
    passwords.chmod(0o600)
    nothing = directory / "acl"
    nothing.write_text("topic read #\npattern write babyn/+/status\n")
    nothing.chmod(0o600)
    found = Brokers(
        program,
        plain=free_port(),
        guarded=free_port(),
        tls=free_port(),
        misnamed=free_port(),
        authority=authority,
        stranger=Authority(directory, "stranger"),
    )

    def listener(port: int, *settings: str) -> str:
        return "\n".join((f"listener {port} 127.0.0.1", *settings))

    def tls(*hosts: str) -> str:
        certificate, key = authority.vouch_for(*hosts)
        return f"certfile {certificate}\nkeyfile {key}"

    password = f"allow_anonymous false\npassword_file {passwords}"
    broker = Broker(
        program,
        directory,
        [
            listener(found.plain, "allow_anonymous true"),
            listener(found.guarded, password, f"acl_file {nothing}"),
            listener(found.tls, password, tls("localhost")),
            listener(found.misnamed, password, tls("broker.example")),
        ],
    )
    broker.start()
    yield found
    broker.stop()


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Looks, after everything else is closed, whether a task was started and forgotten."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left


@pytest.fixture
async def tap(brokers: Brokers, no_task_left: None) -> AsyncIterator[Tap]:
    """A wiretap in front of the listener that lets anyone in."""
    tap = Tap(brokers.plain)
    await tap.listen()
    yield tap
    tap.release_answers()
    await tap.vanish()


@pytest.fixture
async def home(tap: Tap) -> AsyncIterator[Household]:
    """A household whose recipient *home* is the broker behind the wiretap."""
    household = Household()
    household.add_recipient(f"mqtt://127.0.0.1:{tap.port}")
    yield household
    await household.aclose()
