"""Whatever an error, a finding or a step says to type next is a command that there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from babyn_ble.cli.app import build_app

SOURCES = Path(__file__).parents[2] / "babyn_ble"
_TYPED = re.compile(r"\bbabyn ((?:--[a-z-]+ [A-Z]+ )?[a-z][a-z-]*(?: [a-z][a-z-]*)*)")
_NAMES = {"command", "helped_by"}


def exists(words: list[str]) -> bool:
    """Return whether words begin with a command, and not only with the name of a group."""
    at: object = get_command(build_app())
    for word in words:
        below: dict[str, object] = getattr(at, "commands", {})
        if not below:
            return True  # the rest are arguments
        if word not in below:
            return getattr(at, "invoke_without_command", False) and word.startswith("-")
        at = below[word]
    return not getattr(at, "commands", {}) or bool(getattr(at, "invoke_without_command", False))


def named(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each command that a source names in a text or as words, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for quoted in re.findall(r"['(]babyn [^')]*", node.value):
                for found in _TYPED.findall(quoted):
                    yield node.lineno, re.sub(r"^--[a-z-]+ [A-Z]+ ", "", found).split()
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            words = [word.value for word in node.args if isinstance(word, ast.Constant)]
            registers = getattr(node.func.value, "id", "") in ("app", "consents")
            if (
                not registers
                and node.func.attr in _NAMES
                and words
                and len(words) == len(node.args)
            ):
                yield node.lineno, [str(word) for word in words]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
            for part in node.args:
                if isinstance(part, ast.Tuple):
                    yield (
                        node.lineno,
                        [str(word.value) for word in part.elts if isinstance(word, ast.Constant)],
                    )


@pytest.mark.parametrize(
    "path", sorted(SOURCES.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCES))
)
def test_what_is_named_exists(path: Path) -> None:
    """Mutant: a text names a command by another name than it has."""
    wrong = [
        f"line {line}: babyn {' '.join(words)}" for line, words in named(path) if not exists(words)
    ]
    assert wrong == []


def test_a_wrong_one_is_found(tmp_path: Path) -> None:
    """The control."""
    source = tmp_path / "source.py"
    source.write_text(
        "raise Error(\"So it is ('babyn privacy accept')\")\n"
        'invocation.command("privacy", "hold", "list")\n'
        'Finding("x", BAD, "words", ("consent", "look"))\n'
    )
    told = {tuple(words): exists(words) for _, words in named(source)}
    assert told == {
        ("privacy", "accept"): False,
        ("privacy", "hold", "list"): True,
        ("consent", "look"): False,
    }
