"""The requirements that follow from the privacy policy: what each says, and where it stands.

One TOML file a family, one table a requirement::

    [BN-GATE-01]
    clause = "L152-L160"
    rule = "A scan needs location and Bluetooth, both agreed to."
    code = ["babyn_ble/privacy/purposes.py"]

    [[BN-GATE-01.mutant]]
    name = "location is not asked for"
    file = "babyn_ble/privacy/purposes.py"
    old = '''…'''
    new = '''…'''

Its tests carry its id: ``@pytest.mark.requirement("BN-GATE-01")``. One that is not for this
library has ``not_here``, the reason, and nothing else. Clauses are lines of the policy version
in :mod:`babyn_ble.privacy.policy`; the words are ours.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

COUNT = 87
"""Requirements that were found in the policy."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mutant(_Table):
    """A change of the code under which a test of the requirement has to fail."""

    name: str = Field(min_length=1)
    """What is wrong then."""
    file: str
    """The file that is changed, from the root of the repository."""
    old: str = Field(min_length=1)
    """Text that stands in it once."""
    new: str
    """What stands there instead."""
    tests: str = Field(default="", pattern=r"^(\w+( or \w+)*)?$")
    """Which of the tests notice: those with one of these words in their name, which stand
    with ``or`` between them; by default all are run."""

    def wants(self, name: str) -> bool:
        """Return whether a test of this name is run."""
        return any(word in name for word in self.tests.split(" or "))


class Requirement(_Table):
    """One requirement."""

    clause: str = Field(pattern=r"^L\d+(-L\d+)?(, L\d+(-L\d+)?)*$|^design$")
    """Lines of the policy; ``design`` where a standard or the design asks for it."""
    rule: str = Field(min_length=1)
    """What it asks for, in our words."""
    code: tuple[str, ...] = ()
    """Where it is kept: files from the root of the repository."""
    mutant: tuple[Mutant, ...] = ()
    not_here: str = ""
    """Why this library has nothing to do for it."""

    @model_validator(mode="after")
    def _here_or_not(self) -> Requirement:
        if bool(self.not_here) == bool(self.code):
            raise ValueError("a requirement has code, or a reason why it has none")
        return self


@cache
def requirements() -> Mapping[str, Requirement]:
    """Return every requirement by its id, in order."""
    found: dict[str, Requirement] = {}
    for file in sorted(HERE.glob("*.toml")):
        tables: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        for id_, table in tables.items():
            if id_ in found:
                raise ValueError(f"{file.name}: {id_} stands there twice")
            found[id_] = Requirement.model_validate(table)
    return found


@cache
def nodes() -> Mapping[str, tuple[str, ...]]:
    """Return the node ids of the tests of each requirement, as the sources mark them."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        place = file.relative_to(ROOT).as_posix()
        for id_, name in _marked(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(id_, []).append(f"{place}::{name}" if name else place)
    return {id_: tuple(nodes) for id_, nodes in found.items()}


def named(id_: str, mutant: Mutant) -> tuple[str, ...]:
    """Return the node ids of the tests of a requirement that a mutant names.

    Those of a module that is marked as a whole are found in its source, if it names any.
    """
    if not mutant.tests:
        return nodes().get(id_, ())
    found: list[str] = []
    for node in nodes().get(id_, ()):
        place, _, name = node.partition("::")
        names = (name,) if name else _test_functions(ROOT / place)
        found += [f"{place}::{one}" for one in names if _is_test(one) and mutant.wants(one)]
    return tuple(found)


def _is_test(name: str) -> bool:
    return name.startswith("test_")


def _test_functions(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node.name):
            yield node.name


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield ids with the functions that carry them; a mark of the whole module has no name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                yield from ((id_, node.name) for id_ in _ids(decorator))
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            for inner in ast.walk(node.value):
                yield from ((id_, "") for id_ in _ids(inner))


def _ids(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr == "requirement":
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value
