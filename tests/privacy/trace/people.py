"""The people of a world: who is responsible, who may consent, who data are shared with."""

from __future__ import annotations

from datetime import datetime

from babyn_ble import Companion
from babyn_ble.gateway import MqttRecipient
from babyn_ble.privacy import (
    AttestationMethod,
    GuardianAttestation,
    Party,
    PartyRole,
    SubjectKind,
    statement_sha256,
)
from babyn_ble.privacy.policy import BUILT_IN, MaterialChange, PolicyVersion

RECIPIENT = "home"

COUNTRY = "DE"

ABROAD = 2
"""From this edition on the recipient is in another country."""


def set_up(babyn: Companion, kind: SubjectKind) -> None:
    """Set up a subject with its parties."""
    child = kind is SubjectKind.CHILD
    babyn.consent.setup(
        kind=kind,
        controller=controller(0),
        consenting_party=Party(
            party_name="Somebody",
            party_contact="at home",
            party_role=PartyRole.PARENT if child else PartyRole.OPERATOR,
        ),
        attestation=GuardianAttestation(
            method=AttestationMethod.TYPED_STATEMENT, statement_sha256=statement_sha256()
        )
        if child
        else None,
    )


def controller(edition: int) -> Party:
    """Return who is responsible; another one with each edition."""
    return Party(
        party_name=f"Controller {edition}",
        party_contact="at home",
        party_role=PartyRole.CONTROLLER,
    )


def recipient(edition: int) -> MqttRecipient:
    """Return who data are shared with; something of it is another with each edition."""
    own = MqttRecipient.own_broker("mqtt://127.0.0.1", contact=f"edition {edition}")
    if edition < ABROAD:
        return own
    return MqttRecipient.model_validate(
        {
            **own.model_dump(),
            "endpoint": "mqtts://broker.example",
            "country": COUNTRY,
            "agreement_ref": "signed",
        }
    )


def policy_version(edition: int, effective: datetime, *, material: bool) -> PolicyVersion:
    """Return a version of the policy.

    Args:
        edition: which one; 0 comes with the companion.
        effective: in force from that day on.
        material: whether it changes what the policy calls material.
    """
    day = str(effective.date())
    return PolicyVersion(
        sha256=f"{edition:064x}",
        size=1,
        title="A later policy",
        update_date=day,
        effective_date=day,
        flags=(),
        language="en",
        source="made for this",
        changes=(MaterialChange.PROCESSING,) if material else (),
        clauses=(),
    )


def edition_of(version: PolicyVersion) -> int:
    """Return which edition of the policy a version is."""
    return 0 if version in BUILT_IN else int(version.sha256, 16)
