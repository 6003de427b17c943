"""A command that goes on by itself, with nobody at a terminal, is in the background."""

from __future__ import annotations

import pytest

from tests.cli.terminal import BABYN, EVERYTHING, Household, terminal

WITHOUT = tuple(scope for scope in EVERYTHING if scope != "background_collection")


@pytest.mark.requirement("BN-BG-01")
def test_watching_as_a_service_takes_a_consent_more(household: Household) -> None:
    """And ends with the exit code for it. Mutant: a service counts as attended."""
    household.set_up("synthetic")
    household.agree(*WITHOUT)
    household.bind()
    refused = household.babyn("watch", "-n", "1")
    assert refused.code == 3
    assert "background_collection" in refused.err
    with terminal([*BABYN, *household.options, "watch", "-n", "1"]) as screen:
        assert screen.end() == 0  # the control: a person is there
    household.agree("background_collection")
    assert household.babyn("watch", "-n", "1").code == 0


@pytest.mark.requirement("BN-BG-01")
def test_a_single_search_by_a_timer_takes_it_too(household: Household) -> None:
    """On a real radio; in a simulation nobody's. Mutant: what ends by itself is attended."""
    household.set_up("test_article")
    household.agree("location", "bluetooth")
    bench = Household(household.directory, "hci:tcp-client:127.0.0.1:9")
    refused = bench.json("scan")
    assert refused.code == 3
    assert refused.error["missing"] == ["background_collection"]
    with terminal([*BABYN, *bench.options, "scan"]) as screen:
        assert screen.end() == 5  # the control: it may, and nobody answers there
    assert household.babyn("scan", "--timeout", "1").code == 0  # simulated


@pytest.mark.requirement("BN-BG-02")
def test_a_session_that_is_open_is_shown(household: Household) -> None:
    """Mutant: what runs in the background can be seen in the ledger's file only."""
    from babyn_ble import Companion

    household.set_up("synthetic")
    assert "background" not in household.babyn("consent", "show").out.partition("Subject")[0]
    companion = Companion.open(household.directory, radio="os")
    companion.consent.begin_background(companion.subject.subject_id)
    companion.close()
    shown = household.babyn("consent", "show")
    assert "A program works in the background since" in shown.out
