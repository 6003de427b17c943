"""Each thing that the doctor looks at, sound and broken."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from babyn_ble.clock import SystemClock
from babyn_ble.companion import Companion
from babyn_ble.errors import InvalidConsentError, LedgerError, StoreError
from babyn_ble.privacy import ConsentRegister, doctor
from babyn_ble.privacy.doctor import Finding, Verdict, examine
from babyn_ble.privacy.incidents import ALWAYS, CHECKLIST, Incident, IncidentKind
from babyn_ble.privacy.ledger import Ledger
from babyn_ble.privacy.purposes import BLUETOOTH, LOCATION
from babyn_ble.store.memory import MemoryStore
from babyn_ble.testing import give_simulated, set_up_synthetic
from tests.privacy.household import LINK, Household, ManualClock

DAY = 86400.0


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory in which everything is as it should be."""
    data = tmp_path / "data"
    companion = Companion.open(data, radio="sim:demo")
    set_up_synthetic(companion)
    give_simulated(companion)
    companion.close()
    return data


def examined(directory: Path) -> dict[str, Finding]:
    opened: list[Companion] = []

    def open_register() -> ConsentRegister:
        opened.append(Companion.open(directory, radio="sim:demo"))
        return opened[0].consent

    findings = list(examine(directory, open_register))
    for companion in opened:
        companion.close()
    return {finding.name: finding for finding in findings}


def of_household(home: Household, tmp_path: Path) -> dict[str, Finding]:
    return {each.name: each for each in examine(tmp_path, lambda: home.register)}


def test_everything_is_looked_at_and_fine(directory: Path) -> None:
    """Mutant: an examination is left out."""
    found = examined(directory)
    assert tuple(found) == doctor.names()
    verdicts = {name: each.verdict for name, each in found.items()}
    assert verdicts.pop("programs") is Verdict.NOTHING
    assert set(verdicts.values()) == {Verdict.FINE}


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    """Mutant: looking at an empty place sets a store up."""
    found = examined(tmp_path / "none")
    assert found["store"].verdict is Verdict.NOTHING
    assert list(tmp_path.iterdir()) == []


def without_checkpoints(directory: Path) -> None:
    for file in directory.glob("*.checkpoint"):
        file.unlink()


def without_a_key(directory: Path) -> None:
    (directory / "master.key").unlink()


def no_store(directory: Path) -> None:
    (directory / "babyn.sqlite3").write_bytes(b"something else" * 100)


def of_another_store(directory: Path) -> None:
    (file,) = directory.glob("*.checkpoint")
    file.write_bytes(file.read_bytes().replace(b'"mac":"', b'"mac":"0'))


@pytest.mark.parametrize(
    ("broken", "names"),
    [
        (without_checkpoints, {"ledger", "checkpoints"}),
        (of_another_store, {"ledger", "checkpoints"}),
        (without_a_key, {"store"}),
        (no_store, {"store"}),
    ],
)
def test_what_is_broken_is_told(
    directory: Path, broken: Callable[[Path], None], names: set[str]
) -> None:
    """Mutant: an error ends the looking; or only some damage is bad."""
    broken(directory)
    found = examined(directory)
    assert {name for name, each in found.items() if each.verdict is Verdict.BAD} == names


if os.name == "posix":

    @pytest.mark.parametrize("name", ["", "master.key", "babyn.sqlite3", "leases.sqlite3"])
    def test_what_is_open_to_others_is_told(directory: Path, name: str) -> None:
        """Mutant: only the directory is looked at, or only the files."""
        path = directory / name
        path.chmod(path.stat().st_mode | 0o040)
        assert examined(directory)["permissions"].verdict is Verdict.BAD


def test_damage_far_back_is_found(tmp_path: Path) -> None:
    """Mutant: the doctor looks no further than opening does."""

    class Damaged(MemoryStore):
        def damage(self, seq: int) -> None:
            row = self._ledger[seq - 1]
            self._ledger[seq - 1] = type(row)(
                row.seq, row.prev_hash, row.entry + b" ", row.entry_hash
            )

    store = Damaged()
    home = Household(store)
    for _ in range(20):
        home.register.request(home.id, LOCATION)
        home.register.defer(home.id, LOCATION)
    assert of_household(home, tmp_path)["ledger"].verdict is Verdict.FINE
    store.damage(3)
    again = home.another()
    assert again.register.fault is None  # no decision is made from there
    assert "entry 3" in of_household(again, tmp_path)["ledger"].words


