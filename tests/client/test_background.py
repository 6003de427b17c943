"""While nobody is there: nothing without its consent; written down, and visible."""

from __future__ import annotations

import asyncio
import contextlib
import io
import subprocess
import sys
from collections.abc import Sequence

import pytest

from babyn_ble import Companion, ConsentRequiredError
from babyn_ble.privacy import OWN_SCOPES, ConsentScope, PartyRole, SubjectKind
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.background import BACKGROUND_ENDED, BACKGROUND_STARTED, is_attended
from babyn_ble.privacy.purposes import BACKGROUND_COLLECTION
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, give_typed, passing, withdraw
from tests.privacy.household import ATTESTATION, Household, party

WITHOUT = tuple(scope for scope in OWN_SCOPES if scope is not BACKGROUND_COLLECTION)


class StillOpen(MemoryStore):
    """A store that can be looked into after its companion was closed."""

    def close(self) -> None:
        pass


async def service(
    nursery: Nursery, scopes: Sequence[ConsentScope] = OWN_SCOPES, *, attended: bool = False
) -> Companion:
    """Return a companion as a service opens it."""
    companion = Companion.open(StillOpen(), radio=await nursery.radio(), attended=attended)
    set_up_synthetic(companion)
    give_simulated(companion, scopes)
    return companion


def audit(companion: Companion) -> list[bytes]:
    """Return what the ledger says of sessions in the background, in order."""
    rows = [row.entry for row in companion.consent.store.rows()]
    kinds = (BACKGROUND_STARTED.encode(), BACKGROUND_ENDED.encode())
    return [entry for entry in rows if any(b'"kind":"%b"' % kind in entry for kind in kinds)]


@pytest.mark.requirement("BN-BG-01")
@pytest.mark.asyncio
async def test_unattended_it_takes_a_consent_more(babyn_nursery: Nursery) -> None:
    """Searching and connecting. Mutant: a service is asked for what a person is asked for."""
    async with await service(babyn_nursery, WITHOUT, attended=True) as attended:
        device = await attended.bind(await first(attended))  # the control
        assert audit(attended) == []
    async with await service(babyn_nursery, WITHOUT) as unattended:
        before = babyn_nursery.packets
        with pytest.raises(ConsentRequiredError) as refused:
            await first(unattended)
        assert refused.value.missing == ("background_collection",)
        with pytest.raises(ConsentRequiredError) as refused:
            async with unattended.connect(device):
                pass
        assert refused.value.missing == ("background_collection",)
        assert babyn_nursery.packets == before
        assert audit(unattended) == []
        give_simulated(unattended, [BACKGROUND_COLLECTION])
        assert (await first(unattended)).model == "thermometer"


@pytest.mark.requirement("BN-BG-02")
@pytest.mark.asyncio
async def test_each_session_is_written_down_and_visible(babyn_nursery: Nursery) -> None:
    """Mutant: it is written down when it is over only; or each search is a session."""
    companion = await service(babyn_nursery)
    subject = companion.subject.subject_id
    async with companion:
        assert companion.consent.background_sessions(subject) == []
        await first(companion)
        await first(companion)
        [session] = companion.consent.background_sessions(subject)
        assert companion.background.running
        assert [BACKGROUND_STARTED.encode() in entry for entry in audit(companion)] == [True]
        assert session.session_id.encode() in audit(companion)[0]
    _, ended = audit(companion)
    assert session.session_id.encode() in ended
    assert b'"reason":"closed"' in ended
    assert companion.consent.background_sessions(subject) == []


@pytest.mark.requirement("BN-BG-02")
@pytest.mark.asyncio
async def test_it_ends_with_its_consent(babyn_nursery: Nursery) -> None:
    """Mutant: only closing the companion ends it, and the reason is lost."""
    async with await service(babyn_nursery) as companion:
        await first(companion)
        await withdraw(companion, BACKGROUND_COLLECTION)
        assert not companion.background.running
        _, ended = audit(companion)
        assert b'"reason":"consent_ended"' in ended
        before = babyn_nursery.packets
        with pytest.raises(ConsentRequiredError):
            await first(companion)
        await passing(60)
        assert babyn_nursery.packets == before


@pytest.mark.requirement("BN-BG-02")
@pytest.mark.asyncio
async def test_what_a_crash_left_open_is_ended(babyn_nursery: Nursery) -> None:
    """By the next program, if no other is at work. Mutants: never; or also another's."""
    async with await service(babyn_nursery) as companion:
        register, subject = companion.consent, companion.subject.subject_id
        left = register.begin_background(subject)
        register.store.renew_lease("another", 0)
        await first(companion)
        assert len(register.background_sessions(subject)) == 2
        await withdraw(companion, BACKGROUND_COLLECTION)
        register.store.drop_lease("another")
        give_simulated(companion, [BACKGROUND_COLLECTION])
        await first(companion)
        [session] = register.background_sessions(subject)
        assert session.session_id != left
        ended = [entry for entry in audit(companion) if b'"reason":"not_closed"' in entry]
        assert [left.encode() in entry for entry in ended] == [True]


