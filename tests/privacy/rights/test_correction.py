from __future__ import annotations

from datetime import UTC, datetime

import pytest

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.rights.correction import correct
from babyn_ble.privacy.rights.export import export
from babyn_ble.privacy.terms import HISTORY_DAYS
from tests.privacy.household import Household, ManualClock
from tests.privacy.rights.nursery import DEVICE, READINGS, reading


@pytest.fixture
def kept(home: Household) -> Household:
    """A household with three readings that are kept."""
    rows = [reading(number).as_dict() for number in range(READINGS)]
    home.register.vault.append_readings(home.id, DEVICE, rows)
    return home


def values(home: Household) -> list[object]:
    return [row["value"] for row in home.register.vault.readings(home.id)]


@pytest.mark.requirement("BN-DSR-02")
def test_the_right_one_holds_and_both_are_exported(kept: Household) -> None:
    """Mutant: the old reading is overwritten; or both hold; or the correction is not said."""
    [_, wrong, _] = export(kept.register, kept.id).readings
    now = correct(kept.register, kept.id, wrong["ref"], value="36.9", note="wrong child")
    assert values(kept) == ["36.100", "36.102", "36.9"]
    rows = export(kept.register, kept.id).readings
    assert [row["value"] for row in rows] == ["36.100", "36.101", "36.102", "36.9"]
    assert rows[1] == {**wrong, "superseded_by": now["ref"]}
    assert rows[3]["ref"] == now["ref"]
    assert rows[3]["correction"] == {
        "of": wrong["ref"],
        "at": kept.clock.now().isoformat(timespec="seconds"),
        "note": "wrong child",
    }
    for name in ("unit", "device", "measured_at", "sequence", "stored_on", "purpose"):
        assert rows[3][name] == wrong[name]


@pytest.mark.requirement("BN-DSR-02")
def test_a_correction_is_corrected(kept: Household) -> None:
    """Mutant: the first correction comes back, or the same reading is corrected twice."""
    [wrong, *_] = export(kept.register, kept.id).readings
    first = correct(kept.register, kept.id, wrong["ref"], value="36.9")
    with pytest.raises(InvalidConsentError, match="newer one"):
        correct(kept.register, kept.id, wrong["ref"], value="37.1")
    correct(kept.register, kept.id, first["ref"][:8], value="37.1")
    assert values(kept) == ["36.101", "36.102", "37.1"]


def test_its_time_is_corrected(kept: Household) -> None:
    [wrong, *_] = export(kept.register, kept.id).readings
    right = datetime(2026, 2, 28, 23, 0, tzinfo=UTC)
    row = correct(kept.register, kept.id, wrong["ref"], measured_at=right)
    assert datetime.fromisoformat(row["measured_at"]) == right
    assert row["value"] == wrong["value"]


@pytest.mark.parametrize(
    ("value", "why"), [(None, "Say what"), ("warm", "number"), ("NaN", "number")]
)
def test_what_is_no_correction(value: str | None, why: str, kept: Household) -> None:
    [wrong, *_] = export(kept.register, kept.id).readings
    with pytest.raises(InvalidConsentError, match=why):
        correct(kept.register, kept.id, wrong["ref"], value=value)
    for ref in ("", "zz"):
        with pytest.raises(InvalidConsentError, match="names no one"):
            correct(kept.register, kept.id, ref, value="36.9")
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - what is refused
    with pytest.raises(InvalidConsentError, match="time zone"):
        correct(kept.register, kept.id, wrong["ref"], measured_at=naive)
    assert len(values(kept)) == READINGS


def test_a_correction_is_kept_no_longer_than_what_it_corrects(kept: Household) -> None:
    """Mutant: it counts as stored on the day of the correction."""
    clock = kept.clock
    assert isinstance(clock, ManualClock)
    [wrong, *_] = export(kept.register, kept.id).readings
    clock.advance(HISTORY_DAYS * 86400)
    correct(kept.register, kept.id, wrong["ref"], value="36.9")
    assert len(values(kept)) == READINGS
    clock.advance(86400)
    assert values(kept) == []
