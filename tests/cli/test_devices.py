"""From a refused scan to a forgotten device, over the simulated radio, in virtual time."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.cli.conftest import SECOND, SPEAKER, Write
from tests.cli.terminal import ESCAPE, EVERYTHING, Ended, Household


@pytest.fixture
def agreed(household: Household) -> Household:
    """A synthetic subject with every consent."""
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    return household


def ready(household: Household) -> Household:
    household.set_up("synthetic")
    household.agree(*EVERYTHING)
    return household


def one_line(ended: Ended) -> str:
    [line] = ended.err.splitlines()
    assert line.startswith("✗ ")
    assert "Traceback" not in line
    return line


# scan


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ([], ["bluetooth", "location"]),
        (["location"], ["bluetooth"]),
        (["bluetooth"], ["location"]),
    ],
)
def test_one_of_two_consents_is_refused(
    given: list[str], missing: list[str], household: Household
) -> None:
    """Mutant: asking the gate for one of the two lets a scan through."""
    household.set_up("synthetic")
    household.agree(*given)
    ended = household.json("scan")
    assert ended.code == 3
    assert ended.out == ""
    assert ended.error["missing"] == missing


def test_with_both_consents_the_device_is_found(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location", "bluetooth")
    ended = household.json("scan", "--timeout", "3")
    assert ended.code == 0
    [sighting, summary] = ended.objects
    assert sighting["model"] == "thermometer"
    assert -100 < sighting["rssi"] < 0
    assert summary["scan"]["found"] == 1
    assert summary["scan"]["ignored"] > 0  # the speaker
    assert "address" not in sighting


def test_a_scan_for_people_ends_with_the_next_command(agreed: Household) -> None:
    ended = agreed.babyn("scan", "--timeout", "3")
    assert ended.code == 0
    assert ESCAPE not in ended.out
    first, summary, following = ended.lines
    assert "thermometer" in first
    assert "dBm" in first
    assert "foreign advertisements ignored" in summary
    assert following == f"Next: babyn {' '.join(agreed.options)} bind {first.split()[0]}"


def test_a_scan_that_finds_nothing(nursery: Write) -> None:
    household = ready(nursery(distance=5000.0))
    ended = household.babyn("scan", "--timeout", "3")
    assert ended.code == 6
    assert "scan" in one_line(ended)


@pytest.mark.requirement("BN-SHR-09")
def test_readings_in_the_clear_are_warned_of(nursery: Write) -> None:
    """Where a device is found, and where it is bound. Mutant: only an inspection says it."""
    household = ready(nursery("[device.broadcast]\nplaintext = true\n"))
    for command in (("scan", "--timeout", "3"), ("bind",)):
        said = household.babyn(*command)
        assert said.code == 0
        assert "broadcasts its readings unencrypted" in " ".join(said.out.split())
    [sighting, _summary] = household.json("scan", "--timeout", "3").objects
    assert sighting["plaintext"] is True
    [document] = household.json("inspect").objects
    assert "bthome-plaintext" in [each["code"] for each in document["advertisement"]["findings"]]


def test_encrypted_ones_are_not(nursery: Write) -> None:
    """The control."""
    household = ready(nursery(f'[device.broadcast]\nkey = "{"ab" * 16}"\n'))
    said = household.babyn("scan", "--timeout", "3")
    assert said.code == 0
    assert "unencrypted" not in said.err + said.out


# inspect


def test_an_inspection_is_a_tree(agreed: Household) -> None:
    ended = agreed.babyn("inspect")
    assert ended.code == 0
    assert ESCAPE not in ended.out
    for word in (
        "Health Thermometer",
        "Temperature Measurement",
        "0x2A1C",
        "indicate",
        "Battery Level",
        "├──",
        "Nothing wrong was found",
    ):
        assert word in ended.out
    assert max(map(len, ended.lines)) <= 80


def test_an_inspection_as_one_document(agreed: Household) -> None:
    [document] = agreed.json("inspect").objects
    names = [service["name"] for service in document["services"]]
    assert "Health Thermometer" in names
    assert document["findings"] == []
    characteristics = {
        item["name"]: item
        for service in document["services"]
        for item in service["characteristics"]
    }
    manufacturer = characteristics["Manufacturer Name String"]
    assert manufacturer["decoded"] == "BabyN Simulator"
    assert bytes.fromhex(manufacturer["value"]) == b"BabyN Simulator"
    serial = characteristics["Serial Number String"]
    assert serial["value"] is None
    assert "not read" in serial["note"]


def test_an_inspection_by_id_and_by_name(agreed: Household) -> None:
    [sighting, _] = agreed.json("scan", "--timeout", "3").objects
    assert sighting["name"] == "Thermometer"
    for wanted in (sighting["id"], sighting["name"]):
        [document] = agreed.json("inspect", wanted).objects
        assert document["id"] == sighting["id"]


# bind and devices


def test_binding_the_only_device_in_reach(agreed: Household) -> None:
    ended = agreed.json("bind")
    assert ended.code == 0
    [bound] = ended.objects
    assert bound["paired"] is True
    assert bound["new"] is True
    assert bound["manufacturer"] == "BabyN Simulator"
    assert [device["id"] for device in agreed.json("devices").objects] == [bound["id"]]


def test_binding_twice_changes_nothing(agreed: Household) -> None:
    [first] = agreed.json("bind").objects
    [again] = agreed.json("bind", first["id"]).objects
    assert again == {**first, "new": False}
    assert "bound already" in agreed.babyn("bind").out


def test_with_two_devices_in_reach_one_has_to_be_named(nursery: Write) -> None:
    """Mutant: binding the first of several binds the neighbour's."""
    household = ready(nursery(SECOND))
    ended = household.babyn("bind")
    assert ended.code == 2
    assert ended.out.count("thermometer") == 2
    assert "name one" in one_line(ended)
    assert household.json("devices").objects == []
    wanted = household.json("scan", "--timeout", "3").objects[0]["id"]
    assert household.json("bind", wanted).objects[0]["id"] == wanted


