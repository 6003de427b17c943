"""A world: an air with the device on it, a store, one or two companions, and people."""

from __future__ import annotations

import asyncio
import contextlib
import copy
from collections import Counter
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import bleak

from babyn_ble import clock as companion_clock
from babyn_ble.privacy import ConsentScope, ConsentStatus, Keys, MemoryKeys, Vault, notices
from babyn_ble.privacy.checkpoints import MemoryPlace
from babyn_ble.privacy.events import Earlier
from babyn_ble.readings import Quantity
from babyn_ble.store import SealedReading
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air, PathLoss
from tests.privacy.trace.broker import Broker, WireLoop
from tests.privacy.trace.lives import Lives
from tests.privacy.trace.member import Member
from tests.privacy.trace.oracle import OTHERS, TEARDOWN, VALID_FOR, Oracle
from tests.privacy.trace.patch import Patch
from tests.privacy.trace.people import set_up
from tests.privacy.trace.programs import Program
from tests.privacy.trace.shelves import FileShelf, MemoryShelf, Restore, Shelf
from tests.privacy.trace.trace import OF_THE_ROOM, POINTS, Event, Measured, What

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A backup of the store."""

    restore: Restore
    length: int
    stand: dict[str, tuple[ConsentStatus, Earlier]]


class World:
    """One world, in which one program runs.

    Attributes:
        program: what happens.
        trace: what was seen.
        objections: what there is to say against it.
        points: how often each enforcement point let something pass, or stopped it.
        refusals: how often each consent was missed by something that was to be done.
        lives: what stands in its ledger.
    """

    def __init__(self, program: Program) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, WireLoop)
        self.loop = loop
        self.program = program
        self.oracle = Oracle(unattended=program.unattended)
        self.trace: list[Event] = []
        self.objections: list[str] = []
        self.points: Counter[tuple[int, str]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.lives = Lives()
        self.air = Air(rssi=PathLoss(noise=0))
        self.patch = Patch(self.air, Entropy(program.number, "patch"), loop.utc_now, program.parts)
        self.broker = Broker(loop, self._came_to_broker, self._received)
        self.keys = MemoryKeys(bytes(range(32)))
        self.checkpoints = MemoryPlace()
        """Where checkpoints are kept: apart from the store, and not in its copies."""
        self.shared = program.companions > 1 or program.sqlite
        self.members: dict[int, Member] = {}
        self.shelf: Shelf = FileShelf() if program.sqlite else MemoryShelf(shared=self.shared)
        self._copy: _Copy | None = None
        self._older = False
        """Whether an older copy is in the place of the store."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.slept = 0.0
        """Seconds for which the machine has slept."""
        self._turn = 0
        """Raised with everything that may make a consent hold again, or start its end anew."""
        self._watched: set[tuple[Member, str, int]] = set()
        texts = notices._texts("en")  # pyright: ignore[reportPrivateUsage] - there is no other way
        self._texts = {"en": copy.deepcopy(texts)}

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, program: Program) -> AsyncGenerator[World]:
        """Set a world up, and take it down afterwards."""
        world = cls(program)
        with (
            _replaced(notices, "_texts", world._texts.__getitem__),
            # Time counts as that of any loop: so leases are kept, and brokers can be reached.
            _replaced(companion_clock.LoopClock, "virtual", False),
            world._system(),
            world.broker.reachable(),
        ):
            await world.patch.power_on()
            for index in range(program.companions):
                await world._open(index)
            set_up(world.members[0].babyn, program.kind)
            world.members[0].person.put_recipient(program.recipient)
            try:
                yield world
            finally:
                for member in world.members.values():
                    await member.close()
                await world.patch.power_off()
                for task in world._tasks:
                    task.cancel()
                world.shelf.remove()

    @property
    def awake(self) -> float:
        """Seconds for which the machine was awake."""
        return self.loop.time() - self.slept

    # What it is told

    def tell(self, what: What, member: Member) -> None:
        """Put an event into the trace, and have the oracle look at it."""
        self._add(Event(what, member.index, self.awake, self.loop.utc_now()), member)

    def _came_to_broker(self, what: What) -> None:
        if 0 in self.members:  # worlds with two companions do not publish
            self.tell(what, self.members[0])

    def _received(self, quantity: object, value: object) -> None:
        measured = self.patch.told.measured(quantity, value)
        self.about(What.SENT, self.members[0], {quantity: [measured]})

    def kept(self, member: Member, readings: Sequence[SealedReading]) -> None:
        """Put readings that are being kept into the trace."""
        store = member.store.inner
        vault = Vault(store, Keys.open(store, self.keys))
        by_quantity: dict[object, list[Measured]] = {}
        for subject in dict.fromkeys(reading.subject_id for reading in readings):
            for row in list(vault.readings(subject))[-len(readings) :]:
                measured = self.patch.told.measured(row["quantity"], row["value"])
                by_quantity.setdefault(row["quantity"], []).append(measured)
        self.about(What.KEPT, member, by_quantity)

    def about(
        self, what: What, member: Member, by_quantity: Mapping[object, Sequence[Measured]]
    ) -> None:
        """Put an event with readings into the trace: one for each quantity."""
        for quantity, measured in by_quantity.items():
            room = quantity == Quantity.AIR_TEMPERATURE
            kind = OF_THE_ROOM[what] if room else what
            now = self.loop.utc_now()
            self._add(Event(kind, member.index, self.awake, now, tuple(measured)), member)

    def refused(self, missing: Sequence[str]) -> None:
        """Count the consents that something was refused for."""
        self.refusals.update(missing)

    def _add(self, event: Event, member: Member) -> None:
        self.trace.append(event)
        for objection in self.oracle.objections(event):
            self.object(f"{event}: {objection}")
        missing = self.oracle.lacking(event.what, event.moment)
        if missing and event.what is What.ADVERTISED and member.seeing:
            self._watch(member, "scan")
        elif missing and event.what in (What.STATUS_CAME, What.HEALTH_CAME, What.ROOM_CAME):
            self._watch(member, "link")
        if event.what is What.READING and self.oracle.lacking(What.KEPT, event.moment):
            self.reached(5, "stopped")  # it was shown, and not kept
        if event.what is What.READING and "room" in self.program.parts:
            self.refused(sorted(self.oracle.lacking(What.ROOM_READING, event.moment)))
        point = POINTS.get(event.what)
        if point is not None:
            self.reached(point, "stopped" if missing else "passed")

    def object(self, objection: str) -> None:
        """Note an objection."""
        self.objections.append(objection)

    def reached(self, point: int, how: str) -> None:
        """Count an enforcement point."""
        self.points[point, how] += 1

    def gave(self, scope: ConsentScope, policy: int) -> None:
        """Note that somebody agreed, under an edition of the policy."""
        self._turn += 1
        self.oracle.gave(str(scope), self.loop.utc_now(), policy)

    def ended(self, scope: ConsentScope, member: Member, *, returned: bool) -> None:
        """Note that somebody ended a consent."""
        self._revoking()
        now, at = self.loop.utc_now(), self.awake
        self.oracle.ends(str(scope), now, at, member.index, returned=returned)

    def changed(self, member: Member, *scopes: str) -> None:
        """Note that what people agreed to under has changed, through a companion."""
        self._revoking()
        now, at = self.loop.utc_now(), self.awake
        self.oracle.changed(frozenset(scopes or VALID_FOR), now, at, member.index)

    # Whether what has to be closed is closed

    def _revoking(self) -> None:
        if any(member.doing() for member in self.members.values()):
            self.reached(8, "stopped")
        self._turn += 1
        self._watch_all()

    def _watch_all(self) -> None:
        for member in self.members.values():
            for what in ("scan", "link", "call"):
                self._watch(member, what)

    def _watch(self, member: Member, what: str) -> None:
        """Something is noticed now: when there was time to close it, look whether it is closed."""
        watch = (member, what, self._turn)
        if watch not in self._watched:
            self._watched.add(watch)
            self.loop.call_later(TEARDOWN + OTHERS, self._look, *watch)

    def _look(self, member: Member, what: str, turn: int) -> None:
        self._watched.discard((member, what, turn))
        if (
            turn == self._turn
            and not member.is_dead()
            and any(
                member.index in self.oracle.doubts
                or self.oracle.lacking(needed, self.loop.utc_now())
                for needed in member.open_still(what)
            )
        ):
            self.object(f"{self.loop.time():10.3f} #{member.index}: the {what} is still open")

    # Time

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        passed = self.loop.create_future()
        self.loop.call_later(seconds, passed.set_result, None)
        await passed

    async def settle(self) -> None:
        """Let happen what can happen without time passing."""
        for _ in range(3):
            await self.pass_time(0.0)

    def sleep(self, seconds: float) -> None:
        """Let time pass while nothing runs, as when the machine sleeps."""
        self.slept += seconds
        self.loop.jump(seconds)
        self._time_leapt()

    def set_clock(self, seconds: float) -> None:
        """Set the machine's date and time forward, or back."""
        self.loop.set_utc_now(self.loop.utc_now() + timedelta(seconds=seconds))
        self._time_leapt()

    def _time_leapt(self) -> None:
        self.patch.told.clock_set()
        self.oracle.leapt_at = self.awake
        self._turn += 1
        if self.shared:  # where leases are renewed, the end of a consent is noticed by itself
            self._watch_all()

    def measure(self, age: float) -> None:
        """Have the device tell what it measured some seconds ago."""
        work = self.patch.measure(age)
        task = self.loop.create_task(work, name="patch")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # The store, and who works on it

    async def _open(self, index: int) -> None:
        self.oracle.doubts.pop(index, None)
        member = Member(self, index)
        self.members[index] = member
        await member.open()
        if self.trace or self.points:
            self.reached(9, "stopped" if self.oracle.damaged else "passed")

    async def reopen(self, member: Member, *, crash: bool) -> None:
        """End a companion, and start another one on the same store."""
        self._turn += 1
        if self._older:  # whoever starts on it knows that by its checkpoint
            for each in self.members.values():
                await each.crash()
            self.oracle.damaged = True
            for index in tuple(self.members):
                await self._open(index)
            return
        await (member.crash() if crash else member.close())
        await self._open(member.index)

    async def _reopen_all(self) -> None:
        for member in tuple(self.members.values()):
            await self.reopen(member, crash=True)

    async def upgrade(self, scope: ConsentScope) -> None:
        """Install a version of the companion that has another notice for a consent."""
        for member in tuple(self.members.values()):
            await member.crash()
        self.oracle.damaged |= self._older
        own = self._texts["en"][scope.kind]
        self.oracle.notices[str(scope)] += 1
        own["title"] += f" {self.oracle.notices[str(scope)]}"
        concerned = frozenset({str(scope)})
        self.oracle.changed(concerned, self.loop.utc_now(), self.awake, min(self.members))
        for index in tuple(self.members):
            await self._open(index)

    def copy_store(self) -> None:
        """Make a backup of the store."""
        if not self.oracle.damaged and not self._older:
            length = self.members[0].store.inner.head()
            self._copy = _Copy(self.shelf.copied(), length, self.lives.stand())

    async def restore(self) -> None:
        """Put the backup in the place of the store, while nobody works on it."""
        if self._copy is None:
            return
        for member in tuple(self.members.values()):
            await member.crash()
        self._put_back(self._copy)
        self.oracle.damaged = self._older
        self.reached(10, "stopped" if self._older else "passed")
        for index in tuple(self.members):
            await self._open(index)

    async def put_back(self) -> None:
        """Put the backup in the place of the store, while companions work on it."""
        if self._copy is None or self.oracle.damaged or not self.shared or self.program.sqlite:
            return
        self._put_back(self._copy)
        if not self._older:
            return
        self.reached(10, "stopped")
        self._turn += 1
        self.oracle.doubts = dict.fromkeys(self.members, self.awake)
        self._watch_all()

    def _put_back(self, backup: _Copy) -> None:
        backup.restore()
        self.lives.restored(backup.stand)
        self._older = backup.length < max(self.checkpoints.kept)

    async def damage(self, which: int) -> None:
        """Damage an entry of the ledger, while nobody works on the store."""
        for member in tuple(self.members.values()):
            await member.crash()
        if self.shelf.damage(which):
            self.oracle.damaged = True
        for index in tuple(self.members):
            await self._open(index)

    # What is put in the place of what the companion finds

    @contextlib.contextmanager
    def _system(self) -> Generator[None]:
        """Have bleak's own names lead to the central of the first companion."""
        world = self

        class Scanner(bleak.BleakScanner):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, backend=world.members[0].platform.scanner, **options)

        class Client(bleak.BleakClient):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, backend=world.members[0].platform.client, **options)

        with contextlib.ExitStack() as stack:
            if self.program.os:
                stack.enter_context(_replaced(bleak, "BleakScanner", Scanner))
                stack.enter_context(_replaced(bleak, "BleakClient", Client))
            yield


@contextlib.contextmanager
def _replaced(owner: object, name: str, value: object) -> Generator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
