"""Synthetic subjects: consent for simulations, where there is nobody to ask.

The gate is not bypassed. A synthetic subject is a kind of subject, its consents are events in
the same ledger, marked as simulated, and they open a radio inside this process only: a real
radio, or a network, refuses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from babyn_ble.privacy.events import IndicationMethod
from babyn_ble.privacy.purposes import OWN_SCOPES, ConsentScope
from babyn_ble.privacy.subjects import Party, PartyRole, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from babyn_ble.companion import Companion

__all__ = ["give_simulated", "set_up_synthetic"]


def set_up_synthetic(companion: Companion) -> Subject:
    """Set up a synthetic subject, with a controller and an operator that are made up.

    Nothing is agreed to by that.
    """
    return companion.consent.setup(
        kind=SubjectKind.SYNTHETIC,
        controller=Party(
            party_name="Simulated controller",
            party_contact="none: a simulation",
            party_role=PartyRole.CONTROLLER,
        ),
        consenting_party=Party(
            party_name="Simulated operator",
            party_contact="none: a simulation",
            party_role=PartyRole.OPERATOR,
        ),
    )


def give_simulated(companion: Companion, scopes: Iterable[ConsentScope | str] = OWN_SCOPES) -> None:
    """Record simulated consents of the synthetic subject, each as an event of its own.

    Raises:
        InvalidConsentError: the subject is not synthetic.
    """
    subject = companion.subject
    for item in scopes:
        scope = item if isinstance(item, ConsentScope) else ConsentScope.parse(item)
        companion.consent.request(subject.subject_id, scope)
        companion.consent.give(
            subject.subject_id,
            scope,
            notice_sha256=companion.consent.notice(subject.subject_id, scope).sha256,
            given_by=subject.consenting_party.party_id,
            indication_method=IndicationMethod.SIMULATED,
        )
