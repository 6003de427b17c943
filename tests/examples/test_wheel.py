"""A user's first test: an empty project that has installed the wheel, and nothing of this tree."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FIVE_LINES = """\
async def test_reads_a_temperature(babyn_companion):
    device = await babyn_companion.bind(await anext(babyn_companion.scan()))
    async with babyn_companion.connect(device) as session:
        reading = await anext(session.readings())
        assert reading.unit == "°C"
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"babyn_ble", "babyn_protocol", "babyn_simulator"}
    for package in tops:
        assert f"{package}/py.typed" in names
    assert "babyn_simulator/scenarios/nursery.toml" in names
    assert "babyn_ble/privacy/notices_en.toml" in names


def test_five_lines_in_an_empty_project(wheel: Path, tmp_path: Path) -> None:
    """The environment has this one's libraries, and babyn-ble only from the wheel.

    Mutant: the test is green only where pytest-asyncio was configured.
    """
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    (site,) = home.rglob("site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    # A path file adds the libraries, without the path files in there (the editable install).
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_mine.py").write_text(FIVE_LINES, encoding="utf-8")
    done = subprocess.run(
        [python, "-m", "pytest", "-q"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    where = subprocess.run(
        [python, "-c", "import babyn_ble; print(babyn_ble.__file__)"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(site) in where.stdout
