"""``babyn decode``: bytes and captures, without a radio and without consent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from babyn_ble.cli import decode
from babyn_protocol.bthome import Broadcast, address_from
from babyn_protocol.bthome.encrypted import parse
from babyn_protocol.capture import PacketType
from babyn_simulator.clock import run
from tests.cli.terminal import ESCAPE, babyn
from tests.client.demo_story import story
from tests.protocol.captures import btsnoop, connected, message, packet, pcap, pcapng

MEASUREMENT = "06B00E00FEDC070C050B321B04"
KEY, ADDRESS = "231d39c1d7cc1ab1aee224cd096db932", "54:48:E6:8F:80:A5"


@pytest.fixture(scope="session")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, captured."""
    file = tmp_path_factory.mktemp("decode") / "demo.btsnoop"
    _ = run(story(3, str(file)))
    return file


def test_a_characteristic(tmp_path: Path) -> None:
    ended = babyn(
        "--data-dir", tmp_path / "data", "decode", "--characteristic", "2A1C", MEASUREMENT
    )
    assert (ended.code, ended.err) == (0, "")
    assert (
        ended.lines[0] == "Temperature Measurement  0x2A1C: 37.60 °C, finger, 2012-12-05 11:50:27"
    )
    assert "├── value: 37.60" in ended.lines
    assert not (tmp_path / "data").exists()
    [told] = babyn(
        "decode", "--json", "--characteristic", "0x2a1c", "06 B0 0E 00 FE" + MEASUREMENT[10:]
    ).objects
    assert told["fields"]["value"] == "37.60"
    assert told["fields"]["timestamp"]["year"] == 2012


def test_what_is_written_is_another_message() -> None:
    """Mutant: a request taken for the answer that the same characteristic gives."""
    [told] = babyn("--json", "decode", "--characteristic", "2A52", "0101", "--written").objects
    assert told["message"] == "RecordAccessRequest"
    assert babyn("decode", "--characteristic", "2A52", "0101").code == 1


