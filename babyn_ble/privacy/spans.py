"""When a consent stood: what a device has kept meanwhile may be taken over for those times only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from babyn_ble.privacy.events import GRANTS, ConsentEvent, ConsentStatus

_NEVER = datetime.max.replace(tzinfo=UTC)
_ENDS = frozenset(
    {
        ConsentStatus.REFUSED,
        ConsentStatus.WITHDRAWN,
        ConsentStatus.REVOKED,
        ConsentStatus.EXPIRED,
    }
)


class Span(BaseModel):
    """A time for which a consent stood; its end does not belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: datetime
    until: datetime


def spans_after(
    spans: Sequence[Span], event: ConsentEvent, overtaken_at: datetime = _NEVER
) -> list[Span]:
    """Return when a consent stood, after one more event.

    A consent that is found never to have been valid never stood.

    Args:
        spans: when it stood before.
        event: what was decided.
        overtaken_at: when a later version of the policy ends a consent under that of the event.
    """
    if event.event_state in GRANTS:
        before = ended(spans, event.event_time)
        return [*before, Span(since=event.event_time, until=min(event.ends_at, overtaken_at))]
    if event.event_state is ConsentStatus.INVALIDATED:
        return []
    return ended(spans, event.event_time) if event.event_state in _ENDS else list(spans)


def ended(spans: Sequence[Span], at: datetime) -> list[Span]:
    """Return spans of which none goes on after a time."""
    return [Span(since=span.since, until=min(span.until, at)) for span in spans if span.since < at]
