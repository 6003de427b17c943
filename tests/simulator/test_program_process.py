"""The process that ``babyn-sim run`` becomes: its command, its end, its children, what it loads."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.program_bench import COMMAND, FIND, lines, program, simulate

UNTOUCHED = """
    import os, sys
    loaded = {name.partition(".")[0] for name in sys.modules}
    print(sorted(loaded & {"bleak", "bumble", "babyn_simulator", "asyncio"}))
    print(sys.argv[1:], [entry for entry in sys.path if "start_up" in entry])
    print(sys.stdin.read())
    sys.exit(7)
"""


def test_a_program_without_bleak_is_left_alone(tmp_path: Path) -> None:
    """Mutant: the start-up hook loads the simulator at once."""
    path = program(tmp_path, UNTOUCHED)
    result = subprocess.run(
        [*COMMAND, "nursery", "--", "python", path, "--seed", "-x"],
        capture_output=True,
        text=True,
        input="typed",
        check=False,
        timeout=60,
    )
    assert result.stdout.splitlines() == ["[]", "['--seed', '-x'] []", "typed"]
    assert result.returncode == 7


CRASH = FIND + "\n    asyncio.run(main())\n    raise RuntimeError('a fault of mine')\n"


def test_a_program_that_crashes_crashes(tmp_path: Path) -> None:
    result = simulate(["nursery", "--time", "virtual"], ["python", program(tmp_path, CRASH)])
    assert result.returncode == 1
    assert result.stderr.endswith("RuntimeError: a fault of mine\n")


STAY = """
    import asyncio, sys
    from bleak import BleakClient, BleakScanner

    async def main():
        device = await BleakScanner.find_device_by_name("Thermometer")
        async with BleakClient(device, lambda client: print("disconnected")) as client:
            print("connected", flush=True)
            await asyncio.Event().wait()

    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
"""


@pytest.mark.parametrize("time", ["wall", "virtual"])
def test_ctrl_c_reaches_the_program_which_disconnects(tmp_path: Path, time: str) -> None:
    """Mutant: a process stands between, and the signal ends that one."""
    with subprocess.Popen(
        [
            *COMMAND,
            "nursery",
            "--time",
            time,
            "--",
            "python",
            "-W",
            "error",
            program(tmp_path, STAY),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "disconnected\n")
    assert errors.splitlines()[1:] == ["interrupted"]


CHILDREN = (
    FIND
    + """
    import subprocess, sys
    if len(sys.argv) == 1:
        print(subprocess.run([sys.executable, __file__, "child"], check=True) and "")
    asyncio.run(main())
"""
)


def test_what_the_program_starts_is_simulated_too(tmp_path: Path) -> None:
    """Mutant: the start-up hook takes itself out of the environment.

    A child on the real adapter, of a program that is believed to be simulated, is the worst.
    """
    path = program(tmp_path, CHILDREN)
    child, _, parent = lines(simulate(["nursery", "--time", "virtual"], ["python", path]))
    assert child == parent


ASTRAY = """
    import os, subprocess, sys

    less = {name: value for name, value in os.environ.items() if name != "BABYN_SIMULATION"}
    child = [sys.executable, "-c", "import bleak"]
    print(subprocess.run(child, env=less, stderr=subprocess.PIPE).stderr.decode())
    print(subprocess.run(child).returncode)
"""


def test_a_child_that_cannot_be_simulated_cannot_use_bleak(tmp_path: Path) -> None:
    """Mutant: the start-up hook fails where the simulation is not told, and Python goes on."""
    result = simulate(["nursery"], ["python", program(tmp_path, ASTRAY)])
    *_, refused, _, control = lines(result)
    assert refused.startswith("ImportError: this process was started under babyn-sim run")
    assert control == "0"


NEXT = """
import sys
sys.was_here = True
"""


def test_another_sitecustomize_is_loaded_behind_ours(tmp_path: Path) -> None:
    """Mutant: ours hides it."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text(NEXT, "utf-8")
    text = "import sitecustomize, sys\nprint(sys.was_here, sitecustomize.__file__)"
    result = simulate(
        ["nursery"], ["python", program(tmp_path, text)], env={"PYTHONPATH": str(other)}
    )
    assert lines(result) == [f"True {other}/sitecustomize.py"]


NO_BLUEZ = """
    import asyncio
    from bleak.backends.bluezdbus.manager import get_global_bluez_manager

    try:
        asyncio.run(get_global_bluez_manager())
    except FileNotFoundError as error:
        print(error.strerror)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="BlueZ is Linux's")
def test_the_system_s_bluetooth_is_out_of_reach(tmp_path: Path) -> None:
    """Mutant: the connection to BlueZ is left in place, for libraries that take it."""
    result = simulate(["nursery"], ["python", program(tmp_path, NO_BLUEZ)])
    assert lines(result) == ["there is no D-Bus on a simulated platform"]


def test_a_module_and_a_console_script_run_too(tmp_path: Path) -> None:
    program(tmp_path, FIND + "\n    asyncio.run(main())\n", "module_of_mine.py")
    options = ["nursery", "--time", "virtual"]
    module = simulate(
        options, ["python", "-m", "module_of_mine"], env={"PYTHONPATH": str(tmp_path)}
    )
    assert len(lines(module)) == 1
    test = "\n    def test_it():\n        assert asyncio.run(main()) is not None\n"
    path = program(tmp_path, FIND + test, "test_mine.py")
    script = simulate(options, ["pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", path])
    assert "1 passed" in lines(script)[-1]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["nope", "--", "python"], 2, "there is no scenario named 'nope'"),
        (["nursery", "python", "x"], 2, "put -- before the program, as in: babyn-sim run"),
        (["nursery", "--position", "1", "--", "python"], 2, "'1' is no position"),
        (["nursery", "--central", "x", "--", "python"], 2, "'x' is no central profile; there are"),
        (["nursery", "--", "nowhere"], 127, "nowhere: there is no such command\n"),
        (["nursery", "--", "ls"], 126, "{} is not run by Python, so it cannot be simulated"),
        (["nursery", "--", "python", "-I", "x"], 126, "{} -I does not load the simulator"),
        (["nursery", "--", "python", "-W", "error", "-S"], 126, "{} -W error -S does not load"),
        (["nursery", "--", "python", "--nothing"], 126, "{} --nothing does not start"),
        (["nursery", "--capture", "/no/x", "--", "python"], 1, "/no/x: No such file or dir"),
    ],
)
def test_what_cannot_be_run_is_told_in_a_line(
    arguments: list[str], code: int, expected: str
) -> None:
    result = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stdout) == (code, "")
    before, _, after = expected.partition("{}")
    assert result.stderr.startswith(before)
    assert after in result.stderr
    assert result.stderr.count("\n") == 1
