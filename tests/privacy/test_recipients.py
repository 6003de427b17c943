"""Recipients: complete or not at all."""

from __future__ import annotations

import pytest

from babyn_ble.errors import RecipientError
from babyn_ble.privacy import Recipient
from babyn_ble.privacy.recipients import RecipientType
from tests.privacy.household import RECIPIENT, Household

COMPLETE = RECIPIENT.model_dump()
OPTIONAL = {"agreement_ref"}


@pytest.mark.parametrize("field", sorted(set(COMPLETE) - OPTIONAL))
@pytest.mark.requirement("BN-SHR-02")
def test_an_entry_with_a_missing_field_does_not_load(field: str) -> None:
    """BN-SHR-02, gap G13. Mutant: a field gets a default."""
    Recipient.model_validate(COMPLETE)
    with pytest.raises(ValueError, match=field):
        Recipient.model_validate({name: value for name, value in COMPLETE.items() if name != field})


@pytest.mark.parametrize(
    "change",
    [
        {"name": "  "},
        {"fields": ()},
        {"fields": ("value", "value")},
        {"fields": ("Value",)},
        {"id": "Home"},
        {"id": "sharing:home"},
        {"country": "unknown"},
        {"recipient_type": "advertising"},
        {"recipient_type": RecipientType.PROCESSOR},
        {"recipient_type": RecipientType.PARTNER, "agreement_ref": " "},
        {"more": "than there is"},
    ],
    ids=str,
)
@pytest.mark.requirement("BN-SHR-02")
@pytest.mark.requirement("BN-SHR-05")
def test_an_entry_that_is_not_as_it_has_to_be_does_not_load(change: dict[str, object]) -> None:
    """BN-SHR-02, BN-SHR-05. Mutant: a partner without an agreement; an empty list of fields."""
    with pytest.raises(ValueError, match=r"validation error") as caught:
        Recipient.model_validate({**COMPLETE, **change})
    assert "than there is" not in str(caught.value)


def test_the_directory_is_sealed_and_shared(home: Household) -> None:
    directory = home.register.recipients
    other = home.another().register.recipients
    assert other.list() == ()
    directory.put(RECIPIENT)
    second = RECIPIENT.model_copy(update={"id": "alpha"})
    directory.put(second)
    assert other.list() == (second, RECIPIENT)
    assert other.get("home") == RECIPIENT
    assert other.remove("home")
    assert not directory.remove("home")
    assert directory.find("home") is None
    with pytest.raises(RecipientError, match="add it first"):
        directory.get("home")


def test_an_entry_alone_is_no_consent(home: Household) -> None:
    """BN-SHR-01."""
    home.register.recipients.put(RECIPIENT)
    assert not any(state.valid for state in home.register.statuses(home.id))
