"""What a platform allows: a no blocks, whatever was agreed to; nothing else does."""

from __future__ import annotations

import re
import sys
from importlib.metadata import requires
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble import Companion, ConsentRequiredError
from babyn_ble.errors import BluetoothUnavailableReason, PlatformPermissionDeniedError
from babyn_ble.platform_probe import (
    AndroidProbe,
    BluezProbe,
    UnknownProbe,
    WindowsProbe,
    platform_probe,
)
from babyn_ble.privacy import OWN_SCOPES, PartyRole, SubjectKind
from babyn_ble.privacy.platform import (
    AndroidState,
    AppleProbe,
    PlatformEvidence,
    Verdict,
    android_evidence,
    require_allowed,
)
from babyn_ble.privacy.purposes import HEALTH_MONITORING, LOCATION
from babyn_ble.store.memory import MemoryStore
from tests.privacy.household import ATTESTATION, Household, party

NOT_DENIED = [verdict for verdict in Verdict if verdict is not Verdict.DENIED]


class Fixed:
    """A platform that says the same each time, and counts how often it is asked."""

    def __init__(self, **verdicts: Verdict) -> None:
        self.asked = 0
        self._evidence = PlatformEvidence(os="test", **verdicts)

    async def snapshot(self) -> PlatformEvidence:
        self.asked += 1
        return self._evidence


def companion(probe: Fixed, *, agreed: bool = True) -> Companion:
    """Return a companion of a child's household on the system's Bluetooth."""
    opened = Companion.open(MemoryStore(), radio="os", probe=probe)
    subject = opened.consent.setup(
        kind=SubjectKind.CHILD,
        controller=party(PartyRole.CONTROLLER),
        consenting_party=party(PartyRole.PARENT),
        attestation=ATTESTATION,
    )
    home = Household.__new__(Household)
    home.register, home.subject = opened.consent, subject
    if agreed:
        home.agree(*OWN_SCOPES)
    return opened


@pytest.mark.requirement("BN-GATE-09")
@pytest.mark.parametrize("permission", ["bluetooth", "location", "location_services"])
async def test_what_the_platform_refuses_is_not_tried(
    permission: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both must agree. Mutant: the ledger's yes is enough; or the platform is asked first."""
    built: list[str] = []

    def build(*_: object, **_options: object) -> None:
        built.append("scanner")

    monkeypatch.setattr("bleak.BleakScanner", build)
    async with companion(Fixed(**{permission: Verdict.DENIED})) as babyn:
        with pytest.raises(PlatformPermissionDeniedError) as refused:
            await anext(babyn.scan())
    assert refused.value.permission == permission
    assert refused.value.reason is BluetoothUnavailableReason.PERMISSION_DENIED
    assert built == []
    probe = Fixed()
    async with companion(probe, agreed=False) as babyn:
        with pytest.raises(ConsentRequiredError):  # and the inverse
            await anext(babyn.scan())
    assert probe.asked == 0  # without consent, not even the platform is asked


@given(
    st.fixed_dictionaries(
        {
            name: st.sampled_from(Verdict)
            for name in ("bluetooth", "location", "location_services", "background", "radio")
        }
    )
)
def test_only_a_no_blocks(verdicts: dict[str, Verdict]) -> None:
    """Mutant: what is not known counts as a no; or a no as not known."""
    evidence = PlatformEvidence(os="test", **verdicts)
    needed = ("bluetooth", "location", "location_services")
    for scanning in (True, False):
        asked = needed if scanning else needed[:1]
        denied = {name for name in asked if verdicts[name] is Verdict.DENIED}
        found = refused_permission(evidence, scanning=scanning)
        assert found in denied if denied else found is None


def refused_permission(evidence: PlatformEvidence, *, scanning: bool) -> str | None:
    """Return which permission is told to be missing."""
    try:
        require_allowed(evidence, scanning=scanning)
    except PlatformPermissionDeniedError as error:
        return error.permission
    return None


def test_it_is_kept_with_the_grant(home: Household) -> None:
    """Mutant: the evidence is looked at and thrown away."""
    home.agree(LOCATION)
    assert home.register.history(home.id)[-1].event.platform_evidence is None
    evidence = PlatformEvidence(os="test", bluetooth=Verdict.GRANTED)
    home.register.platform = evidence
    home.register.request(home.id, HEALTH_MONITORING)
    assert home.answer(HEALTH_MONITORING).platform_evidence == evidence
    kept = [one.event.platform_evidence for one in home.register.history(home.id)]
    assert kept == [None, None, None, evidence]  # a request carries none


# Apple


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, Verdict.UNKNOWN),
        (1, Verdict.DENIED),
        (2, Verdict.DENIED),
        (3, Verdict.GRANTED),
        (4, Verdict.UNKNOWN),
        (-1, Verdict.UNKNOWN),
    ],
)
async def test_core_bluetooths_four_states(value: int, expected: Verdict) -> None:
    """Mutant: a state that is added later is taken for another."""
    evidence = await AppleProbe(lambda: value).snapshot()
    assert evidence.bluetooth is expected
    assert evidence.location is Verdict.NOT_APPLICABLE


