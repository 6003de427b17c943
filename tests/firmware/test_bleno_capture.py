"""A capture of bleno, a stack that is not ours: ``babyn decode`` and Wireshark tell its story."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import wireshark
from tests.cli.terminal import babyn
from tests.firmware.bleno_peripheral import BATTERY_LEVEL
from tests.firmware.conftest import Story
from tests.required_tools import need

DISCOVERY = [
    "service Battery 0x180F",
    "service Health Thermometer 0x1809",
    "characteristic Battery Level 0x2A19 [read, notify]",
]
PAIRING = [
    "pairing request: ",
    "pairing response: no input and no output, bonding, legacy pairing",
    "encrypted",
    "encryption information (a key, not shown)",
]
READINGS = [
    f"read Battery Level: {BATTERY_LEVEL} %",
    "subscribe to Temperature Measurement: indications",
    "indication Temperature Measurement: 36.6 °C, body",
]


def told_in_order(story: str, *said: str) -> None:
    """Check that a story says things, one after the other."""
    at = 0
    for words in said:
        found = story.find(words, at)
        assert found >= 0, f"'{words}' is not told after {at} characters of:\n{story}"
        at = found + len(words)


def test_decode_tells_the_whole_story(story: Story) -> None:
    """Mutant: handles that bleno counts in another way have no names."""
    ended = babyn("decode", story.capture)
    assert (ended.code, ended.err) == (0, "")
    told_in_order(
        ended.out,
        "advertise: on",
        "Health Thermometer, Battery",
        "scan response of",
        "“Bleno”",
        *DISCOVERY,
        f"read Battery Level: {BATTERY_LEVEL} %",
        "disconnected",
        *DISCOVERY,
        *PAIRING,
        "disconnected",
        *READINGS,
        "disconnected",
    )


@pytest.mark.parametrize("form", ["pcap", "nsecpcap", "pcapng", "btsnoop"])
def test_decode_tells_what_another_program_has_written(
    story: Story, tmp_path: Path, form: str
) -> None:
    """Mutant: only files of our own writer are read."""
    need(wireshark.missing())
    path = tmp_path / f"again.{form}"
    subprocess.run(["editcap", "-F", form, str(story.capture), str(path)], check=True, timeout=60)
    again, ours = babyn("decode", path), babyn("decode", story.capture)
    assert (again.code, again.err) == (0, "")
    assert again.out.splitlines()[1:] == ours.out.splitlines()[1:]  # after the format's name


def test_decode_tells_the_devices_side_alone(story: Story, tmp_path: Path) -> None:
    """What a firmware engineer has: the device's packets, and nobody else's."""
    need(wireshark.missing())
    path = tmp_path / "device.pcap"
    command = ["tshark", "-r", str(story.capture), "-Y", "hci_mon.adapter_id == 0", "-F", "pcap"]
    subprocess.run([*command, "-w", str(path)], check=True, timeout=60, capture_output=True)
    ended = babyn("decode", path)
    assert (ended.code, ended.err) == (0, "")
    told_in_order(ended.out, "as peripheral", *DISCOVERY, *PAIRING, *READINGS)


def test_no_frame_is_malformed(story: Story) -> None:
    need(wireshark.missing())
    assert wireshark.suspicious(story.capture) == []
    levels = wireshark.fields(story.capture, "btatt.battery_level", "btatt.battery_level")
    assert (str(BATTERY_LEVEL),) in levels
    encrypted = wireshark.fields(
        story.capture, "bthci_evt.code == 0x08", "bthci_evt.encryption_enable"
    )
    assert encrypted
