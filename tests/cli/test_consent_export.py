"""Every decision in a file, for whoever asks for the proof."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from babyn_ble.privacy.dpv import from_dpv
from tests.cli.terminal import EVERYTHING, Household


def test_every_decision_is_written_down(household: Household, tmp_path: Path) -> None:
    """Mutant: only what stands now is written, and not what was before."""
    household.set_up("child")
    household.agree(*EVERYTHING)
    household.babyn("consent", "withdraw", "location")
    out = tmp_path / "records.json"
    ended = household.babyn("consent", "export", str(out))
    assert ended.code == 0, ended.err
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    records, parties = from_dpv(json.loads(out.read_bytes()))
    states = [record.event.event_state.value for record in records]
    assert states.count("ConsentGiven") == len(EVERYTHING)
    assert states[-1] == "ConsentWithdrawn"
    assert {party.party_name for party in parties} == {"Kim"}
    assert household.babyn("consent", "export", str(out)).code == 2  # never overwritten


def test_printed_it_is_the_same(household: Household) -> None:
    household.set_up("synthetic")
    household.agree("location")
    [document] = household.json("consent", "export").objects
    printed = json.loads(household.babyn("consent", "export", "--format", "dpv").out)
    assert from_dpv(document) == from_dpv(printed)
    assert len(from_dpv(document)[0]) == 2
