"""``babyn-sim run``: bleak programs that know nothing of the simulator."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.program_bench import COMMAND, STRICT, lines, program, scenario, simulate

EVERYTHING = """
    import asyncio
    from bleak import BleakAdapter, BleakClient, BleakScanner

    async def main():
        loop = asyncio.get_running_loop()
        found = await BleakScanner.discover(return_adv=True)
        ((device, data),) = found.values()
        print("discover", device.name, data.local_name, data.service_uuids, loop.time())
        print("address", (await BleakScanner.find_device_by_address(device.address)).name)
        print("filter", (await BleakScanner.find_device_by_filter(lambda d, a: True)).name)

        heard = asyncio.Event()
        async with BleakScanner(lambda d, a: heard.set(), data.service_uuids) as scanner:
            await heard.wait()
            async for device, data in scanner.advertisement_data():
                print("iterator", device.name, scanner.discovered_devices == [device])
                break
        nothing = await BleakScanner.discover(1.0, service_uuids=["180d"])
        print("other services", nothing, BleakScanner().backend_id)

        gone = asyncio.Event()
        async with BleakClient(device, lambda client: gone.set()) as client:
            print("by device", client.is_connected, client.mtu_size, client.name)
            print("read", bytes(await client.read_gatt_char("2a00")))
            values = asyncio.Queue()
            await client.start_notify("2a1c", lambda _, value: values.put_nowait(value))
            print("notified", len(await values.get()))
            await client.stop_notify("2a1c")
            level = client.services.get_characteristic("2a19")
            print("descriptor", await client.read_gatt_descriptor(level.descriptors[0]))
            adapter = await BleakAdapter.get()
            print("adapter", await adapter.get_connected_devices(["1809"]) == [device])
            print("adapter", await adapter.get_connected_devices(["180d"]))
        await gone.wait()
        print("disconnected", client.is_connected)

        client = BleakClient(device.address.lower())
        await client.connect()
        print("by address", client.is_connected, client.address == device.address)
        await client.disconnect()
        try:
            await client.read_gatt_char("2a00")
        except Exception as error:
            print(type(error).__name__)

    asyncio.run(main())
"""


def test_a_program_finds_connects_reads_subscribes_and_is_told(tmp_path: Path) -> None:
    """Mutant: seen_devices of the scanner that bleak holds is not that of the radio's."""
    options = [scenario(tmp_path)]
    result = simulate(options, ["python", *STRICT, program(tmp_path, EVERYTHING)])
    thermometer = "['00001809-0000-1000-8000-00805f9b34fb']"
    assert lines(result) == [
        f"discover Thermometer Thermometer {thermometer} 5.0",
        "address Thermometer",
        "filter Thermometer",
        "iterator Thermometer True",
        "other services [] babyn_simulator",
        "by device True 517 Thermometer",
        "read b'Thermometer'",
        "notified 12",
        "descriptor bytearray(b'\\x00\\x00')",
        "adapter True",
        "adapter []",
        "disconnected False",
        "by address True True",
        "BleakError",
    ]


FIND = """
    import asyncio
    from bleak import BleakClient, BleakScanner

    async def main():
        device = await BleakScanner.find_device_by_name("Thermometer")
        print(device.address)
        return device
"""


def test_in_wall_clock_time_as_the_scenario_says(tmp_path: Path) -> None:
    """Mutant: every program runs in virtual time; then these words and this loop are others."""
    body = FIND + "\n    asyncio.run(main())\n    print(type(asyncio.new_event_loop()).__name__)\n"
    result = simulate(["nursery"], ["python", program(tmp_path, body)])
    assert len(lines(result)) == 2
    assert "VirtualTimeLoop" not in result.stdout
    assert result.stderr == "babyn-sim: nursery, seed 1, wall-clock time\n"
    virtual = simulate(["nursery", "--time", "virtual"], ["python", program(tmp_path, body)])
    assert lines(virtual)[1] == "VirtualTimeLoop"


def test_a_seed_gives_the_same_devices_and_another_seed_others(tmp_path: Path) -> None:
    """Mutant: the seed does not reach the program."""
    path = program(tmp_path, FIND + "\n    asyncio.run(main())\n")
    first, again, other = (
        lines(simulate(["nursery", "--time", "virtual", "--seed", seed], ["python", path]))
        for seed in ("3", "3", "4")
    )
    assert first == again
    assert first != other


PAIR = """
    import asyncio
    from bleak import BleakClient, BleakScanner
    from bleak.exc import BleakError

    client = None

    async def main(pair):
        global client
        if client is None:
            client = BleakClient(await BleakScanner.find_device_by_name("Thermometer"))
        async with client:
            if pair:
                await client.pair()
            try:
                print(len(await client.read_gatt_char("2a19")))
            except BleakError as error:
                print(type(error).__name__)

    loop = asyncio.get_event_loop_policy().new_event_loop()
    loop.run_until_complete(main(pair=False))
    loop.run_until_complete(main(pair=True))
    loop.close()
    asyncio.run(main(pair=False))
    left_open = asyncio.new_event_loop()
    left_open.run_until_complete(main(pair=False))
    print("end")
"""


def test_each_event_loop_has_a_nursery_and_all_share_their_bonds(tmp_path: Path) -> None:
    """Mutants: bonds are forgotten with a loop; a client stays with the radio of its first one.

    The last loop is never closed, as programs do; the process ends without a word all the same.
    """
    text = dedent_and_ignore_unclosed(PAIR)
    options = ["nursery", "--time", "virtual"]
    result = simulate(options, ["python", "-W", "error", program(tmp_path, text)])
    assert lines(result) == ["BleakGATTProtocolError", "1", "1", "1", "end"]


