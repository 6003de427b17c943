from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.privacy import Subject
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    ENVIRONMENT,
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
)
from babyn_ble.privacy.terms import terms
from tests.privacy.household import RECIPIENT, Household

SHARING = ConsentScope.sharing("home")
ABROAD = ConsentScope.cross_border("DE")
OF = {Category.HEALTH: HEALTH_MONITORING, Category.ENVIRONMENT: ENVIRONMENT}


def test_the_table_is_as_agreed() -> None:
    """BN-GATE-01, BN-GATE-04. Mutant: a scope is dropped from any row, or a row is added."""
    found = {
        act: {str(scope) for scope in required_scopes(*act, recipient=None) or ()}
        for act in REQUIREMENTS
    }
    for category, own in OF.items():
        sharing = (Purpose.SHARING, category, Operation.TRANSMIT)
        abroad = (Purpose.CROSS_BORDER, category, Operation.TRANSMIT)
        assert found.pop(sharing) == found.pop(abroad) == set()  # without a recipient: denied
        assert required_scopes(*sharing, recipient="home") == frozenset({own, SHARING})
        assert required_scopes(*abroad, recipient="home") is None
        for act in (sharing, abroad):
            assert required_scopes(*act, country="DE") is None
            assert required_scopes(*act, "home", "DE") == frozenset({own, SHARING, ABROAD})
    assert found == {
        (Purpose.BINDING, Category.SIGHTING, Operation.COLLECT): {"location", "bluetooth"},
        (Purpose.BINDING, Category.DEVICE_LINK, Operation.USE): {"bluetooth"},
        (Purpose.BINDING, Category.DEVICE_IDENTIFIER, Operation.STORE): {"bluetooth"},
        (Purpose.BINDING, Category.DEVICE_STATUS, Operation.COLLECT): {"bluetooth"},
        (Purpose.BACKGROUND_COLLECTION, Category.SIGHTING, Operation.COLLECT): {
            "location",
            "bluetooth",
            "background_collection",
        },
        (Purpose.BACKGROUND_COLLECTION, Category.DEVICE_LINK, Operation.USE): {
            "bluetooth",
            "background_collection",
        },
        (Purpose.DEVICE_CONTROL, Category.DEVICE_STATUS, Operation.USE): {
            "bluetooth",
            "device_control",
        },
        (Purpose.DIAGNOSTICS, Category.FAULTS, Operation.USE): {"diagnostics"},
        (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT): {
            "bluetooth",
            "health_monitoring",
        },
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.STORE): {
            "health_monitoring",
            "history_storage",
        },
        (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.USE): {"history_storage"},
        (Purpose.ENVIRONMENT, Category.ENVIRONMENT, Operation.COLLECT): {
            "bluetooth",
            "environment",
        },
        (Purpose.HISTORY_STORAGE, Category.ENVIRONMENT, Operation.STORE): {
            "environment",
            "history_storage",
        },
        (Purpose.HISTORY_STORAGE, Category.ENVIRONMENT, Operation.USE): {"history_storage"},
    }


def test_all_else_no_consent_can_allow() -> None:
    """BN-GATE-05. Mutant: an unknown act falls back to its purpose's consents."""
    every = set(product(Purpose, Category, Operation))
    assert {act for act in every if required_scopes(*act, recipient="home") is not None} == {
        (Purpose.SHARING, category, Operation.TRANSMIT) for category in OF
    }
    assert {act for act in every if required_scopes(*act, "home", "DE") is not None} == {
        (purpose, category, Operation.TRANSMIT)
        for purpose in (Purpose.SHARING, Purpose.CROSS_BORDER)
        for category in OF
    }
    assert len({act for act in every if required_scopes(*act) is not None}) == 14


@pytest.mark.parametrize("scope", [*OWN_SCOPES, SHARING, ABROAD])
def test_every_scope_can_be_written_and_explained(scope: ConsentScope) -> None:
    """BN-PUR-08. Mutant: a scope without terms."""
    assert ConsentScope.parse(str(scope)) == scope
    assert terms(scope).why
    assert terms(scope).data
    assert terms(scope).policy_lines
    assert operations(scope)
    assert timedelta() < duration(terms(scope).validity) <= timedelta(days=365)


def test_scopes_as_text() -> None:
    assert [str(scope) for scope in (*OWN_SCOPES, SHARING, ABROAD)] == [
        "location",
        "bluetooth",
        "health_monitoring",
        "environment",
        "history_storage",
        "device_control",
        "background_collection",
        "diagnostics",
        "sharing:home",
        "cross_border:DE",
    ]
    assert operations(LOCATION) == (Operation.COLLECT,)
    assert operations(BLUETOOTH) == (Operation.COLLECT, Operation.STORE, Operation.USE)
    assert operations(HISTORY_STORAGE) == (Operation.STORE, Operation.USE)


