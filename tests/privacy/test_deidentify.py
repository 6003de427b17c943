from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import babyn_ble
from babyn_ble.privacy.deidentify import SMALLEST_GROUP, aggregate
from babyn_ble.readings import Quantity
from tests.gateway.household import reading


@pytest.mark.requirement("BN-SHR-07")
def test_nothing_under_a_key_is_called_more_than_it_is() -> None:
    """A lint: the word is for what has no key. Mutant: it stands in a docstring or text."""
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
