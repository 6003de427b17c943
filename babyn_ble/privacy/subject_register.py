"""Setting up: who the data are about, who is responsible, and who may consent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from babyn_ble.clock import Clock
from babyn_ble.errors import InvalidConsentError, NotSetUpError
from babyn_ble.privacy import entries
from babyn_ble.privacy.checkpoints import Checkpoints
from babyn_ble.privacy.entries import SubjectSetUp
from babyn_ble.privacy.events import PartyReference
from babyn_ble.privacy.incidents import INCIDENT, Incident, IncidentNote
from babyn_ble.privacy.journal import Journal
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.ledger import Entry
from babyn_ble.privacy.notices import statement_sha256
from babyn_ble.privacy.purposes import Operation, Purpose
from babyn_ble.privacy.rights.entries import DeletionGround
from babyn_ble.privacy.subjects import (
    GuardianAttestation,
    Party,
    PartyRole,
    Subject,
    SubjectKind,
    require_proper_parties,
)
from babyn_ble.privacy.vault import Vault
from babyn_ble.store import Store

_SUBJECT = "subject"


class SubjectRegister:
    """The ledger of a store, and the subjects set up in it.

    Attributes:
        vault: sealed records of the same store.
        checkpoints: of the same ledger.
    """

    def __init__(self, store: Store, keys: Keys, clock: Clock, checkpoints: Checkpoints) -> None:
        self.store = store
        self.clock = clock
        self.vault = Vault(store, keys, clock, self.is_held)
        self.checkpoints = checkpoints
        self._keys = keys
        self._journal = Journal(store, clock, keys, checkpoints, self._applied)
        self._changed: Callable[[], None] = lambda: None

    # The ledger

    @property
    def seq(self) -> int:
        """The newest ledger entry that is known here."""
        return self._journal.seq

    @property
    def revision(self) -> int:
        """Raised with everything that may change a decision."""
        return self._journal.revision

    @property
    def fault(self) -> str | None:
        """Why the ledger does not verify; ``None`` if it does."""
        return self._journal.fault

    def refresh(self) -> bool:
        """Take in what other processes have recorded; return whether anything changed.

        Raises:
            StoreError: the store cannot be read.
        """
        return self._journal.refresh()

    def verify(self) -> int:
        """Read the whole ledger again and check it; return how many entries it has.

        Raises:
            LedgerError: it does not verify.
            StoreError: it cannot be read.
        """
        return self._journal.verify()

    def begin_checkpoints(self, checkpoints: Checkpoints) -> None:
        """Keep a checkpoint of this ledger in place of every other that is kept.

        Raises:
            StoreError: a place cannot be written; the ledger then counts as damaged.
        """
        self._journal.begin_checkpoints(checkpoints)

    @property
    def keys(self) -> Keys:
        """Keys of the same store."""
        return self._keys

    def record(
        self, kind: str, body: Callable[[], Mapping[str, object]], *, closing: bool = False
    ) -> Entry:
        """Record an entry that is no consent event.

        Args:
            kind: what it is.
            body: makes what it says; may refuse by raising. Called anew if another process
                was first.
            closing: it ends something, so a clock that was set back does not prevent it.

        Raises:
            LedgerError, StoreError: it could not be recorded.
        """
        entry = self._journal.record(kind, body, closing=closing)
        self._changed()
        return entry

    # Incidents

    def record_incident(self, incident: Incident, note: str = "") -> None:
        """Record that something personal may have got to where it should not be.

        Args:
            incident: what, since when, whose.
            note: what there is to say about it; sealed.

        Raises:
            LedgerError, StoreError: it could not be recorded.
        """
        if note:
            self.vault.put(INCIDENT, incident.incident_id, IncidentNote(text=note))
        self._record(INCIDENT, incident.entry())

    def incidents(self) -> list[tuple[Incident, str]]:
        """Return every incident with its note, oldest first; reads the whole ledger.

        Raises:
            LedgerError, StoreError: it cannot be told.
        """
        found = [
            Incident.parse(entry.body)
            for entry in self._journal.entries()
            if entry.kind == INCIDENT
        ]
        notes = [self.vault.get(INCIDENT, each.incident_id, IncidentNote) for each in found]
        return [(each, note.text if note else "") for each, note in zip(found, notes, strict=True)]

    # Setting up

    def setup(
        self,
        *,
        kind: SubjectKind = SubjectKind.CHILD,
        controller: Party,
        consenting_party: Party,
        attestation: GuardianAttestation | None = None,
        name: str | None = None,
        jurisdiction: str = "ZZ",
    ) -> Subject:
        """Set up a subject: once, with who is responsible and who may consent.

        Args:
            kind: what kind of subject.
            controller: who is responsible.
            consenting_party: a child's guardian; otherwise the operator.
            attestation: the guardian's statement that they are one.
            name: what the subject is called here; nothing needs it.
            jurisdiction: ISO 3166 code of the country whose law applies.

        Raises:
            InvalidConsentError: the wrong party would consent, or no statement was made.
            ValueError: there is no statement in the language of the attestation.
            LedgerError, StoreError: it could not be recorded.
        """
        subject = Subject(
            kind=kind,
            controller=controller,
            consenting_party=consenting_party,
            attestation=attestation,
            name=name,
            jurisdiction=jurisdiction,
        )
        shown_in = "en" if attestation is None else attestation.language
        require_proper_parties(subject, statement_sha256=statement_sha256(shown_in))
        return self.admit(subject)

    def admit(self, subject: Subject) -> Subject:
        """Set up a subject with parties that were named and examined elsewhere.

        Raises:
            LedgerError, StoreError: it could not be recorded, or was set up once before.
        """
        self._journal.current()
        self._keys.create_subject_key(subject.subject_id)
        self._keep(subject)
        body = SubjectSetUp(
            subject_id=subject.subject_id,
            kind=subject.kind,
            controller=self._reference(subject.subject_id, subject.controller),
            consenting_party=self._reference(subject.subject_id, subject.consenting_party),
            guardian_attestation=subject.attestation,
            jurisdiction=subject.jurisdiction,
        )
        self._record(entries.SUBJECT_SET_UP, body.entry())
        return subject

    def change_controller(self, subject_id: str, controller: Party) -> Subject:
        """Make someone else responsible. Every consent of the subject must then be renewed."""
        if controller.party_role is not PartyRole.CONTROLLER:
            raise InvalidConsentError("The controller needs the role of one; set it up so")
        changed = self.subject(subject_id).model_copy(update={"controller": controller})
        body = entries.ControllerChanged(
            subject_id=subject_id, controller=self._reference(subject_id, controller)
        )
        self._record(entries.CONTROLLER_CHANGED, body.entry())
        self._keep(changed)
        return changed

    def subjects(self) -> tuple[str, ...]:
        """Return the ids of all subjects, in the order of their set-up.

        Raises:
            LedgerError, StoreError: it cannot be told.
        """
        return tuple(self._journal.current().subjects)

    def subject(self, subject_id: str) -> Subject:
        """Return a subject with its parties.

        Raises:
            NotSetUpError: it is not set up.
            LedgerError, StoreError: it cannot be read (any more).
        """
        self._journal.current().subject(subject_id)
        found = self.vault.get(_SUBJECT, subject_id, Subject, subject_id=subject_id)
        if found is None:
            raise NotSetUpError("Who is responsible for that subject is gone; set it up anew")
        return found

    def require_known(self, subject_id: str) -> None:
        """Refuse a subject that is not set up, from memory.

        Raises:
            NotSetUpError: it is not, or was erased.
        """
        self._journal.state.subject(subject_id)

    def is_held(self, subject_id: str) -> bool:
        """Return whether a law forbids to delete a subject's data, from memory."""
        return subject_id in self._journal.state.rights.held

    def why_closed(self, subject_id: str, purpose: Purpose, operation: Operation) -> str | None:
        """Return why an act is not allowed whatever was agreed to, from memory."""
        return self._journal.state.rights.why_closed(subject_id, purpose, operation)

    def held(self) -> frozenset[str]:
        """Return the subjects whose data a law forbids to delete, from memory."""
        return frozenset(self._journal.state.rights.held)

    @property
    def service_ended(self) -> bool:
        """Whether nothing is collected or sent here any more, for good."""
        return self._journal.state.rights.service_ended

    def restricted(self) -> Mapping[str, DeletionGround]:
        """Return the subjects that are to be erased once no law forbids it, from memory."""
        return dict(self._journal.state.rights.restricted)

    def erased(self) -> tuple[str, ...]:
        """Return the ids of subjects that were erased, from memory."""
        return tuple(self._journal.state.rights.erased)

    def kind(self, subject_id: str) -> SubjectKind | None:
        """Return what kind of subject it is, from memory; ``None`` if it is unknown."""
        known = self._journal.state.subjects.get(subject_id)
        return None if known is None else known.kind

    # Inside

    def _record(self, kind: str, body: Mapping[str, object]) -> None:
        self.record(kind, lambda: body)

    def _applied(self, entry: Entry) -> None:
        """Take note of an entry that the state includes now."""

    def _reference(self, subject_id: str, party: Party) -> PartyReference:
        return PartyReference(
            party_id=party.party_id,
            party_role=party.party_role,
            commitment=self._keys.commitment(subject_id, party.model_dump_json().encode()),
        )

    def _keep(self, subject: Subject) -> None:
        self.vault.put(_SUBJECT, subject.subject_id, subject, subject_id=subject.subject_id)
