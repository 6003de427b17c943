"""The catalogue of faults: every kind, what it reproduces, and what it can be told."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from babyn_simulator.faults import KINDS
from babyn_simulator.faults.base import Fault


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a ``[[fault]]``."""

    name: str
    """The key."""
    about: str
    """What it says, with its unit."""
    required: bool
    """Whether it has to be given."""
    default: Any
    """What it is otherwise."""
    allowed: Mapping[str, Any]
    """What may stand there, as JSON Schema."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    name: str
    """What a scenario calls it."""
    about: str
    """What happens."""
    reproduces: str
    """The public issue, or the rule of a specification, that it reproduces."""
    settings: tuple[Setting, ...]
    """What only this kind takes, or takes with another default."""
    common: tuple[Setting, ...]
    """What it takes besides."""


def catalogue() -> tuple[Kind, ...]:
    """Return every kind of fault, in the order of the documentation."""
    return tuple(_kind(name, fault) for name, fault in KINDS.items())


def _kind(name: str, fault: type[Fault]) -> Kind:
    own = {key for key in vars(fault).get("__annotations__", {}) if key in fault.model_fields}
    settings = _settings(fault)
    return Kind(
        name,
        " ".join(inspect.cleandoc(fault.__doc__ or "").split("\n\n")[0].split()),
        fault.reproduces,
        tuple(item for item in settings if item.name in own),
        tuple(item for item in settings if item.name not in own),
    )


def _settings(fault: type[Fault]) -> list[Setting]:
    about: dict[str, str] = {}
    for kind in reversed(fault.__mro__):
        if issubclass(kind, Fault):
            about |= _docstrings(kind)
    schema = cast("dict[str, dict[str, Any]]", fault.model_json_schema()["properties"])
    return [
        Setting(
            name,
            about.get(name, ""),
            info.is_required(),
            None if info.is_required() else info.default,
            {key: value for key, value in schema[name].items() if key not in ("title", "default")},
        )
        for name, info in fault.model_fields.items()
        if name != "kind"
    ]


def _docstrings(kind: type[Fault]) -> dict[str, str]:
    """Return the docstrings under a class's settings."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    found: dict[str, str] = {}
    name: str | None = None
    for statement in cast("ast.ClassDef", tree).body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            continue
        if (
            name is not None
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
        ):
            found[name] = " ".join(str(statement.value.value).split())
        name = None
    return found
