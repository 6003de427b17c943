"""Every way to type a command of ``babyn``, collected from the command line itself."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from typer.main import get_command

from babyn_ble.cli.app import build_app
from tests.requirements.catalogue import ROOT

DEVICE = "C0:00:00:00:00:02"

_SAMPLES = {
    "url": "mqtt://127.0.0.1:9",
    "endpoint": "mqtt://127.0.0.1:9",
    "scope": "location",
    "value": "on",
    "name": "light",
    "timeout": "0.1",
    "count": "1",
    "for_": "10",
    "seed": "1",
}
"""What is typed for a parameter of this name; for any other, the address of a device."""

SMALL = 4
"""Up to so many options of one command, every combination is typed."""


def commands() -> Iterator[tuple[tuple[str, ...], Sequence[Any]]]:
    """Yield the words of every command that does something, with its parameters."""
    root: Any = get_command(build_app())  # typer brings click's classes, or a copy of them
    shared = [each for each in root.params if each.is_flag and each.name != "version"]
    yield from _below((), root, shared)


def _below(
    words: tuple[str, ...], command: Any, shared: Sequence[Any]
) -> Iterator[tuple[tuple[str, ...], Sequence[Any]]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield words, [*command.params, *shared]
        return
    for name, each in inner.items():
        yield from _below((*words, name), each, shared)


def typed(parameters: Sequence[Any]) -> Iterator[list[str]]:
    """Yield the arguments of a command: every combination of few options; of many none, each
    by itself, and all."""
    always = [_sample(each) for each in parameters if each.required]
    ways = [_ways(each) for each in parameters if not each.required]
    combinations: Iterable[tuple[tuple[str, ...], ...]]
    if len(ways) <= SMALL:
        combinations = itertools.product(*([(), *each] for each in ways))
    else:
        alone = ((way,) for each in ways for way in each)
        combinations = itertools.chain([()], alone, [tuple(each[0] for each in ways)])
    for chosen in combinations:
        yield [*itertools.chain(*chosen), *always]


def _ways(parameter: Any) -> list[tuple[str, ...]]:
    if parameter.param_type_name == "argument":
        return [(_sample(parameter),)]
    if parameter.is_flag:
        return [(name,) for name in (parameter.opts[0], *parameter.secondary_opts[:1])]
    return [(parameter.opts[0], _sample(parameter))]


def _sample(parameter: Any) -> str:
    return _SAMPLES.get(parameter.name, DEVICE)


def variables() -> list[str]:
    """Return every environment variable that the companion's sources name."""
    found: set[str] = set()
    for folder in ("babyn_ble", "simulator/babyn_simulator"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            found.update(
                text
                for text in texts
                if isinstance(text, str) and text.startswith("BABYN_") and text.isupper()
            )
    return sorted(found)