def dedent_and_ignore_unclosed(text: str) -> str:
    ignore = "    import warnings\n    warnings.simplefilter('ignore', ResourceWarning)\n"
    return ignore + text


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


SOCKET = (
    FIND
    + """
    async def then_connect():
        await main()
        await asyncio.open_connection("127.0.0.1", 9)

    asyncio.run(then_connect())
"""
)


def test_a_socket_in_virtual_time_is_told_what_to_do(tmp_path: Path) -> None:
    result = simulate(["nursery", "--time", "virtual"], ["python", program(tmp_path, SOCKET)])
    assert result.returncode == 1
    assert "create_connection() needs real time" in result.stderr.splitlines()[-1]
    assert "babyn-sim run --time wall" in result.stderr.splitlines()[-1]


OWN_LOOP = FIND + "\n    asyncio.Runner(loop_factory=asyncio.SelectorEventLoop).run(main())\n"


def test_a_loop_of_the_programs_own_does_not_pass_for_virtual(tmp_path: Path) -> None:
    """Mutant: the clock of the loop is not looked at, and the program waits in real time."""
    path = program(tmp_path, OWN_LOOP)
    result = simulate(["nursery", "--time", "virtual"], ["python", path])
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].endswith("run it with --time wall")
    assert len(lines(simulate(["nursery"], ["python", path]))) == 1


EXECUTOR = (
    FIND
    + """
    import time

    async def work():
        await main()
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.to_thread(sum, range(1000))
        print("held", loop.time() == before)

    asyncio.run(work())
"""
)


def test_work_in_an_executor_holds_virtual_time(tmp_path: Path) -> None:
    result = simulate(["nursery", "--time", "virtual"], ["python", program(tmp_path, EXECUTOR)])
    assert lines(result)[1] == "held True"


CAPTURE = FIND + "\n    asyncio.run(main())\n    asyncio.run(main())\n"


def test_captures_are_written_and_no_older_one_stays(tmp_path: Path) -> None:
    """Mutant: the second event loop writes over the capture of the first."""
    capture = tmp_path / "air.btsnoop"
    capture.write_bytes(b"older")
    options = ["nursery", "--time", "virtual", "--capture", str(capture)]
    lines(simulate(options, ["python", *STRICT, program(tmp_path, CAPTURE)]))
    first, second = capture.read_bytes(), (tmp_path / "air-2.btsnoop").read_bytes()
    assert first.startswith(b"btsnoop\0")
    assert first == second  # one seed
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "air-2.btsnoop",
        "air.btsnoop",
        "app.py",
    ]


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


EXPLICIT = (
    FIND
    + """
    from bleak.backends.scanner import BaseBleakScanner

    class Mine(BaseBleakScanner):
        def __init__(self, *arguments, **settings):
            super().__init__(*arguments[:2])
        async def start(self): print("mine")
        async def stop(self): pass

    asyncio.run(BleakScanner.discover(0.1, backend=Mine))

    import bleak
    from bleak.backends.client import get_platform_client_backend_type

    class Wrapper(bleak.BleakClient):  # as Home Assistant does
        def __init__(self, *arguments, **settings):
            backend, _ = get_platform_client_backend_type()
            super().__init__(*arguments, backend=backend, **settings)

    bleak.BleakClient = Wrapper
    import bleak_retry_connector

    async def connect():
        device = await main()
        client = await bleak_retry_connector.establish_connection(
            bleak.BleakClient, device, device.name
        )
        print(type(client).__name__, client.is_connected)
        await client.disconnect()
        print(await bleak_retry_connector.get_connected_devices(device))

    asyncio.run(connect())
"""
)


@pytest.mark.parametrize("time", ["wall", "virtual"])
def test_what_others_do_to_bleak_still_works(tmp_path: Path, time: str) -> None:
    """Mutant: the classes of bleak are replaced, and not where they look for their backend."""
    path = program(tmp_path, EXPLICIT)
    _, *found = lines(simulate(["nursery", "--time", time], ["python", "-W", "error", path]))
    assert found[1:] == ["Wrapper True", "[]"]


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


LIKE_BLUEZ = (
    FIND
    + """
    async def connect():
        async with BleakClient(await main()) as client:
            print(client.backend_id.value)
            await client._backend._acquire_mtu()  # as one of bleak's examples does
            print(client.mtu_size)

    import logging
    logging.basicConfig(level=logging.DEBUG, filename=__file__ + ".log")
    asyncio.run(connect())
"""
)


def test_the_radio_may_behave_like_another_platform(tmp_path: Path) -> None:
    """Mutants: the profile does not reach the radio; what only its client has is hidden."""
    path = program(tmp_path, LIKE_BLUEZ)
    options = ["nursery", "--time", "virtual"]
    result = simulate([*options, "--central", "bluez"], ["python", path])
    assert lines(result)[1:] == ["bluez_dbus", "517"]
    assert result.stderr == "babyn-sim: nursery, seed 1, virtual time, central bluez\n"
    assert "bumble" not in Path(path + ".log").read_text("utf-8")  # the program's own log
    plain = simulate(options, ["python", path])
    assert "'str' object has no attribute 'value'" in plain.stderr  # the control


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