def test_consents_that_end_soon_are_told(tmp_path: Path) -> None:
    """Mutant: any standing consent, or none, counts as ending."""
    clock = ManualClock()
    home = Household(clock=clock)
    home.agree(BLUETOOTH)
    ends_at = home.register.status(home.id, BLUETOOTH).ends_at
    assert ends_at is not None
    left = (ends_at - clock.now()).total_seconds()
    clock.advance(left - 14 * DAY - 1)
    assert of_household(home, tmp_path)["consents"].verdict is Verdict.FINE
    clock.advance(2)
    found = of_household(home, tmp_path)["consents"]
    assert found.verdict is Verdict.LOOK
    assert "bluetooth ends within 14 days" in found.words


async def test_programs_at_work_are_counted(tmp_path: Path) -> None:
    """Mutant: leases are not looked at."""
    home = Household(MemoryStore(shared=True), clock=SystemClock())
    home.agree(BLUETOOTH)
    assert of_household(home, tmp_path)["programs"].verdict is Verdict.NOTHING
    with home.permit(LINK):
        assert "1 program" in of_household(home, tmp_path)["programs"].words
    await home.aclose()


def test_a_store_without_places_for_checkpoints_is_told(tmp_path: Path) -> None:
    assert of_household(Household(), tmp_path)["checkpoints"].verdict is Verdict.LOOK


def test_further_examinations_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: an examination that fails ends those after it."""
    registered: dict[str, doctor.Examination] = dict(doctor.EXAMINATIONS)
    monkeypatch.setattr(doctor, "EXAMINATIONS", registered)

    @doctor.examination("first")
    def fails(_register: ConsentRegister, _directory: Path) -> Finding:
        raise StoreError("It is broken")

    @doctor.examination("second")
    def works(_register: ConsentRegister, _directory: Path) -> Finding:
        return Finding("second", Verdict.FINE, "it works")

    found = of_household(Household(), tmp_path)
    assert found["first"] == Finding("first", Verdict.BAD, "It is broken")
    assert found["second"].verdict is Verdict.FINE


# Incidents


@pytest.mark.requirement("BN-SEC-04")
def test_an_incident_is_recorded_without_its_note() -> None:
    """BN-SEC-04. Mutant: the note stands in the ledger."""
    home = Household()
    found = Incident(
        kind=IncidentKind.STORE_COPIED,
        since=home.clock.now().date(),
        subjects=(home.id,),
        recipients=(),
    )
    home.register.record_incident(found, "Canary found it in the car")
    assert home.another().register.incidents() == [(found, "Canary found it in the car")]
    assert b"incident" in home.store.rows()[-1].entry
    assert b"Canary" not in b"".join(row.entry for row in home.store.rows())
    assert all(b"Canary" not in record.sealed for record in home.store.list("incident"))


@pytest.mark.requirement("BN-SEC-04")
def test_an_entry_that_is_no_incident_is_damage() -> None:
    """BN-SEC-04. Mutant: whatever says incident is one."""
    with pytest.raises(InvalidConsentError, match="no proper Incident"):
        Incident.parse({"kind": "other"})
    home = Household()
    ledger = Ledger(home.store, home.clock, home.keys.ledger_code)
    ledger.refresh()
    ledger.append("incident", {"kind": "x"})
    with pytest.raises(LedgerError):
        home.register.verify()


@pytest.mark.requirement("BN-SEC-04")
def test_every_kind_has_something_to_do() -> None:
    """BN-SEC-04. Mutant: a kind without a checklist."""
    assert set(CHECKLIST) == set(IncidentKind)
    assert all(CHECKLIST.values())
    assert any("sent to nobody" in step or "Nothing was sent" in step for step in ALWAYS)
