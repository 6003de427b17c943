"""Setting up: who is responsible, for whom, and who may consent."""

from __future__ import annotations

import pytest

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy import (
    AttestationMethod,
    ConsentScope,
    GuardianAttestation,
    Party,
    PartyRole,
    SubjectKind,
)
from babyn_ble.privacy.purposes import OWN_SCOPES
from tests.privacy.household import (
    ATTESTATION,
    CHILD,
    CONTROLLER,
    GUARDIAN,
    RECIPIENT,
    Household,
    party,
)

SHARING = ConsentScope.sharing("home")


def test_a_subject_is_set_up_once_and_found_again(home: Household) -> None:
    again = home.another()
    assert again.register.subjects() == (home.id,)
    assert again.register.subject(home.id) == home.subject
    assert again.register.kind(home.id) is SubjectKind.CHILD
    assert not home.subject.testing
    second = home.set_up(SubjectKind.TEST_ARTICLE)
    assert second.testing
    assert again.register.subjects() == (home.id, second.subject_id)


@pytest.mark.requirement("BN-MIN-01", "BN-MIN-02")
@pytest.mark.parametrize(
    ("kind", "role", "attestation"),
    [
        (SubjectKind.CHILD, PartyRole.OPERATOR, ATTESTATION),
        (SubjectKind.CHILD, PartyRole.CONTROLLER, ATTESTATION),
        (SubjectKind.CHILD, PartyRole.PARENT, None),
        (
            SubjectKind.CHILD,
            PartyRole.GUARDIAN,
            GuardianAttestation(method=AttestationMethod.BUTTON, statement_sha256="0" * 64),
        ),
        (SubjectKind.TEST_ARTICLE, PartyRole.PARENT, None),
        (SubjectKind.TEST_ARTICLE, PartyRole.OPERATOR, ATTESTATION),
        (SubjectKind.SYNTHETIC, PartyRole.GUARDIAN, None),
    ],
)
def test_the_right_party_consents(
    home: Household, kind: SubjectKind, role: PartyRole, attestation: GuardianAttestation | None
) -> None:
    """BN-MIN-01, BN-MIN-02. Mutant: the role or the statement is not looked at."""
    before = home.store.head()
    with pytest.raises(InvalidConsentError):
        home.register.setup(
            kind=kind,
            controller=party(PartyRole.CONTROLLER),
            consenting_party=party(role),
            attestation=attestation,
        )
    assert home.store.head() == before
    assert home.register.subjects() == (home.id,)


@pytest.mark.requirement("BN-MIN-05")
@pytest.mark.parametrize("missing", ["party_name", "party_contact"])
@pytest.mark.parametrize("value", ["", "   ", None])
def test_a_party_has_a_name_and_a_contact(missing: str, value: str | None) -> None:
    """Gap G2. Mutant: an empty controller is accepted."""
    content = {"party_name": "n", "party_contact": "c", "party_role": PartyRole.CONTROLLER}
    Party.model_validate(content)
    with pytest.raises(ValueError, match=missing):
        Party.model_validate({**content, missing: value})


def test_a_controller_has_that_role(home: Household) -> None:
    with pytest.raises(InvalidConsentError, match="controller"):
        home.register.setup(
            controller=party(PartyRole.OPERATOR),
            consenting_party=party(PartyRole.PARENT),
            attestation=ATTESTATION,
        )
    with pytest.raises(InvalidConsentError, match="controller"):
        home.register.change_controller(home.id, party(PartyRole.PARENT))


@pytest.mark.requirement("BN-SEC-01")
def test_names_are_nowhere_in_the_clear(home: Household) -> None:
    """BN-SEC-01. Mutant: the controller's name is written into the ledger."""
    home.register.recipients.put(RECIPIENT)
    home.agree(*OWN_SCOPES, SHARING)
    stored = b"".join(row.entry for row in home.store.rows())
    for kind in ("subject", "recipient", "subject-key", "key-check"):
        for record in home.store.list(kind):
            stored += repr(record).encode()
    for canary in (CHILD, GUARDIAN, CONTROLLER, RECIPIENT.name, RECIPIENT.endpoint, '"home"'):
        assert canary.encode() not in stored
    assert b"sharing:home" not in stored
    assert b"history_storage" in stored  # the control
    assert CHILD in repr(home.subject.name)
    assert CHILD not in repr(home.subject)
    assert GUARDIAN not in repr(home.subject)
