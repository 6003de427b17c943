"""The catalogue of requirements is whole, and what it names is there."""

from __future__ import annotations

import ast

import pytest

from tests.requirements.catalogue import COUNT, ROOT, Mutant, named, nodes, requirements

IDS = sorted(requirements())
MUTANTS = [
    pytest.param(id_, mutant, id=f"{id_}-{number}")
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


@pytest.mark.parametrize(("id_", "mutant"), MUTANTS)
def test_a_mutant_can_be_tried(id_: str, mutant: Mutant) -> None:
    """It changes one place, into code that Python reads, and it names tests that are there.

    Mutants: a word of ``tests`` that is in no test's name; ``new`` leaves a block empty.
    """
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old
    if mutant.file.endswith(".py"):
        ast.parse(text.replace(mutant.old, mutant.new))
    wanted = [node.partition("::")[2] for node in named(id_, mutant)]
    assert wanted
    for word in mutant.tests.split(" or "):
        assert any(word in name for name in wanted), word


def test_every_id_is_carried_by_tests_only() -> None:
    """Mutant: the mark stands on a function that pytest does not take for a test."""
    names = [node.partition("::")[2] for found in nodes().values() for node in found]
    assert all(not name or name.startswith("test_") for name in names)
    assert len(names) > COUNT


def test_there_are_no_more_than_were_found() -> None:
    assert len(requirements()) <= COUNT
