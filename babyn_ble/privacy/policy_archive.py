"""Policy versions in the order in which they were archived, and what the newer ones change.

A version that a household adds stands in the ledger, and so for good: consents name versions
by hash, and erasing a subject takes none away. Those that come with the library count as
archived when it came, behind what the ledger has, unless the ledger has them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from babyn_ble.privacy.policy import BUILT_IN, MaterialChange, PolicyVersion

POLICY_ARCHIVED = "policy_archived"
"""The kind of ledger entry; its body is a :class:`~babyn_ble.privacy.policy.PolicyVersion`."""

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PolicyArchive:
    """Every version that is known.

    Attributes:
        versions: oldest first, by when they were archived.
    """

    versions: tuple[PolicyVersion, ...]

    @classmethod
    def of(cls, archived: Sequence[PolicyVersion]) -> PolicyArchive:
        """Return the archive of a ledger."""
        there = {version.sha256 for version in archived}
        come_with_us = (version for version in BUILT_IN if version.sha256 not in there)
        return cls((*archived, *come_with_us))

    def find(self, sha256: str) -> PolicyVersion | None:
        """Return the version of a hash, or ``None``."""
        return next((version for version in self.versions if version.sha256 == sha256), None)

    def present(self, now: datetime) -> PolicyVersion:
        """Return the newest version in force; before all of them, the oldest."""
        in_force = [version for version in self.versions if version.in_force(now)]
        return (in_force or self.versions[:1])[-1]

    def changes(self, since: PolicyVersion, now: datetime) -> frozenset[MaterialChange]:
        """Return what has changed materially since a version, by those in force."""
        return frozenset(
            change
            for version in self._newer(since)
            if version.in_force(now)
            for change in version.changes
        )

    def next_change(self, since: PolicyVersion, now: datetime) -> datetime:
        """Return when the next version with a material change comes into force."""
        coming = (
            version.effective_at
            for version in self._newer(since)
            if version.changes and not version.in_force(now)
        )
        return min(coming, default=_NEVER)

    def _newer(self, since: PolicyVersion) -> tuple[PolicyVersion, ...]:
        return self.versions[self.versions.index(since) + 1 :]
