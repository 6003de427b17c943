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

from tests.privacy.trace.trace import INCOMING, Event, Measured, What

SHARING = "sharing:home"
CROSS_BORDER = "cross_border:DE"
BACKGROUND = "background_collection"

VALID_FOR: Mapping[str, timedelta] = {
    "location": timedelta(days=180),
    "bluetooth": timedelta(days=180),
    "health_monitoring": timedelta(days=365),
    "environment": timedelta(days=365),
    "history_storage": timedelta(days=365),
    "device_control": timedelta(days=365),
    BACKGROUND: timedelta(days=180),
    "diagnostics": timedelta(days=365),
    SHARING: timedelta(days=365),
    CROSS_BORDER: timedelta(days=365),
}
"""Every scope, and for how long a person's yes holds."""

_SCAN = frozenset({"location", "bluetooth"})
_LINK = frozenset({"bluetooth"})
_HEALTH = frozenset({"bluetooth", "health_monitoring"})
_ROOM = frozenset({"bluetooth", "environment"})

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
    What.ROOM_ASKED: _ROOM,
    What.ROOM_CAME: _ROOM,
    What.ROOM_READING: _ROOM,
    What.CONTROLLED: frozenset({"bluetooth", "device_control"}),
    What.KEPT: frozenset({"health_monitoring", "history_storage"}),
    What.ROOM_KEPT: frozenset({"environment", "history_storage"}),
    What.TAKEN_OUT: frozenset({"history_storage"}),
    What.LOOKED_BACK: frozenset({"history_storage"}),
    What.CALLED: frozenset({"health_monitoring", SHARING}),
    What.STATUS_SENT: frozenset({"health_monitoring", SHARING}),
    What.SENT: frozenset({"health_monitoring", SHARING}),
    What.ROOM_SENT: frozenset({"environment", SHARING}),
    What.COUNTED: frozenset({"diagnostics"}),
}
"""What each kind of event needs to have been agreed to."""

_RADIO = frozenset(
    {
        *(What.OPENED, What.SCANNING, What.ADVERTISED, What.SIGHTED, What.CONNECTING),
        *(What.SET_UP, What.STATUS_ASKED, What.STATUS_CAME, What.HEALTH_ASKED),
        *(What.HEALTH_CAME, What.ROOM_ASKED, What.ROOM_CAME, What.CONTROLLED),
    }
)
"""What needs one consent more while nobody is there."""

_CONNECTED = frozenset({What.CALLED, What.STATUS_SENT})
"""What is about the child or the room, whichever is shared."""

_SENDING = frozenset({*_CONNECTED, What.SENT, What.ROOM_SENT})
"""What needs one consent more if it leaves the country."""

_THEN = frozenset({What.READING, What.ROOM_READING, What.KEPT, What.ROOM_KEPT, *_SENDING})
"""What needs the consents of when a value was measured, too, if it was not measured now."""

TEARDOWN = 5.0
"""Seconds within which what a decision ends has to be closed."""

OTHERS = 1.1
"""Seconds within which another companion on the same store has to have noticed."""


@dataclass(frozen=True, slots=True)
class _Policy:
    """A version of the policy that makes a material change."""

    edition: int
    archived: datetime
    in_force: datetime


ON_ITS_WAY = 0.1
"""Seconds that a request may wait for room in the controller after the host has sent it."""


