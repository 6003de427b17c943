"""``babyn decode --advertisement``: what a person is shown, and what a program gets."""

from __future__ import annotations

import pytest

from babyn_ble.cli.decode_advertisement import flags_in_words
from babyn_protocol.advertisement import AdFlags
from tests.cli.terminal import babyn

SENSOR = "0201060B094449592D73656E736F720A16D2FC4002C40903BF13"


def tree(*arguments: str) -> list[str]:
    """Return the lines of the tree, and not those of the linter."""
    out = babyn("decode", "--advertisement", *arguments).out
    return [line.lstrip("├└│─ ") for line in out.splitlines() if line[:1] in ("├", "└", "│", " ")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            SENSOR,
            [
                "flags: LE General Discoverable, BR/EDR not supported",
                "name: DIY-sensor",
                "data of service BTHome v2 0xFCD2: 40 02 C4 09 03 BF 13",
                "temperature 25.00 °C",
                "humidity 50.55 %",
            ],
        ),
        (
            "020100 05FFFFFF0100 020AFC 0319C103 021C02",
            [
                "flags: none set",
                "data of company 0xFFFF: 01 00",
                "transmit power: -4 dBm",
                "appearance: category not known here (0x03C1)",
                "AD type 0x1C: 02",
            ],
        ),
        ("03085468", ["shortened name: Th"]),
        ("0109", ["name: empty"]),
        ("050209180F18", ["service: Health Thermometer 0x1809", "service: Battery 0x180F"]),
        ("", ["nothing"]),
        ("0416D2FC00", ["this is no BTHome v2: byte 0:"]),
        (
            "0D16D2FC41 39 05000000 BE0FBF34",
            ["encrypted, counter 5; --service-data opens it"],
        ),
    ],
)
def test_an_advertisement_in_words(data: str, said: list[str]) -> None:
    """Mutants: the name of a Python class, ``True``, a UUID without its name, a list in brackets;
    what is not there shown; BTHome that is broken or sealed taken for objects."""
    shown = "\n".join(tree(data))
    places = [shown.index(words) for words in said]
    assert places == sorted(places)
    for ugly in ("AdFlags", "True", "None", "[", "-0000-1000-"):
        assert ugly not in shown


def test_each_flag_has_words() -> None:
    """Mutant: a flag without any, of which the reader would never know."""
    told = [flags_in_words(flag) for flag in AdFlags]
    assert len(set(told)) == len(AdFlags)
    assert flags_in_words(AdFlags(0)) not in told


def test_programs_get_what_they_always_got() -> None:
    """Mutant: words for people in what programs compare."""
    [told] = babyn("decode", "--json", "--advertisement", SENSOR).objects
    assert told["advertising_data"] == {
        "flags": "AdFlags.LE_GENERAL_DISCOVERABLE|BR_EDR_NOT_SUPPORTED",
        "local_name": "DIY-sensor",
        "name_complete": True,
        "service_uuids": [],
        "service_data": [["0000fcd2-0000-1000-8000-00805f9b34fb", "4002c40903bf13"]],
        "manufacturer_data": [],
        "tx_power": None,
        "appearance": None,
        "others": [],
    }
    assert told["scan_response"] is None
