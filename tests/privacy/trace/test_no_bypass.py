"""No flag, variable, configuration, radio or kind of subject opens anything without a grant.

The commands, their options, the variables and the methods are collected from the code itself:
a new one is tried without anybody adding it here.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import shutil
from collections.abc import AsyncGenerator, Awaitable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from babyn_ble import BoundDevice, Companion
from babyn_ble.errors import BabynError, ConsentRequiredError
from babyn_ble.gateway import MqttRecipient, hand_over
from babyn_ble.privacy import OWN_SCOPES, SubjectKind
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.rights.deliveries import Deliveries
from babyn_ble.privacy.rights.notices import NOTICE_KIND, DeletionNotice, DeletionNotices
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated
from tests.cli.terminal import Household, babyn
from tests.client.steps import give_typed
from tests.privacy.trace.command_line import commands, typed, variables
from tests.privacy.trace.member import handed_in
from tests.privacy.trace.outside import watched
from tests.privacy.trace.people import set_up

REAL_RADIOS = ("os", "hci:tcp-client:127.0.0.1:9")
KINDS = ("nobody", *(kind.value for kind in SubjectKind))
SIMULATED_ONLY = ("demo",)
"""Commands that bring a simulation of their own, in this process, whatever radio is named."""


@pytest.fixture(scope="module")
def households(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directories, one for each kind of subject, in which nobody has agreed to anything."""
    folder = tmp_path_factory.mktemp("households")
    for kind in KINDS:
        household = Household(folder / kind, "os")
        if kind != "nobody":
            household.set_up(kind)
        else:
            household.babyn("consent", "show")
    return folder


