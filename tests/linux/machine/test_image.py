"""What is said where the machine cannot be made, and that nothing half made is left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.linux.machine import image
from tests.linux.machine.image import SUITES, MachineError, made_whole

if sys.platform != "linux":
    pytest.skip("the machine is made on Linux", allow_module_level=True)


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_a_computer_without_qemu_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Mutant: the system's error for a program that is not there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match=r"apt-get install .*qemu-system-x86 mmdebstrap cpio"):
        image.require_tools()


def test_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in image.TOOLS:
        program(tmp_path, name, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(image, "FILES", {})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    image.require_tools()  # the control
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MachineError, match="sudo"):
        image.require_tools()


def test_without_a_mirror_it_says_so_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Mutants: a traceback; half a cache, which the next run takes for a whole one."""
    programs, cache = tmp_path / "bin", tmp_path / "cache"
    programs.mkdir()
    (cache / "making-of-a-run-that-was-killed").mkdir(parents=True)
    program(programs, "mmdebstrap", "echo 'E: no such host' >&2; exit 25")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with pytest.raises(MachineError, match=r"(?s)mirror.*E: no such host"):
        image.make(SUITES["trixie"], cache, say=lambda _step: None)
    assert list(cache.iterdir()) == []


def interrupted(target: Path) -> None:
    with made_whole(target) as folder:
        (folder / "half").touch()
        raise KeyboardInterrupt


def test_a_folder_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "made")
    assert list(tmp_path.iterdir()) == []
    with made_whole(tmp_path / "made") as folder:  # the control
        (folder / "whole").touch()
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["whole"]
