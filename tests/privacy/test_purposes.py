from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
    OWN_SCOPES,
    REQUIREMENTS,
    Category,
    ConsentScope,
    Operation,
    Permission,
    Purpose,
    duration,
    operations,
    required_scopes,
    terms,
)

SHARING = ConsentScope.sharing("home")


def test_the_table_is_as_agreed() -> None:
    """BN-GATE-01, BN-GATE-04. Mutant: a scope is dropped from any row, or a row is added."""
    found = {
        act: {str(scope) for scope in required_scopes(*act, recipient=None) or ()}
        for act in REQUIREMENTS
    }
    sharing = (Purpose.SHARING, Category.HEALTH, Operation.TRANSMIT)
    assert found.pop(sharing) == set()  # without a recipient: denied
    assert required_scopes(*sharing, recipient="home") == frozenset({HEALTH_MONITORING, SHARING})
    assert found == {
        (Purpose.BINDING, Category.SIGHTING, Operation.COLLECT): {"location", "bluetooth"},
        (Purpose.BINDING, Category.DEVICE_LINK, Operation.USE): {"bluetooth"},
        (Purpose.BINDING, Category.DEVICE_IDENTIFIER, Operation.STORE): {"bluetooth"},
        (Purpose.BINDING, Category.DEVICE_STATUS, Operation.COLLECT): {"bluetooth"},
        (Purpose.BINDING, Category.DEVICE_STATUS, Operation.USE): {"bluetooth"},
        (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT): {
            "bluetooth",
            "health_monitoring",
        },
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.STORE): {
            "health_monitoring",
            "history_storage",
        },
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.USE): {"history_storage"},
    }


def test_all_else_no_consent_can_allow() -> None:
    """BN-GATE-05. Mutant: an unknown act falls back to its purpose's consents."""
    every = set(product(Purpose, Category, Operation))
    assert {act for act in every if required_scopes(*act, recipient="home") is not None} == {
        (Purpose.SHARING, Category.HEALTH, Operation.TRANSMIT)
    }
    assert len({act for act in every if required_scopes(*act) is not None}) == 8


@pytest.mark.parametrize("scope", [*OWN_SCOPES, SHARING])
def test_every_scope_can_be_written_and_explained(scope: ConsentScope) -> None:
    """BN-PUR-08. Mutant: a scope without terms."""
    assert ConsentScope.parse(str(scope)) == scope
    assert terms(scope).why
    assert terms(scope).data
    assert terms(scope).policy_lines
    assert operations(scope)
    assert timedelta() < duration(terms(scope).validity) <= timedelta(days=365)


def test_scopes_as_text() -> None:
    assert [str(scope) for scope in (*OWN_SCOPES, SHARING)] == [
        "location",
        "bluetooth",
        "health_monitoring",
        "history_storage",
        "sharing:home",
    ]
    assert operations(LOCATION) == (Operation.COLLECT,)
    assert operations(BLUETOOTH) == (Operation.COLLECT, Operation.STORE, Operation.USE)
    assert operations(HISTORY_STORAGE) == (Operation.STORE, Operation.USE)


@pytest.mark.parametrize(
    "text", ["", "all", "binding", "sharing", "sharing:", "sharing:*", "sharing:A", "location "]
)
def test_there_are_no_other_scopes(text: str) -> None:
    """BN-PUR-02. Mutant: a word that means all of them."""
    with pytest.raises(ValueError, match="recipient"):
        ConsentScope.parse(text)


@given(st.text())
def test_any_text_is_a_scope_or_refused(text: str) -> None:
    try:
        scope = ConsentScope.parse(text)
    except ValueError:
        return
    assert str(scope) == text


@pytest.mark.parametrize(
    ("purpose", "permission", "recipient"),
    [
        (Purpose.BINDING, None, None),
        (Purpose.HEALTH_MONITORING, Permission.LOCATION, None),
        (Purpose.SHARING, None, None),
        (Purpose.HISTORY_STORAGE, None, "home"),
    ],
)
def test_a_scope_is_one_thing(
    purpose: Purpose, permission: Permission | None, recipient: str | None
) -> None:
    with pytest.raises(ValueError, match="consented to by"):
        ConsentScope(purpose, permission, recipient)


def test_durations() -> None:
    assert duration("P180D") == timedelta(days=180)
    assert duration("P1Y") == timedelta(days=365)
    assert duration("P1Y1D") == timedelta(days=366)
    for text in ("P", "", "180D", "PT5S", "P-1D", "P1M"):
        with pytest.raises(ValueError, match="duration"):
            duration(text)