# BlueZ


@pytest.mark.parametrize(
    ("answer", "bluetooth", "radio"),
    [
        ((True, None), Verdict.GRANTED, Verdict.GRANTED),
        ((False, None), Verdict.GRANTED, Verdict.DENIED),
        ((None, "org.freedesktop.DBus.Error.AccessDenied"), Verdict.DENIED, Verdict.UNKNOWN),
        ((None, "org.freedesktop.DBus.Error.UnknownObject"), Verdict.UNKNOWN, Verdict.UNKNOWN),
        ((None, None), Verdict.UNKNOWN, Verdict.UNKNOWN),
    ],
)
async def test_what_bluez_answers(answer: Any, bluetooth: Verdict, radio: Verdict) -> None:
    """An adapter that is off is no permission that is refused. Mutant: any error is a no."""
    asked: list[int] = []

    async def powered() -> Any:
        asked.append(1)
        return answer

    evidence = await BluezProbe(powered).snapshot()
    assert (evidence.bluetooth, evidence.radio) == (bluetooth, radio)
    assert asked == [1]
    require = evidence.bluetooth is Verdict.DENIED
    if not require:
        require_allowed(evidence, scanning=True)


async def test_without_a_bus_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: what goes wrong with the bus ends the command."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    evidence = await BluezProbe().snapshot()
    assert evidence == PlatformEvidence(os="linux")


def test_each_platform_has_its_probe() -> None:
    assert isinstance(platform_probe("linux"), BluezProbe)
    assert isinstance(platform_probe("darwin"), UnknownProbe)  # its library is not here
    assert isinstance(platform_probe("win32"), UnknownProbe)


# Windows


