"""The oracle: what people have agreed to, and what may therefore stand in a trace.

It is written from the requirements (``docs/privacy.md``) and imports nothing of the gate, the
ledger or their tables. It is told what people decide, and what happens to the store and the
notices; then it says of each event in a trace what is wrong with it. It knows no permits, no
leases and no states: only who agreed to what, from when, until when.

To add a scope: its validity, and the kinds of events that need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.privacy.trace.trace import INCOMING, Event, What

SHARING = "sharing:home"

VALID_FOR: Mapping[str, timedelta] = {
    "location": timedelta(days=180),
    "bluetooth": timedelta(days=180),
    "health_monitoring": timedelta(days=365),
    "history_storage": timedelta(days=365),
    SHARING: timedelta(days=365),
}
"""Every scope, and for how long a person's yes holds."""

_SCAN = frozenset({"location", "bluetooth"})
_LINK = frozenset({"bluetooth"})
_HEALTH = frozenset({"bluetooth", "health_monitoring"})

NEEDS: Mapping[What, frozenset[str]] = {
    What.OPENED: _LINK,
    What.SCANNING: _SCAN,
    What.ADVERTISED: _SCAN,
    What.SIGHTED: _SCAN,
    What.CONNECTING: _LINK,
    What.SET_UP: _LINK,
    What.STATUS_ASKED: _LINK,
    What.STATUS_CAME: _LINK,
    What.HEALTH_ASKED: _HEALTH,
    What.HEALTH_CAME: _HEALTH,
    What.READING: _HEALTH,
    What.BOUND: _LINK,
    What.KEPT: frozenset({"health_monitoring", "history_storage"}),
    What.TAKEN_OUT: frozenset({"history_storage"}),
    What.LOOKED_BACK: frozenset({"history_storage"}),
    What.CALLED: frozenset({"health_monitoring", SHARING}),
    What.SENT: frozenset({"health_monitoring", SHARING}),
}
"""What each kind of event needs to have been agreed to."""

TEARDOWN = 5.0
"""Seconds within which what a decision ends has to be closed."""

OTHERS = 1.1
"""Seconds within which another companion on the same store has to have noticed."""


@dataclass(slots=True)
class _Yes:
    """A person agreed: to this, under these circumstances."""

    since: datetime
    circumstances: tuple[object, ...]
    until: datetime | None = None
    """When something other than time ended it."""
    ended_at: float = 0.0
    """The same, in seconds awake."""
    ended_by: int | None = None
    """The companion through which the person ended it; ``None``: nobody needs to notice."""
    returned: bool = True
    """Whether that companion has said that it is done."""


class Oracle:
    """What was agreed to in one world.

    Attributes:
        damaged: the store's ledger is no longer what was written, or an older copy of it:
            nothing may happen.
        doubts: companions that an older copy of the store was put under, and since when.
        controller, notices, recipient: which edition of each there is now.
    """

    def __init__(self) -> None:
        self.damaged = False
        self.doubts: dict[int, float] = {}
        self.controller = 0
        self.recipient: int | None = None
        self.notices: dict[str, int] = dict.fromkeys(VALID_FOR, 0)
        self._said: dict[str, list[_Yes]] = {scope: [] for scope in VALID_FOR}
        self._acts = 0
        self._begun: dict[tuple[int, What], tuple[int, float]] = {}

    # What people decide

    def circumstances(self, scope: str) -> tuple[object, ...]:
        """Return what a person who reads the notice now is told."""
        recipient = self.recipient if scope == SHARING else 0
        return (self.notices[scope], self.controller, recipient)

    def gave(self, scope: str, moment: datetime) -> None:
        """Note that a person agreed."""
        self._said[scope].append(_Yes(moment, self.circumstances(scope)))

    def ends(self, scope: str, moment: datetime, at: float, by: int, *, returned: bool) -> None:
        """Note that a person ended it: withdrew or refused it."""
        yes = self._newest(scope)
        if yes is not None and yes.until is None:
            yes.until, yes.ended_at, yes.ended_by = moment, at, by
            yes.returned = returned

    def returned(self, scope: str) -> None:
        """Note that the companion says that the end is done with."""
        yes = self._newest(scope)
        if yes is not None:
            yes.returned = True

    def unsaid(self, scope: str) -> None:
        """Note that an end was never heard: the companion died before it was on the disk."""
        yes = self._newest(scope)
        if yes is not None and not yes.returned:
            yes.until, yes.returned = None, True

    def changed(self, scopes: frozenset[str], moment: datetime, at: float, by: int) -> None:
        """Note that what was agreed to under is no longer so. Call after the change."""
        for scope in scopes:
            yes = self._newest(scope)
            if yes is not None and yes.circumstances != self.circumstances(scope):
                self.ends(scope, moment, at, by, returned=True)

    # What may happen

    def missing(self, needed: frozenset[str], moment: datetime) -> frozenset[str]:
        """Return what of ``needed`` is not agreed to."""
        if self.damaged:
            return needed
        return frozenset(scope for scope in needed if not self._holds(scope, moment))

    def held(self, scope: str, moment: datetime) -> bool:
        """Return whether something was agreed to at a moment of the past."""
        return any(
            yes.since <= moment < yes.since + VALID_FOR[scope]
            and (yes.until is None or moment <= yes.until)
            for yes in self._said[scope]
        )

    def objections(self, event: Event) -> Iterator[str]:
        """Say what is wrong with an event, if anything is."""
        missing = self.missing(NEEDS[event.what], event.moment)
        if all(self._excused(scope, event) for scope in missing):
            self._begin(event)
        else:
            yield f"without {', '.join(sorted(missing))}"
        since = self.doubts.get(event.by)
        if since is not None and event.at - since > OTHERS and event.what not in INCOMING:
            yield "on an older copy of the store than the one it knew"
        if event.what is What.KEPT:
            for measured in event.measured:
                if measured is None or not self.held("history_storage", measured):
                    yield "measured when keeping it was not agreed to"

    # Inside

    def _newest(self, scope: str) -> _Yes | None:
        said = self._said[scope]
        return said[-1] if said else None

    def _holds(self, scope: str, moment: datetime) -> bool:
        yes = self._newest(scope)
        return (
            yes is not None
            and yes.until is None
            and yes.circumstances == self.circumstances(scope)
            and yes.since <= moment < yes.since + VALID_FOR[scope]
        )

    def _begin(self, event: Event) -> None:
        """Remember what was handed to the radio, properly."""
        self._acts += 1
        self._begun[event.by, event.what] = self._acts, event.at

    def _excused(self, scope: str, event: Event) -> bool:
        """Return whether an event may stand in the trace although its consent is gone."""
        if event.what in INCOMING:
            return True  # it dies in our callback; and what must be closed is asked apart
        yes = self._newest(scope)
        if yes is None or self.damaged:
            return False
        if yes.until is not None:
            if event.by != yes.ended_by and event.at - yes.ended_at <= OTHERS:
                return True  # the other companion may not know yet
            return not yes.returned and event.at == yes.ended_at  # in this very moment
        # It ended by the date alone. What was handed to the radio before that is one act.
        opened, opened_at = self._begun.get((event.by, What.OPENED), (0, 0.0))
        connecting, _ = self._begun.get((event.by, What.CONNECTING), (0, 0.0))
        match event.what:
            case What.SCANNING:
                return opened > 0 and opened_at == event.at
            case What.CONNECTING:
                return opened > connecting
            case What.SET_UP:
                return connecting > 0
            case _:
                return False
