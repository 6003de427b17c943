"""The part of the register that knows of policy versions."""

from __future__ import annotations

from datetime import UTC, datetime

from babyn_ble.errors import InvalidConsentError
from babyn_ble.privacy.policy import BUILT_IN, PolicyVersion
from babyn_ble.privacy.policy_archive import POLICY_ARCHIVED, PolicyArchive
from babyn_ble.privacy.subject_register import SubjectRegister


class PolicyRegister(SubjectRegister):
    """Which versions of the policy there are, and which is in force."""

    _seen = datetime.min.replace(tzinfo=UTC)

    @property
    def policies(self) -> PolicyArchive:
        """Every version that is known, from memory."""
        return PolicyArchive.of(self._journal.state.policies)

    @property
    def policy(self) -> PolicyVersion:
        """The version in force now."""
        return self.policies.present(self._latest())

    def add_policy(self, version: PolicyVersion) -> None:
        """Archive one more version, as the newest. It is never taken out again.

        If it makes a material change, every consent under an older one has to be renewed as
        soon as it is in force.

        Raises:
            InvalidConsentError: it is archived already.
            LedgerError, StoreError: it could not be recorded.
        """
        known = {archived.sha256 for archived in self._journal.current().policies}
        if version.sha256 in known or version in BUILT_IN:
            raise InvalidConsentError("That policy version is archived already; list them to see")
        for older in (*BUILT_IN, version):
            if older.sha256 not in known:
                self._record(POLICY_ARCHIVED, older.model_dump(mode="json"))

    # Inside

    def _latest(self) -> datetime:
        """Return the latest time known of: a clock that was set back takes no version back."""
        self._seen = max(self._seen, self.clock.now(), self._journal.recorded_at)
        return self._seen
