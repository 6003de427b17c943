"""Two real processes on one real store."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from babyn_ble.clock import SystemClock
from babyn_ble.privacy import ConsentStatus
from babyn_ble.privacy.checkpoints import FilePlace
from babyn_ble.privacy.purposes import BLUETOOTH, HEALTH_MONITORING, LOCATION, OWN_SCOPES
from babyn_ble.store.sql import SqlStore
from tests.privacy.household import READ, Household
from tests.privacy.processes import MASTER, Process

_ANSWER = """
home = opened()

def answer(permit):
    try:
        permit.check()
    except ConsentRequiredError:
        say("refused")
    else:
        say("passed")
"""

_WATCH = (
    _ANSWER
    + """
async def main():
    permit, other = home.permit(READ), home.permit(LINK)
    async def teardown():
        say("closed")
    permit.on_death(lambda: say("dead"))
    permit.guard("link", teardown)
    say("watching")
    await asyncio.to_thread(sys.stdin.readline)
    answer(permit)
    other.check()
    await home.aclose()
    home.store.close()

asyncio.run(main())
"""
)

_CHECK = (
    _ANSWER
    + """
permit = home.permit(READ)
answer(permit)
for line in sys.stdin:
    answer(permit)
"""
)

_DECIDE = """
home = opened()
home.subject = home.register.subject(home.id)
scope = ConsentScope.parse(sys.argv[3])
say("ready")
sys.stdin.readline()
for _ in range(8):
    home.agree(scope)
    asyncio.run(home.withdraw(scope))
home.store.close()
"""

_DISMISS = """
home = opened()
scope = ConsentScope.parse(sys.argv[3])
say("ready")
sys.stdin.readline()
for _ in range(int(sys.argv[4])):
    home.register.request(home.id, scope)
    home.register.defer(home.id, scope)
home.store.close()
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def home(directory: Path) -> Iterator[Household]:
    store = SqlStore.open(directory)
    places = [FilePlace(directory)]
    home = Household(store, clock=SystemClock(), keys=MASTER, places=places)
    home.agree(*OWN_SCOPES)
    yield home
    store.close()


async def test_a_withdrawal_here_stops_a_companion_there(home: Household, directory: Path) -> None:
    """BN-WDR-01, BN-WDR-04. Mutant: the other process is not waited for."""
    other = Process(_WATCH, str(directory), home.id)
    assert other.hear() == "watching"
    await home.withdraw(HEALTH_MONITORING)
    other.tell()
    heard = [other.hear() for _ in range(3)]
    assert heard[0] == "dead"
    assert sorted(heard) == ["closed", "dead", "refused"]
    assert other.end() == 0
    assert home.store.holders() == {}
    await home.aclose()


if hasattr(signal, "SIGSTOP"):

    async def test_a_process_that_was_stopped_finds_out_first(
        home: Household, directory: Path
    ) -> None:
        """BN-WDR-01. Mutant: a lease is not compared with the clock at each use."""
        other = Process(_CHECK, str(directory), home.id)
        assert other.hear() == "passed"
        other.tell()
        assert other.hear() == "passed"  # the control
        other.popen.send_signal(signal.SIGSTOP)
        other.tell()
        await home.withdraw(HEALTH_MONITORING)
        other.popen.send_signal(signal.SIGCONT)
        assert other.hear() == "refused"
        assert other.end() == 0
        await home.aclose()


def test_two_processes_that_decide_take_turns(home: Household, directory: Path) -> None:
    """BN-SEC-05. Mutant: the ledger's newest entry is read outside the transaction."""
    others = [
        Process(_DECIDE, str(directory), home.id, scope) for scope in ("location", "bluetooth")
    ]
    for other in others:
        assert other.hear() == "ready"
    for other in others:
        other.tell()
    assert [other.end() for other in others] == [0, 0]
    home.register.verify()
    for scope in (LOCATION, BLUETOOTH):
        assert home.register.status(home.id, scope).status is ConsentStatus.WITHDRAWN
        given = [
            recorded
            for recorded in home.register.history(home.id, scope)
            if recorded.event.event_state is ConsentStatus.WITHDRAWN
        ]
        assert len(given) == 8
    assert [row.seq for row in home.store.rows()] == list(range(1, home.store.head() + 1))


@pytest.mark.requirement("BN-SEC-05")
def test_hundreds_of_entries_by_many_processes(home: Household, directory: Path) -> None:
    """None is lost. Mutant: who was behind gives up, or takes a number that is taken."""
    before, rounds = home.store.head(), 30
    others = [
        Process(_DISMISS, str(directory), home.id, str(scope), str(rounds)) for scope in OWN_SCOPES
    ]
    for other in others:
        assert other.hear() == "ready"
    for other in others:
        other.tell()
    assert [other.end() for other in others] == [0] * len(others)
    assert home.register.verify() == before + len(others) * rounds * 2
    assert home.another().register.fault is None
    kept = max(directory.glob("*.checkpoint"))
    assert int(kept.stem.removeprefix("ledger-")) == home.store.head()


async def test_the_thread_of_the_store_and_the_loop_agree(home: Household) -> None:
    """With SQLite a withdrawal is written off the loop; permits die on it."""
    permit = home.permit(READ)
    died_in = asyncio.get_running_loop().create_future()
    permit.on_death(lambda: died_in.set_result(asyncio.current_task()))
    await home.withdraw(HEALTH_MONITORING)
    assert died_in.done()
    assert not permit.alive
    await home.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