@dataclass(slots=True)
class _Yes:
    """A person agreed: to this, under these circumstances."""

    since: datetime
    circumstances: tuple[object, ...]
    policy: int = 0
    """Which edition of the policy it rests on."""
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

    Args:
        unattended: whether nobody is at the program.

    Attributes:
        damaged: the store's ledger is no longer what was written, or an older copy of it:
            nothing may happen.
        doubts: companions that an older copy of the store was put under, and since when.
        leapt_at: when the date was set last, in seconds awake.
        controller, notices, recipient: which edition of each there is now.
        abroad: whether that recipient is in another country.
        policy: the newest edition of the policy that was archived, in force or not.
    """

    def __init__(self, *, unattended: bool = False) -> None:
        self.damaged = False
        self.doubts: dict[int, float] = {}
        self.leapt_at = -1.0
        self.controller = 0
        self.recipient: int | None = None
        self.abroad = False
        self.policy = 0
        self.notices: dict[str, int] = dict.fromkeys(VALID_FOR, 0)
        self._said: dict[str, list[_Yes]] = {scope: [] for scope in VALID_FOR}
        self._unattended = unattended
        self._changes: list[_Policy] = []
        self._acts = 0
        self._begun: dict[tuple[int, What], tuple[int, float]] = {}

    # What people decide

    def circumstances(self, scope: str) -> tuple[object, ...]:
        """Return what a person who reads the notice now is told."""
        recipient = self.recipient if scope in (SHARING, CROSS_BORDER) else 0
        return (self.notices[scope], self.controller, recipient)

    def gave(self, scope: str, moment: datetime, policy: int) -> None:
        """Note that a person agreed, under an edition of the policy."""
        self._said[scope].append(_Yes(moment, self.circumstances(scope), policy))

    def overtaken(self, policy: int, moment: datetime) -> bool:
        """Return whether a later edition with a material change is in force."""
        return any(policy < each.edition and each.in_force <= moment for each in self._changes)

    def archived(self, moment: datetime, in_force: datetime, *, material: bool) -> None:
        """Note that there is one more edition of the policy."""
        self.policy += 1
        if material:
            self._changes.append(_Policy(self.policy, moment, in_force))

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
            if yes is not None and self._stale(scope, yes, moment):
                self.ends(scope, moment, at, by, returned=True)

    # What may happen

    def missing(self, needed: frozenset[str], moment: datetime) -> frozenset[str]:
        """Return what of ``needed`` is not agreed to."""
        if self.damaged:
            return needed
        return frozenset(scope for scope in needed if not self._holds(scope, moment))

    def needs(self, what: What, moment: datetime) -> frozenset[str]:
        """Return what a kind of event needs to have been agreed to, here and now."""
        needed = NEEDS[what]
        if what in _CONNECTED and self._holds("environment", moment):
            needed -= {"health_monitoring"}
        if self._unattended and what in _RADIO:
            needed |= {BACKGROUND}
        return needed | {CROSS_BORDER} if self.abroad and what in _SENDING else needed

    def lacking(self, what: What, moment: datetime) -> frozenset[str]:
        """Return what an event needs and nobody has agreed to."""
        return self.missing(self.needs(what, moment), moment)

    def objections(self, event: Event) -> Iterator[str]:
        """Say what is wrong with an event, if anything is."""
        missing = self.lacking(event.what, event.moment)
        if all(self._excused(scope, event) for scope in missing):
            self._begin(event)
        else:
            yield f"without {', '.join(sorted(missing))}"
        since = self.doubts.get(event.by)
        if since is not None and event.at - since > OTHERS and event.what not in INCOMING:
            yield "on an older copy of the store than the one it knew"
        if event.what in _THEN:
            # A device measures without Bluetooth.
            then = self.needs(event.what, event.moment) - {"bluetooth"}
            for measured in event.measured:
                not_then = [
                    scope for scope in sorted(then) if not self._held(scope, measured, event)
                ]
                if not_then:
                    yield f"measured without {', '.join(not_then)}"

    # Inside

    def _held(self, scope: str, measured: Measured, event: Event) -> bool:
        """Return whether something was agreed to when a value was measured."""
        return measured.live or any(
            self._held_by(yes, scope, measured.moment, event) for yes in self._said[scope]
        )

    def _held_by(self, yes: _Yes, scope: str, moment: datetime | None, event: Event) -> bool:
        if moment is None or not yes.since <= moment < yes.since + VALID_FOR[scope]:
            return False
        if any(
            yes.policy < each.edition and max(each.archived, each.in_force) <= moment
            for each in self._changes
        ):
            return self._unheard(yes, event)
        return yes.until is None or moment <= yes.until or self._unheard(yes, event)

    def _unheard(self, yes: _Yes, event: Event) -> bool:
        """Return whether a companion may not know yet of an end through another one."""
        return (
            yes.until is not None and event.by != yes.ended_by and event.at - yes.ended_at <= OTHERS
        )

    def _stale(self, scope: str, yes: _Yes, moment: datetime) -> bool:
        """Return whether something has changed since a person agreed."""
        return yes.circumstances != self.circumstances(scope) or self.overtaken(yes.policy, moment)

    def _newest(self, scope: str) -> _Yes | None:
        said = self._said[scope]
        return said[-1] if said else None

    def _holds(self, scope: str, moment: datetime) -> bool:
        yes = self._newest(scope)
        return (
            yes is not None
            and yes.until is None
            and not self._stale(scope, yes, moment)
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
            if self._unheard(yes, event):
                return True
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
            case What.STATUS_ASKED | What.HEALTH_ASKED | What.ROOM_ASKED:
                return event.at - self.leapt_at <= ON_ITS_WAY
            case _:
                return False