@pytest.mark.parametrize("radio", REAL_RADIOS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_command_opens_anything(
    households: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, radio: str
) -> None:
    """Mutant: a flag, a kind of subject or a kind of radio for which the gate is not asked."""
    monkeypatch.chdir(tmp_path)  # some of them write files
    tried = 0
    for words, parameters in commands():
        if words[0] in SIMULATED_ONLY:
            continue
        household = Household(tmp_path / "-".join(words), radio)
        shutil.copytree(households / kind, household.directory)
        for arguments in typed(parameters):
            with watched() as left:
                household.babyn(*words, *arguments)
            assert left == [], f"babyn {' '.join((*words, *arguments))}"
            tried += 1
    assert tried > 150  # the control: there are commands, and they have options


def test_the_demonstration_leaves_this_process_alone() -> None:
    """Mutant: it opens a radio of the system's, or looks for a network."""
    [(words, parameters)] = [each for each in commands() if each[0] == SIMULATED_ONLY]
    assert parameters
    with watched() as left:
        assert babyn(*words).code == 0
    assert left == []


@pytest.mark.parametrize("variable", variables())
def test_no_variable_opens_anything(
    households: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Mutant: a variable that stands in for a consent."""
    for kind, value in itertools.product(KINDS, ("1", "true", "yes", "all", "os", "{}", "")):
        if variable != "BABYN_DATA_DIR":
            monkeypatch.setenv("BABYN_DATA_DIR", str(households / kind))
        monkeypatch.setenv(variable, value)
        monkeypatch.chdir(households)
        for command in (["scan", "--timeout", "0.1"], ["watch"], ["inspect", "C0:00:00:00:00:02"]):
            with watched() as left:
                babyn(*command)
            assert left == []


def test_with_consent_the_observers_see_it(tmp_path: Path) -> None:
    """The control for all of the above."""
    seen: list[list[str]] = []
    for number, radio in enumerate(REAL_RADIOS):
        household = Household(tmp_path / str(number), radio)
        household.set_up("test_article")
        household.agree("location", "bluetooth", "background_collection")
        with watched() as left:
            household.babyn("scan", "--timeout", "0.1")
        seen.append(left)
    assert seen[0][-2:] == ["a real scanner", "a real scan"]  # after a look at the adapter
    assert "socket.connect" in seen[1]


# The library


_ARGUMENTS: dict[str, list[object]] = {
    "timeout": [0.1, None],
    "wanted": ["Patch"],
    "target": [handed_in()],
    "ble_device": [handed_in(), None],
    "pair": [True, False],
    "setup_code": [None, "12345678"],
    "keep_readings": [True, False],
    "id": ["x"],
    "act": list(Act),
    "recipient": [None, "home"],
}
"""What a method gets for a parameter of this name. A new name has to be added here."""


def _calls(companion: Companion, device: BoundDevice) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield every public method with every combination of its arguments."""
    for name, method in inspect.getmembers(type(companion), inspect.isfunction):
        if name.startswith("_") or name in ("close", "aclose"):
            continue
        parameters = list(inspect.signature(method).parameters)[1:]
        values = [[device] if each == "device" else _ARGUMENTS[each] for each in parameters]
        for chosen in itertools.product(*values):
            yield name, dict(zip(parameters, chosen, strict=True))


async def _to_the_end(result: object) -> None:
    """Wait for whatever a method returned; what was let through may go on for ever."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await _ended(result)


async def _ended(result: object) -> None:
    if inspect.isasyncgen(result):
        async with contextlib.aclosing(cast("AsyncGenerator[object]", result)) as items:
            async for _ in items:
                pass
    elif isinstance(result, contextlib.AbstractAsyncContextManager):
        async with cast("contextlib.AbstractAsyncContextManager[object]", result):
            pass
    elif inspect.isawaitable(result):
        await cast("Awaitable[object]", result)


@pytest.mark.parametrize("radio", REAL_RADIOS)
@pytest.mark.parametrize("kind", KINDS)
async def test_no_method_opens_anything(kind: str, radio: str) -> None:
    """Mutant: a method, or one of its arguments, for which the gate is not asked."""
    connected: list[object] = []

    async def establish(*arguments: Any, **_options: Any) -> Any:
        connected.append(arguments)
        raise OSError

    tried: set[str] = set()
    async with Companion.open(
        MemoryStore(), radio=radio, establish_connection=establish
    ) as companion:
        if kind != "nobody":
            set_up(companion, SubjectKind(kind))
        for name, arguments in _calls(companion, _device(companion)):
            with watched() as left, contextlib.suppress(BabynError, ValueError):
                await _to_the_end(getattr(companion, name)(**arguments))
            assert left == [], f"{name}({arguments})"
            tried.add(name)
    assert connected == []
    assert {"scan", "find", "bind", "connect", "inspect"} <= tried


async def test_a_synthetic_subject_opens_no_real_radio_with_every_consent() -> None:
    """Mutant: the kind of radio is not looked at."""
    async with Companion.open(MemoryStore(), radio="os") as companion:
        set_up(companion, SubjectKind.SYNTHETIC)
        give_simulated(companion)
        with watched() as left:
            for name, arguments in _calls(companion, _device(companion)):
                with contextlib.suppress(BabynError, ValueError):
                    await _to_the_end(getattr(companion, name)(**arguments))
        assert left == []
        with pytest.raises(ConsentRequiredError):
            companion.require(Act.CONNECT)


async def test_with_consent_a_method_opens_it() -> None:
    """The control."""
    async with Companion.open(MemoryStore(), radio="os") as companion:
        set_up(companion, SubjectKind.TEST_ARTICLE)
        give_typed(companion, OWN_SCOPES)
        with watched() as left:
            await _to_the_end(companion.scan(timeout=0.01))
        assert left[-2:] == ["a real scanner", "a real scan"]  # after a look at the adapter


async def test_a_deletion_notice_leads_to_who_got_data_and_nobody_else() -> None:
    """The one thing that needs no consent. Mutant: whoever is named in one is connected to."""
    async with Companion.open(MemoryStore(), radio="os") as companion:
        set_up(companion, SubjectKind.CHILD)
        [subject] = companion.consent.subjects()
        notices = DeletionNotices(companion.vault)
        entry = MqttRecipient.own_broker("mqtt://127.0.0.1:9", contact="at home")
        document = {"devices": ["0" * 20], "issued_at": ""}
        typed_in = DeletionNotice(
            id="0" * 16, recipient=entry.model_dump(mode="json"), document=document
        )
        companion.vault.put(NOTICE_KIND, typed_in.id, typed_in)
        with watched() as left:
            await hand_over(notices)
        assert left == []

        now = companion.consent.clock.now()
        Deliveries(companion.vault).begun(subject, entry, "1" * 20, now)
        notices.issue(subject, now)
        with watched() as left:  # the control
            await hand_over(notices)
        assert "socket.connect" in left


def _device(companion: Companion) -> BoundDevice:
    """Return a device as if it had been bound."""
    return BoundDevice(
        id="x",
        subject=next(iter(companion.consent.subjects()), "subject-0000000000000000"),
        model="thermometer",
        address=handed_in().address,
        paired=False,
        bound_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