def test_a_value_that_cannot_be_says_where_and_why() -> None:
    ended = babyn("decode", "--characteristic", "2A1C", "06B00E00")
    assert (ended.code, ended.out) == (1, "")
    assert "field value, byte 1 of 4: too short" in ended.err
    assert len(ended.err.splitlines()) == 1
    error = babyn("decode", "--json", "--characteristic", "2A1C", "06B00E00").error
    assert (error["type"], error["exit_code"]) == ("MalformedMessageError", 1)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--key", "00"],
        ["--characteristic", "2A1C", MEASUREMENT, "--address", ADDRESS],
        ["--advertisement", "020106", "--written"],
        ["--characteristic", "2A1C", MEASUREMENT, "--scan-response", "00"],
        ["--characteristic", "2A1C", "zz"],
        ["--characteristic", "2A1C", "012"],
        ["--characteristic", "FFFF", "01"],
        ["--service-data", "FFFF", "01"],
        ["--characteristic", "2A1C", MEASUREMENT, "--advertisement", "020106"],
        ["/no/such/file"],
    ],
)
def test_what_is_not_understood(arguments: list[str]) -> None:
    ended = babyn("decode", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1


def test_bthome_in_the_clear() -> None:
    ended = babyn("decode", "--service-data", "FCD2", "4002CA09")
    assert ended.code == 0
    assert "temperature 25.06 °C" in ended.out
    [told] = babyn("decode", "--json", "--service-data", "fcd2", "4002CA09").objects
    assert told["objects"] == [
        {
            "id": 2,
            "name": "temperature",
            "value": "25.06",
            "unit": "°C",
            "text": "temperature 25.06 °C",
        }
    ]


def test_bthome_encrypted() -> None:
    """Mutant: another key's or address's bytes shown as if they had been opened."""
    clear = parse(bytes.fromhex("4002CA09"))
    assert isinstance(clear, Broadcast)
    address = address_from(ADDRESS)
    sealed = clear.encrypted(key=bytes.fromhex(KEY), address=address, counter=7).hex()
    closed = babyn("decode", "--service-data", "FCD2", sealed)
    assert closed.code == 0
    assert "counter 7" in closed.out
    assert "25.06" not in closed.out
    opened = babyn("decode", "--service-data", "FCD2", sealed, "--key", KEY, "--address", ADDRESS)
    assert opened.code == 0
    assert "temperature 25.06 °C" in opened.out
    for key, sender, code in (
        (KEY[::-1], ADDRESS, 1),
        (KEY, ADDRESS[::-1], 1),
        (KEY[2:], ADDRESS, 2),
        (KEY, "here", 2),
    ):
        ended = babyn("decode", "--service-data", "FCD2", sealed, "--key", key, "--address", sender)
        assert (ended.code, ended.out) == (code, "")
        assert key not in ended.err
    assert babyn("decode", "--service-data", "FCD2", sealed, "--key", KEY).code == 2


def test_an_advertisement_with_what_is_wrong_with_it() -> None:
    ended = babyn("decode", "--advertisement", "020106 0303 0918 0C09 42616279204D696C6C6572")
    assert ended.code == 0
    assert "Health Thermometer 0x1809" in ended.out
    [told] = babyn("decode", "--json", "--advertisement", "03030918").objects
    assert "flags" in " ".join(finding["code"] for finding in told["findings"])
    cut = babyn("decode", "--advertisement", "0201060303")
    assert cut.code == 1
    assert "cut off" in cut.err
    assert cut.out != ""  # the findings


def test_a_capture_of_the_demo_tells_the_whole_story(capture: Path) -> None:
    ended = babyn("decode", capture)
    assert (ended.code, ended.err) == (0, "")
    said = [
        "advertise: on",
        "Health Thermometer",
        "connection 1",
        "as central",
        "service Health Thermometer 0x1809",
        "characteristic Temperature Measurement 0x2A1C [indicate]\n",
        "pairing request: no input and no output",
        "pairing DHKey check",
        "encrypted",
        "identity information (a key, not shown)",
        "read Manufacturer Name String: BabyN Simulator",
        "disconnected: this side ended it",
        "connection 2",
        "subscribe to Temperature Measurement: indications",
        "indication Temperature Measurement: 36.",
        "2 connections left out",
    ]
    places = [ended.out.index(words) for words in said]
    assert places == sorted(places)
    assert ended.out.count("indication Temperature Measurement: 3") == 10
    assert ESCAPE not in ended.out


def test_a_capture_for_machines(capture: Path) -> None:
    events = babyn("decode", "--json", capture).objects
    indications = [event for event in events if event["kind"] == "indication"]
    assert len(indications) == 10
    assert {event["name"] for event in indications} == {"Temperature Measurement"}
    assert indications[0]["fields"]["unit"] == "°C"
    assert bytes.fromhex(indications[0]["data"])[0] == 2
    assert {event["connection"] for event in events} == {None, 1, 2}


def test_a_capture_that_was_cut_off_is_told_up_to_there(capture: Path, tmp_path: Path) -> None:
    """Mutant: a traceback, or nothing told, where a crash cut a file off."""
    file = tmp_path / "cut.btsnoop"
    file.write_bytes(capture.read_bytes()[:-5])
    ended = babyn("decode", file)
    assert ended.code == 1
    assert "indication Temperature Measurement" in ended.out
    assert "byte" in ended.err
    assert "packet" in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("data", [b"", b"garbage" * 50, b"btsnoop\0" + b"\xff" * 100])
def test_garbage_says_where_and_why(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "garbage"
    file.write_bytes(data)
    ended = babyn("decode", file)
    assert (ended.code, ended.out) == (1, "")
    assert "byte" in ended.err
    assert "Traceback" not in ended.err
    assert len(ended.err.splitlines()) == 1
    assert babyn("decode", "--json", file).error["type"] == "MalformedCaptureError"


def test_a_capture_of_another_link_says_which(tmp_path: Path) -> None:
    """Mutant: a sniffer's file refused like a photograph; one foreign packet ends the story."""
    file = tmp_path / "other"
    for link, words in ((1, "link type 1,"), (256, "those of a sniffer; capture on the host")):
        for write in (pcap, pcapng):
            file.write_bytes(write([connected()], link))
            ended = babyn("decode", file)
            assert (ended.code, ended.out) == (1, "")
            assert words in ended.err
    file.write_bytes(b"")
    assert "byte 0 of the file: the file is empty" in babyn("decode", file).err


def test_from_the_input_and_no_more_than_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: /dev/zero read to its end, or a file of many GiB."""
    data = btsnoop([connected()])
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from babyn_ble.cli import main; raise SystemExit(main())",
            "decode",
            "-",
        ],
        input=data,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"as central" in done.stdout) == (0, True)
    monkeypatch.setattr(decode, "LARGEST", len(data))
    file = tmp_path / "capture"
    file.write_bytes(data)
    assert babyn("decode", file).code == 0
    file.write_bytes(data + b"\0")
    ended = babyn("decode", file)
    assert ended.code == 2
    assert "MiB; cut a part out of it" in ended.err


def test_what_is_wrong_is_said_to_a_person() -> None:
    """Mutant: a program's advice on a terminal, or digits that are not counted."""
    ended = babyn("decode", "--characteristic", "2A1C", MEASUREMENT + "05")
    assert "no Temperature Measurement: byte 13 of 14: bytes left over" in " ".join(
        ended.err.split()
    )
    assert ".data" not in ended.err
    assert "13 of 14" in str(
        babyn("decode", "--json", "--characteristic", "2A1C", MEASUREMENT + "05").error
    )
    assert "3 digits are odd" in babyn("decode", "--characteristic", "2A1C", "06B").err
    assert "digit 3 is not" in babyn("decode", "--characteristic", "2A1C", "06xB").err
    assert "no BTHome v2: field version" in babyn("decode", "--service-data", "FCD2", "E1").err


def test_a_directory_is_no_capture(tmp_path: Path) -> None:
    assert babyn("decode", tmp_path).code == 2


def test_what_a_device_says_of_itself_moves_no_cursor(tmp_path: Path) -> None:
    """Mutant: control characters of a stranger's name on the terminal."""
    file = tmp_path / "stranger.btsnoop"
    value = message(bytes.fromhex("0B") + b"x\x1b[2J\ry", sent=False)
    read_name = message(bytes.fromhex("08 0100 FFFF 002A"))
    answer = message(bytes.fromhex("09 09 0300") + b"x\x1b[2J\ry", sent=False)
    report = b"\2\1\0\1" + bytes(6) + b"\x09\x08\x09x\x1b[2J\ry\xc0"
    seen = packet(PacketType.EVENT, bytes([0x3E, len(report)]) + report, sent=False)
    file.write_bytes(btsnoop([seen, connected(), read_name, answer, value]))
    told = babyn("decode", file)
    assert told.code == 0
    assert told.out.count("[2J?y") >= 1
    assert told.out.count("[2J") >= 2
    assert ESCAPE not in told.out
    assert "\r" not in told.out
    name = b"\x1b[2Jx"
    data = bytes([len(name) + 1, 9]) + name
    ended = babyn("decode", "--advertisement", data.hex())
    assert ESCAPE not in ended.out
    assert "[2Jx" in ended.out


def test_no_bluetooth_library_is_loaded(capture: Path) -> None:
    """Mutant: the companion, and bleak with it, imported for bytes that are on disk."""
    program = (
        "import json, sys\n"
        "from babyn_ble.cli import main\n"
        f"code = main(['decode', {str(capture)!r}])\n"
        "loaded = [n for n in ('bleak', 'bumble', 'babyn_simulator') if n in sys.modules]\n"
        "sys.stderr.write(json.dumps([code, loaded]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stderr) == [0, []]
