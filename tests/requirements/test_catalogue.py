"""The catalogue of requirements is whole, and what it names is there."""

from __future__ import annotations

import pytest

from tests.requirements.catalogue import COUNT, ROOT, Mutant, nodes, requirements

IDS = sorted(requirements())
MUTANTS = [
    pytest.param(mutant, id=f"{id_}-{number}")
    for id_, requirement in requirements().items()
    for number, mutant in enumerate(requirement.mutant)
]


def test_no_test_carries_an_id_that_is_none() -> None:
    assert set(nodes()) <= set(requirements())


@pytest.mark.parametrize("id_", IDS)
def test_what_a_requirement_names_is_there(id_: str) -> None:
    requirement = requirements()[id_]
    assert all((ROOT / name).is_file() for name in requirement.code)
    assert bool(nodes().get(id_)) is not bool(requirement.not_here)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_changes_one_place(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.new != mutant.old


def test_there_are_no_more_than_were_found() -> None:
    assert len(requirements()) <= COUNT
