"""The gate, for the one subject whose data a companion works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babyn_ble.errors import ConsentRequiredError, NotSetUpError
from babyn_ble.privacy.acts import UNATTENDED, Act
from babyn_ble.privacy.purposes import Category
from babyn_ble.sources.measurements import category_of
from babyn_protocol import gatt

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister
    from babyn_ble.privacy.gate import Gate
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.privacy.subjects import Subject

__all__ = ["SubjectGate"]


class SubjectGate:
    """Asks the gate for one subject.

    Args:
        gate: answers.
        register: knows the subjects.
        subject_id: the subject; ``None`` is the only one there is, when it is asked for.
        attended: whether a person is at the program; without one it is other acts.
    """

    def __init__(
        self, gate: Gate, register: ConsentRegister, subject_id: str | None, *, attended: bool
    ) -> None:
        self.attended = attended
        """Whether a person is at the program."""
        self._gate = gate
        self._register = register
        self._subject_id = subject_id

    @property
    def subject(self) -> Subject:
        """Whose data this is.

        Raises:
            NotSetUpError: nobody was named yet, or there are several and none was chosen.
        """
        chosen = self._subject_id
        if chosen is None:
            known = self._register.subjects()
            if len(known) != 1:
                raise NotSetUpError(
                    "More than one subject is set up here; say whose data it is"
                    if known
                    else "Nobody is set up here yet; name who is responsible, for whom, and "
                    "who may consent"
                )
            chosen = known[0]
        return self._register.subject(chosen)

    def permit(
        self, act: Act, *, recipient: str | None = None, device: str | None = None
    ) -> Permit:
        """Return leave for an act, as :meth:`babyn_ble.privacy.gate.Gate.permit` does."""
        purpose, category, operation = act.value
        return self._gate.permit(
            self.subject.subject_id,
            purpose,
            category,
            operation,
            recipient=recipient,
            device=device,
        )

    def require(self, act: Act, *, recipient: str | None = None) -> None:
        """Ask whether an act is allowed now, without doing it.

        Raises:
            ConsentRequiredError: it is not.
        """
        if not self.attended:
            act = UNATTENDED.get(act, act)
        self.permit(act, recipient=recipient).release()

    def why_not_read(self, uuid: str) -> str | None:
        """Return why the value of a characteristic may not be read; ``None`` if it may be."""
        known = gatt.characteristic(uuid)
        if known is None and not self.subject.testing:
            return "not read: unknown here"
        act = Act.STATUS
        if known is not None and known.personal:
            of_room = category_of(known.message) is Category.ENVIRONMENT
            act = Act.READ_ROOM if of_room else Act.READ
        try:
            self.require(act)
        except ConsentRequiredError:
            return "not read: not agreed to"
        return None
