"""Every example runs, and every block of the README is true."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import subprocess
import sys
from collections.abc import Coroutine
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from babyn_ble import Companion
from babyn_ble.data_dir import VARIABLE
from babyn_ble.testing import give_simulated, set_up_synthetic
from babyn_simulator.clock import run

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/**/*.py"))
README = (ROOT / "README.md").read_text("utf-8")

SCENARIO = """
[simulation]
seed = 3
time = "virtual"
epoch = 2026-02-{day:02}T00:00:00Z

[[device]]
kind = "thermometer"
name = "patch"
interval = 1.0

[device.fever]
onset_minutes = 0.0
peak = 39.5
rise_minutes = 1.0
plateau_minutes = 600.0
"""


@pytest.fixture
def radio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data directory with a bound thermometer, and the radio on which it is a day later."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "data"))
    first, later = tmp_path / "first.toml", tmp_path / "later.toml"
    first.write_text(SCENARIO.format(day=1), "utf-8")
    later.write_text(SCENARIO.format(day=2), "utf-8")

    async def bind() -> None:
        async with Companion.open(radio=f"sim:{first}") as babyn:
            set_up_synthetic(babyn)
            give_simulated(babyn)
            await babyn.bind(await anext(babyn.scan()))

    run(bind())
    return f"sim:{later}"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def for_virtual_minutes(minutes: float, work: Coroutine[object, object, None]) -> None:
    async def limited() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(minutes * 60):
                await work

    run(limited())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 40


def test_watch_thermometer(radio: str, capsys: pytest.CaptureFixture[str]) -> None:
    example = load(ROOT / "examples/watch_thermometer.py")
    for_virtual_minutes(0.25, example.main(radio))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 10
    assert all(re.search(r" \d\d\.\d\d °C valid$", line) for line in lines)


@pytest.mark.parametrize(("limit", "rings"), [("38.0", True), ("43.0", False)])
def test_fever_alarm(
    radio: str, capsys: pytest.CaptureFixture[str], limit: str, rings: bool
) -> None:
    example = load(ROOT / "examples/fever_alarm.py")
    for_virtual_minutes(10, example.main(radio, Decimal(limit)))
    assert ("Fever" in capsys.readouterr().out) is rings


def test_your_project(tmp_path: Path) -> None:
    text = (ROOT / "examples/your_project/test_my_app.py").read_text("utf-8")
    assert _pytest(tmp_path, text).returncode == 0


def test_any_bleak_code_of_your_project(tmp_path: Path) -> None:
    folder = ROOT / "examples/your_project"
    (tmp_path / "lamp.toml").write_bytes((folder / "lamp.toml").read_bytes())
    text = (folder / "test_any_bleak_code.py").read_text("utf-8")
    done = _pytest(tmp_path, text, "--babyn-time", "virtual")
    assert "3 passed" in done.stdout, done.stdout
    wrong = _pytest(tmp_path, text.replace('"Lamp"', '"Nobody"', 1), "--babyn-time", "virtual")
    assert wrong.returncode == 1  # the control


def test_own_device(capsys: pytest.CaptureFixture[str]) -> None:
    run(load(ROOT / "examples/own_device.py").main())
    assert capsys.readouterr().out.splitlines() == ["read 57", "told 56", "told 55", "told 54"]


def test_the_readme_test_is_green_and_can_be_red(tmp_path: Path) -> None:
    test = _block("babyn_companion")
    assert _pytest(tmp_path, test).returncode == 0
    assert _pytest(tmp_path, test.replace("°C", "°F")).returncode == 1  # the control


def test_the_readme_program_prints_a_reading(
    radio: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program = _block("asyncio.run(main())").replace("sim:nursery", radio)
    program = program.replace("asyncio.run(main())", "run(main())")
    exec(compile(program, "README.md", "exec"), {"run": run})
    assert re.search(r"2026-02-02 .* \d\d\.\d\d °C", capsys.readouterr().out)


def _commands() -> list[str]:
    lines = re.findall(r"^\$ (.*?)(?:\s+#.*)?$", README, re.MULTILINE)
    return [line for line in lines if re.match(r"(\.venv/bin/)?babyn", line)]


@pytest.mark.parametrize("line", _commands())
def test_the_readme_names_commands_that_exist(line: str) -> None:
    """The words before the first argument of its own are commands, and they have help."""
    program, *words = line.removeprefix(".venv/bin/").split()
    module = {"babyn": "babyn_ble.cli", "babyn-sim": "babyn_simulator.cli"}[program]
    if words[:1] == ["--radio"]:
        words = words[2:]
    depth = 2 if words[0] in ("consent", "recipients") else 1
    call = f"from {module} import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", call, *words[:depth], "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for option in re.findall(r"--[a-z-]+", " ".join(words)):
        assert option in done.stdout


def test_the_readme_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def _block(containing: str) -> str:
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (found,) = [block for block in blocks if containing in block]
    return str(found)


def _pytest(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_mine.py").write_text(text, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", "utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
