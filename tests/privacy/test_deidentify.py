from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import babyn_ble
from babyn_ble.privacy.deidentify import LABEL, SMALLEST_GROUP, aggregate, pseudonymise
from babyn_ble.readings import Quantity, Reading
from tests.gateway.household import CANARIES, START, reading

SUBJECT = "subject-0123456789abcdef"
ONE, OTHER = bytes(32), b"\1" * 32


def at(minutes: list[int]) -> list[Reading]:
    moments = [START + timedelta(minutes=minute) for minute in minutes]
    return [
        Reading(**{**CANARIES, "quantity": Quantity.TEMPERATURE, "measured_at": moment})  # type: ignore[arg-type]  # canaries of every type
        for moment in moments
    ]


@pytest.mark.requirement("BN-SHR-07")
def test_two_recipients_cannot_put_theirs_together() -> None:
    """Mutant: one key for all; or the id of the subject, the device, or the minute is left."""
    readings = at(list(range(6)))
    rows = pseudonymise(readings, subject_id=SUBJECT, key=ONE)
    assert len(rows) == 6
    assert rows == pseudonymise(readings, subject_id=SUBJECT, key=ONE)
    others = pseudonymise(readings, subject_id=SUBJECT, key=OTHER)
    names = {str(row["pseudonym"]) for row in (*rows, *others)}
    assert len(names) == 2
    assert {row["hour"] for row in rows} == {"2031-05-06T07:00:00+00:00"}
    text = str(rows)
    for name, value in CANARIES.items():
        if name not in ("value", "unit"):
            assert str(value) not in text
    assert SUBJECT not in text


@pytest.mark.requirement("BN-SHR-07")
@given(st.lists(st.integers(0, 600), max_size=40), st.integers(1, 9))
def test_no_lonely_reading_is_in_it(minutes: list[int], smallest: int) -> None:
    """Mutant: small groups are not left out."""
    rows = pseudonymise(at(minutes), subject_id=SUBJECT, key=ONE, smallest=smallest)
    hours = [row["hour"] for row in rows]
    assert all(hours.count(hour) >= smallest for hour in hours)
    assert {row["label"] for row in rows} <= {LABEL}


@pytest.mark.requirement("BN-SHR-07")
def test_nothing_under_a_key_is_called_more_than_it_is() -> None:
    """A lint: the word is for what has no key. Mutant: the label of pseudonymised rows."""
    assert LABEL == "pseudonymised"
    found = [
        f"{file.name}: {line.strip()}"
        for file in Path(babyn_ble.__file__).parent.rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if re.search(r"anonym(?!ously)", line, re.IGNORECASE)  # one may connect anonymously
    ]
    assert found == []


@pytest.mark.requirement("BN-SHR-08")
@given(
    st.dictionaries(
        st.integers(0, 30).map(lambda number: f"subject-{number}"),
        st.lists(st.integers(0, 50), max_size=5),
        max_size=12,
    ),
    st.integers(-3, 9),
)
def test_a_figure_is_of_many(values: dict[str, list[int]], smallest: int) -> None:
    """Mutant: a figure of few; one subject that counts more than once; any size that is asked."""
    readings = {name: [reading(number) for number in own] for name, own in values.items()}
    figures = aggregate(readings, smallest=smallest)
    subjects = sum(bool(own) for own in values.values())
    if subjects < max(smallest, SMALLEST_GROUP):
        assert figures == []
        return
    [figure] = figures
    assert (figure.quantity, figure.subjects) == (Quantity.TEMPERATURE, subjects)
    means = [
        sum((each.value or Decimal(0) for each in own), Decimal(0)) / len(own)
        for own in readings.values()
        if own
    ]
    assert figure.mean == sum(means, Decimal(0)) / subjects
