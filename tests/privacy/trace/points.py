"""The enforcement points, and some rules, each removed in turn on a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict, Field

from tests.requirements.catalogue import ROOT
from tests.requirements.mutants import COPIED

_CAUGHT = re.compile(r"^Program (\d+) failed", re.MULTILINE)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Edit(_Table):
    """One change of the code."""

    file: str
    """The file that is changed, from the root of the repository."""
    old: str = Field(min_length=1)
    """Text that stands in it once."""
    new: str
    """What stands there instead."""


class Removal(_Table):
    """What removes an enforcement point, or a rule (from 11 on)."""

    number: int = Field(ge=1, le=18)
    name: str
    """What is not asked any more, in a few words."""
    edit: tuple[Edit, ...] = Field(min_length=1)


@cache
def removals() -> tuple[Removal, ...]:
    """Return how each enforcement point, and each rule, is removed, in order."""
    text = Path(__file__).with_name("points.toml").read_text(encoding="utf-8")
    return tuple(Removal.model_validate(table) for table in tomllib.loads(text)["point"])


def programs_until_caught(removal: Removal, seed: int, limit: int) -> int | None:
    """Return how many programs it takes to notice that a point is gone; ``None``: too many.

    Raises:
        ValueError: a text that is to be changed does not stand there once.
        RuntimeError: the programs could not be played.
    """
    with TemporaryDirectory(prefix="babyn-point-") as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__", ".*")
                shutil.copytree(source, copy / name, ignore=ignore)
            else:
                shutil.copy(source, copy / name)
        for edit in removal.edit:
            _apply(copy / edit.file, edit)
        paths = os.pathsep.join(str(copy / name) for name in (".", "protocol", "simulator"))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.privacy.trace"),
                *("--seed", str(seed), "--programs", str(limit), "--workers", "1"),
            ],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    caught = _CAUGHT.search(done.stdout)
    if caught is None and done.returncode != 0:
        raise RuntimeError(f"the programs could not be played: {done.stderr[-2000:]}")
    return None if caught is None else int(caught[1]) + 1


def remove_each(seed: int, limit: int) -> int:
    """Remove each point in turn and print how many programs that takes to be noticed."""
    missed = 0
    for removal in removals():
        count = programs_until_caught(removal, seed, limit)
        missed += count is None
        said = "NOT CAUGHT" if count is None else f"caught by program {count}"
        print(f"{removal.number:2}  {said:22} {removal.name}", flush=True)
    return int(missed > 0)


def _apply(file: Path, edit: Edit) -> None:
    text = file.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise ValueError(f"{edit.file}: the text to change does not stand there once")
    file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