def test_binding_what_is_not_there(agreed: Household) -> None:
    ended = agreed.babyn("bind", "kkkkkkkk")
    assert ended.code == 6
    assert "Next: " in one_line(ended)
    assert agreed.json("devices").objects == []


def test_a_device_that_refuses_to_pair(nursery: Write) -> None:
    household = ready(nursery(pairing="reject"))
    ended = household.babyn("bind")
    assert ended.code == 7
    one_line(ended)
    assert household.json("devices").objects == []


def test_binding_without_pairing(nursery: Write) -> None:
    household = ready(nursery(pairing="none"))
    [bound] = household.json("bind", "--no-pair").objects
    assert bound["paired"] is False
    assert len(household.json("watch", "--count", "1").objects) == 1


def test_devices_are_a_table(agreed: Household) -> None:
    assert "No device is bound" in agreed.babyn("devices").out
    bound = agreed.bind()
    ended = agreed.babyn("devices")
    assert bound in ended.out
    assert "✓ yes" in ended.out
    assert max(map(len, ended.lines)) <= 80


# watch


def test_watching_prints_a_line_a_reading(agreed: Household) -> None:
    agreed.bind()
    ended = agreed.babyn("watch", "--count", "3")
    assert ended.code == 0
    assert ESCAPE not in ended.out
    assert len(ended.lines) == 3
    for line in ended.lines:
        assert " °C  valid: test data  armpit  battery 87 %" in line
        datetime.fromisoformat(line.split()[0])


def test_watching_as_json_lines(agreed: Household) -> None:
    bound = agreed.bind()
    readings = agreed.json("watch", bound, "--count", "5").objects
    assert len(readings) == 5
    assert {reading["device"] for reading in readings} == {bound}
    assert {reading["quantity"] for reading in readings} == {"temperature"}
    times = [reading["measured_at"] for reading in readings]
    assert times == sorted(times)


def test_watching_without_consent_to_health_data(household: Household) -> None:
    """Mutant: asking only for the scan's consents shows a child's temperature."""
    household.set_up("synthetic")
    household.agree("location", "bluetooth", "background_collection")
    bound = household.bind()
    ended = household.json("watch", bound)
    assert (ended.code, ended.out) == (3, "")
    assert ended.error["missing"] == ["health_monitoring"]
    household.agree("health_monitoring")  # the control
    assert household.json("watch", bound, "--count", "1").code == 0


def test_watching_what_is_not_bound(agreed: Household) -> None:
    for arguments in (["watch"], ["watch", "kkkkkkkk"]):
        ended = agreed.babyn(*arguments)
        assert ended.code == 6
        assert "Next: " in one_line(ended)


def test_watching_a_device_that_is_gone(nursery: Write) -> None:
    ready(nursery()).bind()
    away = nursery(distance=5000.0)
    ended = away.babyn("watch")
    assert ended.code == 6
    one_line(ended)


# unbind


def test_unbinding_twice(agreed: Household) -> None:
    bound = agreed.bind()
    agreed.babyn("watch", "--count", "4")
    ended = agreed.json("unbind", bound)
    assert ended.code == 0
    assert ended.objects == [{"unbound": bound, "bond_removed": True, "readings_erased": 4}]
    again = agreed.babyn("unbind", bound)
    assert again.code == 6
    one_line(again)


def test_unbinding_may_keep_readings(agreed: Household) -> None:
    bound = agreed.bind()
    agreed.babyn("watch", "--count", "4")
    [unbound] = agreed.json("unbind", bound, "--keep-readings").objects
    assert unbound["readings_erased"] == 0


def test_without_history_storage_nothing_is_kept(household: Household) -> None:
    """Mutant: storing whatever is shown. The control is `test_unbinding_twice`."""
    household.set_up("synthetic")
    household.agree("location", "bluetooth", "health_monitoring")
    bound = household.bind()
    household.babyn("watch", "--count", "4")
    [unbound] = household.json("unbind", bound).objects
    assert unbound["readings_erased"] == 0


def test_unbinding_needs_no_consent_and_no_radio(agreed: Household) -> None:
    bound = agreed.bind()
    for scope in EVERYTHING:
        assert agreed.babyn("consent", "withdraw", scope).code == 0
    assert agreed.babyn("unbind", bound).code == 0


def test_words_with_escapes_stay_words(nursery: Write) -> None:
    """Mutant: printing what a device says of itself as it came lets it write on the terminal."""
    red = "\\u001b[31mred"
    household = ready(nursery(SPEAKER, manufacturer=red, local_name=red))
    household.bind()
    for command in ("scan", "inspect", "devices"):
        ended = household.babyn(command)
        assert ended.code == 0
        assert ESCAPE not in ended.out
        assert "[31mred" in ended.out