@pytest.mark.requirement("BN-BG-01")
@pytest.mark.asyncio
async def test_what_goes_on_ends_with_its_consent(babyn_nursery: Nursery) -> None:
    """A search and a session. Mutant: unattended they are the acts of a person."""
    async with await service(babyn_nursery) as companion:
        device = await companion.bind(await first(companion))
        ended: list[tuple[str, ...]] = []

        async def scan() -> None:
            try:
                async for _ in companion.scan(timeout=None):
                    pass
            except ConsentRequiredError as error:
                ended.append(error.missing)

        async with companion.connect(device) as session:
            scanning = asyncio.create_task(scan())
            await passing(5)
            before = [session.is_connected, companion.scan_counts.dropped > 0]
            assert before == [True, True]  # the control
            await withdraw(companion, BACKGROUND_COLLECTION)
            assert not session.is_connected
            seen = companion.scan_counts.dropped
            await passing(60)
            assert companion.scan_counts.dropped == seen
            await scanning
        assert ended == [("background_collection",)]


@pytest.mark.requirement("BN-BG-03")
@pytest.mark.asyncio
async def test_on_android_it_takes_the_consent_always(
    babyn_nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the radio's library asks the person for the background permission by itself.

    Mutant: a person at the program is enough.
    """
    monkeypatch.setattr(sys, "getandroidapilevel", lambda: 34, raising=False)
    built: list[str] = []

    def build(*_: object, **_options: object) -> None:
        built.append("scanner")

    monkeypatch.setattr("bleak.BleakScanner", build)
    companion = Companion.open(MemoryStore(), radio="os", attended=True)
    home = Household.__new__(Household)
    home.register = companion.consent
    home.subject = companion.consent.setup(
        controller=party(PartyRole.CONTROLLER),
        consenting_party=party(PartyRole.PARENT),
        attestation=ATTESTATION,
    )
    home.agree(*WITHOUT)
    async with companion:
        with pytest.raises(ConsentRequiredError) as refused:
            await anext(companion.scan())
    assert refused.value.missing == ("background_collection",)
    assert built == []


class Terminal(io.StringIO):
    """A stream with a person at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.requirement("BN-BG-01")
@pytest.mark.parametrize(
    ("streams", "attended"),
    [
        ((io.StringIO(), io.StringIO()), False),
        ((None, None), False),
        ((Terminal(), io.StringIO()), True),
        ((io.StringIO(), Terminal()), True),
        ((None, Terminal()), True),
    ],
)
def test_a_program_that_does_not_say_so_is_attended_at_a_terminal_only(
    streams: tuple[io.StringIO | None, ...], attended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutants: it always is; one end is not looked at; a closed stream is a fault."""
    monkeypatch.setattr(sys, "stdin", streams[0])
    monkeypatch.setattr(sys, "stdout", streams[1])
    for radio in ("os", "hci:tcp-client:127.0.0.1:9"):
        assert is_attended(radio) is attended
        companion = Companion.open(MemoryStore(), radio=radio)
        allowed = False
        set_up_bench(companion, WITHOUT)
        with contextlib.suppress(ConsentRequiredError):
            companion.require(Act.SCAN)
            allowed = True
        assert allowed is attended
        companion.close()
    assert is_attended("sim:nursery")
    for stream in filter(None, streams):
        stream.close()
    assert not is_attended("os")


def set_up_bench(companion: Companion, scopes: Sequence[ConsentScope]) -> None:
    """Set up a board on a bench, whose operator has agreed to something."""
    companion.consent.setup(
        kind=SubjectKind.TEST_ARTICLE,
        controller=party(PartyRole.CONTROLLER),
        consenting_party=party(PartyRole.OPERATOR),
    )
    give_typed(companion, scopes)


IMPORT_EVERYTHING = """
import sys, threading, importlib, pkgutil, os
seen, start = [], threading._start_new_thread
EVENTS = ("socket.connect", "socket.bind", "subprocess.", "os.fork", "os.exec")
sys.addaudithook(lambda event, _: seen.append(event) if event.startswith(EVENTS) else None)
def started(*arguments):
    seen.append("thread")
    return start(*arguments)
threading._start_new_thread = started
import babyn_ble
for module in pkgutil.walk_packages(babyn_ble.__path__, "babyn_ble."):
    importlib.import_module(module.name)
if "control" in sys.argv:
    threading.Thread(target=lambda: None).start()
print(seen, threading.active_count())
"""


@pytest.mark.requirement("BN-BG-01")
def test_importing_starts_nothing() -> None:
    """No thread, no process, no connection, by any module. Mutant: a module starts a thread."""
    for control in ([], ["control"]):
        done = subprocess.run(
            [sys.executable, "-c", IMPORT_EVERYTHING, *control],
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout.strip() == "[] 1") is (control == [])
