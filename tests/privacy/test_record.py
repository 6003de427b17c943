"""What a consent event says besides the decision: above all, whose decision it was."""

from __future__ import annotations

from itertools import pairwise

import pytest

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy import ConsentStatus, IndicationMethod, PartyRole, SubjectKind
from babyn_ble.privacy.entries import CONSENT, SubjectSetUp
from babyn_ble.privacy.events import ConsentEvent, PartyReference, Reason
from babyn_ble.privacy.ledger import Entry
from babyn_ble.privacy.purposes import HEALTH_MONITORING
from babyn_ble.privacy.record import Decided, consent_event
from babyn_ble.privacy.state import LedgerState
from tests.privacy.household import ATTESTATION, START, Household

S = ConsentStatus
SCOPE = str(HEALTH_MONITORING)
SUBJECT = "subject-0123456789abcdef"
CONTROLLER = PartyReference(
    party_id="party-00000000000000c0", party_role=PartyRole.CONTROLLER, commitment="c" * 64
)
GUARDIAN = PartyReference(
    party_id="party-00000000000000f0", party_role=PartyRole.GUARDIAN, commitment="f" * 64
)
SET_UP = SubjectSetUp(
    subject_id=SUBJECT,
    kind=SubjectKind.CHILD,
    controller=CONTROLLER,
    consenting_party=GUARDIAN,
    guardian_attestation=ATTESTATION,
    jurisdiction="ZZ",
)
GIVEN = (S.REQUESTED, S.GIVEN)
LIVES: dict[S, tuple[S, ...]] = {
    S.REQUESTED: (S.REQUESTED,),
    S.DEFERRED: (S.REQUESTED, S.DEFERRED),
    S.REFUSED: (S.REQUESTED, S.REFUSED),
    S.GIVEN: GIVEN,
    S.WITHDRAWN: (*GIVEN, S.WITHDRAWN),
    S.EXPIRED: (*GIVEN, S.EXPIRED),
    S.REVOKED: (*GIVEN, S.REVOKED),
    S.INVALIDATED: (*GIVEN, S.INVALIDATED),
    S.RENEWED: (*GIVEN, S.REQUESTED, S.RENEWED),
}
"""A way to each state."""

BY_THE_CONTROLLER = {S.REQUESTED, S.EXPIRED, S.REVOKED, S.INVALIDATED}


class Record:
    """A ledger's state that takes what :func:`consent_event` makes, and nothing else."""

    def __init__(self, home: Household) -> None:
        self.events: list[ConsentEvent] = []
        self._notice = home.register.notice(home.id, HEALTH_MONITORING)
        self._state = LedgerState()
        self._state.subjects[SUBJECT] = SET_UP

    def live(self, *life: S) -> ConsentEvent:
        """Have all of it happen; return the last event."""
        for status in life:
            self.take(self.made(status))
        return self.events[-1]

    def made(self, status: S, *, given_by: str | None = None) -> ConsentEvent:
        """Return the event of a decision that follows now."""
        grant = status in (S.GIVEN, S.RENEWED)
        return consent_event(
            Decided(
                status=status,
                notice=self._notice if grant or status is S.REQUESTED else None,
                method=IndicationMethod.TYPED_PHRASE if grant else None,
                reason=Reason.CONTROLLER_CHANGED if status is S.REVOKED else None,
                given_by=given_by,
            ),
            scope=HEALTH_MONITORING,
            written_scope=SCOPE,
            subject=SET_UP,
            life=self._state.life(SUBJECT, SCOPE),
            before=self._state.newest(SUBJECT, SCOPE),
            now=START,
        )

    def take(self, event: ConsentEvent) -> None:
        """Take an event into the ledger's state, which refuses that of the wrong party."""
        seq = len(self.events) + 1
        self._state.apply(Entry(seq, START, True, CONSENT, event.entry(), bytes(32)))
        self.events.append(event)


@pytest.fixture
def record(home: Household) -> Record:
    return Record(home)


@pytest.mark.requirement("BN-MIN-01")
@pytest.mark.parametrize("status", [status for status in S if status is not S.UNKNOWN])
def test_whose_decision_it_is(record: Record, status: S) -> None:
    """To ask, and to revoke, expire or invalidate, is the controller's; the rest the guardian's.

    Mutants: any one state stands in the other list; a controller's event carries the
    guardian's statement, as if the guardian had decided it.
    """
    event = record.live(*LIVES[status])
    party = CONTROLLER if status in BY_THE_CONTROLLER else GUARDIAN
    assert event.event_state is status
    assert (event.entity_id, event.entity_role) == (party.party_id, party.party_role)
    assert event.guardian_attestation == (None if party is CONTROLLER else ATTESTATION)
    assert event.pii_controllers == (CONTROLLER,)  # whoever decided


@pytest.mark.requirement("BN-MIN-01")
@pytest.mark.parametrize("status", [S.REVOKED, S.INVALIDATED, S.WITHDRAWN])
def test_the_other_party_cannot(record: Record, status: S) -> None:
    """Mutant: the ledger takes a revocation by the guardian, or a withdrawal by the controller."""
    record.live(*GIVEN)
    other = GUARDIAN if status in BY_THE_CONTROLLER else CONTROLLER
    with pytest.raises(InvalidConsentError, match="party named at set-up"):
        record.take(record.made(status, given_by=other.party_id))
    record.take(record.made(status))  # the control


def test_it_stays_one_record_until_it_is_found_invalid(record: Record) -> None:
    """Revoked, it can be renewed. Mutant: it cannot; or an invalid one goes on as it was."""
    record.live(*GIVEN, S.REVOKED, S.REQUESTED, S.RENEWED, S.INVALIDATED, *GIVEN)
    ids = [event.record_id for event in record.events]
    assert [one == other for one, other in pairwise(ids)] == [True] * 5 + [False, True]
    assert [event.event_state for event in record.events][3:6] == [
        *(S.REQUESTED, S.RENEWED, S.INVALIDATED)
    ]


def test_an_end_is_about_the_notice_that_was_agreed_to(record: Record) -> None:
    """Mutant: revoking needs a notice of its own, or has none."""
    record.live(*GIVEN, S.REVOKED)
    given, revoked = record.events[1:]
    assert (revoked.privacy_notice, revoked.language) == (given.privacy_notice, given.language)
    assert revoked.reason is Reason.CONTROLLER_CHANGED
    assert revoked.indication_method is None


def test_nothing_ends_that_was_never_asked_for(record: Record) -> None:
    """Mutant: a record without a notice."""
    with pytest.raises(InvalidConsentError, match="never asked for"):
        record.made(S.REVOKED)
