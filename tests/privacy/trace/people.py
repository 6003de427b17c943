"""The people of a world: who is responsible, who may consent, who data are shared with."""

from __future__ import annotations

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

RECIPIENT = "home"


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
    return MqttRecipient.own_broker("mqtt://127.0.0.1", contact=f"edition {edition}")
