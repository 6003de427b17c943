"""Killed with SIGKILL at each point of a withdrawal, in a process of its own.

An accident: what was on the disk stands, before that nothing has happened, and opening again
finds no damage. The points are reached in the store and the place that the process is given.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from babyn_ble.clock import SystemClock
from babyn_ble.privacy.checkpoints import FilePlace
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from babyn_ble.store.sql import SqlStore
from tests.privacy.household import SCAN, Household
from tests.privacy.processes import MASTER, Process, known

pytestmark = pytest.mark.requirement("BN-SEC-05")

_KILLED_AT = """
from contextlib import contextmanager

class Store(SqlStore):
    @contextmanager
    def _write(self, engine=None):
        with super()._write(engine) as connection:
            yield connection
            reached("written, not committed", engine is None)

    def append(self, build):
        row = super().append(build)
        reached("committed, no checkpoint")
        return row

    def put(self, record, *, only_new=False):
        reached("before the snapshot", record.kind == "ledger-state")
        kept = super().put(record, only_new=only_new)
        reached("after the snapshot", record.kind == "ledger-state")
        return kept

class Place(FilePlace):
    def keep(self, size, data):
        link = os.link
        def killing(source, target):
            reached("checkpoint written, without a name")
            link(source, target)
            reached("checkpoint named, the smaller one still there")
        os.link = killing
        try:
            super().keep(size, data)
        finally:
            os.link = link
        reached("all done")

armed = False

def reached(point, really=True):
    if armed and really and point == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

home = opened()
home.subject = home.register.subject(home.id)
bluetooth = ConsentScope.parse("bluetooth")
while home.store.head() < 30:
    home.register.request(home.id, bluetooth)
    home.register.defer(home.id, bluetooth)
home.register.request(home.id, bluetooth)  # the next is entry 32, and the second snapshot
say("ready")
armed = True
asyncio.run(home.withdraw(ConsentScope.parse("location")))
say("survived")
"""


if hasattr(signal, "SIGKILL"):

    @pytest.fixture
    def directory(tmp_path: Path) -> tuple[Path, str]:
        """A store in which location is agreed to, with its checkpoints beside it."""
        data = tmp_path / "data"
        store = SqlStore.open(data)
        home = Household(store, clock=SystemClock(), keys=MASTER, places=[FilePlace(data)])
        home.agree(LOCATION, BLUETOOTH)
        store.close()
        return data, home.id

    @pytest.mark.parametrize(
        ("point", "stands"),
        [
            ("written, not committed", False),
            ("committed, no checkpoint", True),
            ("checkpoint written, without a name", True),
            ("checkpoint named, the smaller one still there", True),
            ("before the snapshot", True),
            ("after the snapshot", True),
            ("all done", True),
        ],
    )
    def test_killed_while_withdrawing(
        directory: tuple[Path, str], point: str, stands: bool
    ) -> None:
        """An accident. Once it is on the disk it stands; before that nothing has happened.

        Mutant: opening takes a ledger that is longer than its checkpoint for damaged, or a
        checkpoint comes before its entry.
        """
        data, subject_id = directory
        killed = Process(_KILLED_AT, str(data), subject_id, point)
        assert killed.hear() == "ready"
        assert killed.end() == -signal.SIGKILL
        home = Household(
            SqlStore.open(data),
            clock=SystemClock(),
            keys=MASTER,
            subject=known(subject_id),
            places=[FilePlace(data)],
        )
        assert home.register.fault is None
        assert home.allows(SCAN) is not stands
        assert home.register.verify() == home.store.head()
        home.store.close()
