"""Whose data it is, who answers for it, and who may consent.

The gate is never bypassed. What varies is who the subject is, and what a consent for such a
subject can open: a child's guardian consents for the child; a test article is a thing on a
bench, and its operator consents; a synthetic subject exists in a simulation only.
"""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from babyn_ble.errors import InvalidConsentError

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

NOT_STATED = "ZZ"
"""In place of a country's code: it is not known which."""


class SubjectKind(StrEnum):
    """What kind of subject the data are about."""

    CHILD = "child"
    """A child under 14; a guardian consents."""
    TEST_ARTICLE = "test_article"
    """A device on a bench: nobody's data. Readings are marked *testing*; no recipient."""
    SYNTHETIC = "synthetic"
    """Simulated: only in-process radios, simulated consents, no recipient."""


class PartyRole(StrEnum):
    """What a party is to the subject, as a DPV term."""

    CONTROLLER = "dpv:DataController"
    PARENT = "dpv:ParentOfDataSubject"
    GUARDIAN = "dpv:GuardianOfDataSubject"
    OPERATOR = "babyn:Operator"
    """Who works with a test article or a simulation."""


GUARDIANS = frozenset({PartyRole.PARENT, PartyRole.GUARDIAN})


class PartyType(StrEnum):
    """Whether a party is a person."""

    PERSON = "person"
    ORGANISATION = "organisation"


class _Sealed(BaseModel):
    """Base of what is personal: immutable, exact, silent about its content."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Party(_Sealed):
    """A person or organisation with a part in the processing. Kept sealed.

    ISO/IEC TS 27560:2023 - Consent record information structure - §6.3.6

    Attributes:
        party_id: pseudonym, random.
        party_name: who it is.
        party_contact: how to reach it about privacy.
        party_address: postal address, if there is one to give.
        party_role: what it is to the subject.
        party_type: whether it is a person.
    """

    party_id: str = Field(
        default_factory=lambda: f"party-{secrets.token_hex(8)}", pattern=r"^party-[0-9a-f]{16}$"
    )
    party_name: Text = Field(repr=False)
    party_contact: Text = Field(repr=False)
    party_address: str = Field(default="", max_length=300, repr=False)
    party_role: PartyRole
    party_type: PartyType = PartyType.PERSON


class AttestationMethod(StrEnum):
    """How a guardian stated to be one."""

    TYPED_STATEMENT = "typed_statement"
    BUTTON = "button"
    SIGNED_FILE = "signed_file"


class GuardianAttestation(_Sealed):
    """A guardian's statement. No birth date: only that the child is under 14.

    Attributes:
        method: how it was made.
        statement_sha256: of the statement, as shown (:func:`babyn_ble.privacy.notices.statement`).
        language: in which the statement was shown; BCP 47.
        under_14: the child is a child in the policy's sense (L53).
        adult: the guardian is no minor (L487).
    """

    method: AttestationMethod
    statement_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    under_14: Literal[True] = True
    adult: Literal[True] = True


class Subject(_Sealed):
    """Whose data it is, and who is responsible. Kept sealed.

    Attributes:
        subject_id: pseudonym, random.
        kind: what kind of subject.
        controller: decides what is processed and how.
        consenting_party: who may consent: a guardian, or the operator.
        attestation: the guardian's statement; none for an operator.
        name: what the subject is called here, if anything.
        jurisdiction: ISO 3166 code of the country whose law applies; ``ZZ`` if not stated.
    """

    subject_id: str = Field(
        default_factory=lambda: f"subject-{secrets.token_hex(8)}",
        pattern=r"^subject-[0-9a-f]{16}$",
    )
    kind: SubjectKind
    controller: Party
    consenting_party: Party
    attestation: GuardianAttestation | None = None
    name: str | None = Field(default=None, max_length=100, repr=False)
    jurisdiction: str = Field(default=NOT_STATED, pattern=r"^[A-Z]{2}$")

    @property
    def testing(self) -> bool:
        """Whether readings are nobody's data, and are to be marked so."""
        return self.kind is not SubjectKind.CHILD


def require_proper_parties(subject: Subject, *, statement_sha256: str) -> None:
    """Refuse a set-up in which the wrong party would consent.

    Args:
        subject: who is to be set up.
        statement_sha256: of the statement that a guardian must have made.

    Raises:
        InvalidConsentError: it says who has to.
    """
    if subject.controller.party_role is not PartyRole.CONTROLLER:
        raise InvalidConsentError("The controller needs the role of one; set it up so")
    role = subject.consenting_party.party_role
    if subject.kind is not SubjectKind.CHILD:
        if role is not PartyRole.OPERATOR or subject.attestation is not None:
            raise InvalidConsentError(
                f"For a {subject.kind.value} its operator consents, without a guardian's "
                "statement; name the operator"
            )
        return
    if role not in GUARDIANS:
        raise InvalidConsentError("For a child a parent or guardian consents; name one")
    if subject.attestation is None or subject.attestation.statement_sha256 != statement_sha256:
        raise InvalidConsentError(
            "The guardian has not made the statement that is asked for; show it, and record "
            "how it was made"
        )