class ResultCodeError(OSError):
    """An error as WinRT raises it: with a result code, which only Windows' own OSError has."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.winerror = code


class WinRt:
    """What is looked at of WinRT: an adapter with a radio, or what goes wrong instead.

    Args:
        adapter: ``False`` for none, or the error of looking it up.
        radio: its radio's state, ``None`` for no radio, or the error of looking it up.
    """

    def __init__(self, adapter: bool | OSError, radio: int | OSError | None = None) -> None:
        self.state = 0
        self._adapter = adapter
        self._radio = radio

    async def get_default_async(self) -> WinRt | None:
        if isinstance(self._adapter, OSError):
            raise self._adapter
        return self if self._adapter else None

    async def get_radio_async(self) -> WinRt | None:
        if isinstance(self._radio, OSError):
            raise self._radio
        if self._radio is None:
            return None
        self.state = self._radio
        return self


NO, YES, NOT_KNOWN = Verdict.DENIED, Verdict.GRANTED, Verdict.UNKNOWN
WINDOWS: dict[str, tuple[WinRt, Verdict, Verdict]] = {
    "unknown": (WinRt(True, 0), YES, NOT_KNOWN),
    "on": (WinRt(True, 1), YES, YES),
    "off": (WinRt(True, 2), YES, NO),
    "disabled": (WinRt(True, 3), YES, NO),
    "a state that is added later": (WinRt(True, 4), YES, NOT_KNOWN),
    "no state": (WinRt(True, -1), YES, NOT_KNOWN),
    "no adapter": (WinRt(False), NOT_KNOWN, NOT_KNOWN),
    "a program for another architecture": (WinRt(True, None), YES, NOT_KNOWN),
    "a package that may not": (WinRt(ResultCodeError(-2147024891)), NO, NOT_KNOWN),
    "its radio is refused": (WinRt(True, ResultCodeError(-2147024891)), NO, NOT_KNOWN),
    "a package that may not, as Python has it": (WinRt(PermissionError()), NO, NOT_KNOWN),
    "another error": (WinRt(ResultCodeError(-2147023728)), NOT_KNOWN, NOT_KNOWN),
    "an error without a code": (WinRt(OSError()), NOT_KNOWN, NOT_KNOWN),
    "the service is gone": (WinRt(True, ResultCodeError(-2147023728)), YES, NOT_KNOWN),
}


@pytest.mark.requirement("BN-GATE-09")
@pytest.mark.parametrize("case", WINDOWS)
async def test_what_windows_answers(case: str) -> None:
    """Mutants: any error is a no; an adapter that is off is a permission that is refused."""
    winrt, bluetooth, radio = WINDOWS[case]
    evidence = await WindowsProbe(winrt.get_default_async).snapshot()
    assert evidence == PlatformEvidence(os="win32", bluetooth=bluetooth, radio=radio)
    refused = refused_permission(evidence, scanning=True)
    assert refused == ("bluetooth" if bluetooth is NO else None)


async def test_windows_is_asked_where_its_libraries_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names that bleak's own dependencies have. Mutant: it is unknown on Windows too."""
    bluetooth = ModuleType("winrt.windows.devices.bluetooth")
    monkeypatch.setattr(bluetooth, "BluetoothAdapter", WinRt(True, 1), raising=False)
    monkeypatch.setitem(sys.modules, bluetooth.__name__, bluetooth)
    assert isinstance(platform_probe("win32"), UnknownProbe)  # one of the two is missing
    radios = ModuleType("winrt.windows.devices.radios")
    monkeypatch.setitem(sys.modules, radios.__name__, radios)
    probe = platform_probe("win32")
    assert isinstance(probe, WindowsProbe)
    assert (await probe.snapshot()).radio is Verdict.GRANTED
    assert isinstance(platform_probe("linux"), BluezProbe)


def test_they_are_what_bleak_installs_on_windows() -> None:
    """Canary. Mutant: the names that are imported come with no package that a user has."""
    needed = " ".join(requires("bleak") or ())
    for package in ("winrt-windows-devices-bluetooth", "winrt-windows-devices-radios"):
        assert re.search(rf"{package}>=\S+ ?; ?sys_platform == .win32.", needed)


# Android

ANDROID = st.builds(
    AndroidState,
    api=st.integers(19, 36),
    target=st.integers(19, 36),
    **{
        name: st.booleans()
        for name in (
            *("scan", "connect", "fine", "coarse", "background"),
            *("never_for_location", "location_on", "radio_on"),
        )
    },
)


@given(ANDROID)
def test_androids_matrix(state: AndroidState) -> None:
    """By the rules of the platform, said the other way round: when does a search find things?

    Mutants: the switch is not needed; coarse is enough for ever; disavowing helps old versions.
    """
    evidence = android_evidence(state)
    level = min(state.api, state.target)
    disavowed = level >= 31 and state.never_for_location
    finds = True
    if level >= 31:
        finds = state.scan and state.connect
    if level >= 29:
        finds = finds and (disavowed or state.fine)
    elif level >= 23:
        finds = finds and (state.fine or state.coarse)
    if state.api >= 29 or level >= 23:
        finds = finds and (disavowed or state.location_on)
    assert (refused_permission(evidence, scanning=True) is None) is finds
    assert evidence.radio is (Verdict.GRANTED if state.radio_on else Verdict.DENIED)
    if level < 29:
        assert evidence.background is Verdict.NOT_APPLICABLE


async def test_an_app_hands_in_what_it_knows() -> None:
    state = AndroidState(api=34, target=34, scan=True, connect=True, never_for_location=True)
    evidence = await AndroidProbe(lambda: state).snapshot()
    assert evidence.os == "android"
    assert evidence.location is evidence.location_services is Verdict.NOT_APPLICABLE
    require_allowed(evidence, scanning=True)
