"""The lives of consents, as the rows of a ledger tell them: for counting what was reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from babyn_ble.privacy.events import ConsentStatus, Earlier

Transition = tuple[ConsentStatus, Earlier, ConsentStatus]

_GRANTS = frozenset({ConsentStatus.GIVEN, ConsentStatus.RENEWED})
_LEAVES_IT = frozenset({ConsentStatus.REQUESTED, ConsentStatus.DEFERRED})


def earlier_after(earlier: Earlier, decided: ConsentStatus) -> Earlier:
    """Return what has become of the grant before, after one more event."""
    if decided in _GRANTS:
        return Earlier.STANDING
    if decided is ConsentStatus.INVALIDATED:
        return Earlier.NONE
    return Earlier.ENDED if earlier is Earlier.STANDING and decided not in _LEAVES_IT else earlier


class Lives:
    """Where every consent of one ledger stands, and the steps that led there."""

    def __init__(self) -> None:
        self.steps: Counter[Transition] = Counter()
        self._stand: dict[str, tuple[ConsentStatus, Earlier]] = {}

    def recorded(self, entry: Mapping[str, Any]) -> None:
        """Take in one more entry of the ledger."""
        if entry["kind"] != "consent":
            return
        scope = str(entry["body"]["scope"])
        decided = ConsentStatus(entry["body"]["event_state"])
        status, earlier = self._stand.get(scope, (ConsentStatus.UNKNOWN, Earlier.NONE))
        self.steps[status, earlier, decided] += 1
        self._stand[scope] = decided, earlier_after(earlier, decided)

    def withdrawn(self, scope: str) -> bool:
        """Return whether the newest that is recorded of a consent is its withdrawal."""
        kind = scope.partition(":")[0]
        return any(
            status is ConsentStatus.WITHDRAWN
            for name, (status, _) in self._stand.items()
            if name.partition(":")[0] == kind
        )

    def stand(self) -> dict[str, tuple[ConsentStatus, Earlier]]:
        """Return where every consent stands, to come back to."""
        return dict(self._stand)

    def restored(self, stand: dict[str, tuple[ConsentStatus, Earlier]]) -> None:
        """Go back to where they stood when the store was copied."""
        self._stand = dict(stand)