@pytest.mark.parametrize(
    "text",
    [
        *("", "all", "binding", "location ", "location:", "environment:DE"),
        *("sharing", "sharing:", "sharing:*", "sharing:A", "sharing:a:b"),
        *("cross_border", "cross_border:", "cross_border:*", "cross_border:de"),
    ],
)
@pytest.mark.requirement("BN-PUR-02")
def test_there_are_no_other_scopes(text: str) -> None:
    """BN-PUR-02. Mutant: a word that means all of them."""
    with pytest.raises(ValueError, match=r"recipient|country"):
        ConsentScope.parse(text)


@given(st.text())
def test_any_text_is_a_scope_or_refused(text: str) -> None:
    try:
        scope = ConsentScope.parse(text)
    except ValueError:
        return
    assert str(scope) == text


@pytest.mark.parametrize(
    ("purpose", "permission", "recipient", "country"),
    [
        (Purpose.BINDING, None, None, None),
        (Purpose.HEALTH_MONITORING, Permission.LOCATION, None, None),
        (Purpose.SHARING, None, None, None),
        (Purpose.SHARING, None, "home", "DE"),
        (Purpose.CROSS_BORDER, None, None, None),
        (Purpose.HISTORY_STORAGE, None, "home", None),
    ],
)
def test_a_scope_is_one_thing(
    purpose: Purpose, permission: Permission | None, recipient: str | None, country: str | None
) -> None:
    with pytest.raises(ValueError, match="consented to by"):
        ConsentScope(purpose, permission, recipient, country)


def test_durations() -> None:
    assert duration("P180D") == timedelta(days=180)
    assert duration("P1Y") == timedelta(days=365)
    assert duration("P1Y1D") == timedelta(days=366)
    for text in ("P", "", "180D", "PT5S", "P-1D", "P1M"):
        with pytest.raises(ValueError, match="duration"):
            duration(text)


ADDITIONAL = tuple(scope for scope in OWN_SCOPES if scope not in (LOCATION, BLUETOOTH))
BASIC = (Act.SCAN, Act.CONNECT, Act.REMEMBER, Act.STATUS)


@pytest.mark.requirement("BN-PUR-03")
@pytest.mark.parametrize("refused", range(2 ** len(ADDITIONAL)))
def test_whatever_else_is_refused_the_basic_functions_work(refused: int) -> None:
    """BN-PUR-03. Mutant: searching, connecting or binding takes an additional purpose."""
    agreed = {LOCATION, BLUETOOTH} | {
        scope for place, scope in enumerate(ADDITIONAL) if not refused >> place & 1
    }
    for act in BASIC:
        assert (required_scopes(*act.value) or frozenset({SHARING})) <= agreed
    reading = required_scopes(*Act.READ.value)
    assert reading is not None
    assert (reading <= agreed) is (HEALTH_MONITORING in agreed)  # the control


@pytest.mark.requirement("BN-PUR-04")
def test_without_location_only_searching_is_gone(home: Household) -> None:
    """BN-PUR-04. Mutant: anything but a search takes location."""
    home.register.recipients.put(RECIPIENT)
    home.register.request(home.id, LOCATION)
    home.refuse(LOCATION)
    home.agree(*(scope for scope in OWN_SCOPES if scope != LOCATION), SHARING)
    allowed = {
        act for act in Act if home.allows(act.value, "home" if "SHARE" in act.name else None)
    }
    assert set(Act) - allowed == {Act.SCAN, Act.SCAN_UNATTENDED}


@pytest.mark.requirement("BN-PUR-06")
def test_nothing_about_a_child_is_needed() -> None:
    """BN-PUR-06. Mutant: a name, a birthday, a sex or a picture has to be given."""
    assert set(Subject.model_fields) == {
        *("subject_id", "kind", "controller", "consenting_party", "attestation"),
        *("name", "jurisdiction"),
    }
    home = Household()
    nameless = home.register.setup(
        controller=home.subject.controller,
        consenting_party=home.subject.consenting_party,
        attestation=home.subject.attestation,
    )
    assert nameless.name is None
    home.subject = nameless
    home.agree(LOCATION, BLUETOOTH, HEALTH_MONITORING)
    assert all(home.allows(act.value) for act in (*BASIC, Act.READ))
