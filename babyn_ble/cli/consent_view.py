"""How consents and notices are shown."""

from __future__ import annotations

from collections.abc import Iterator

from babyn_ble.cli.marks import Marks, printable
from babyn_ble.cli.output import Output, Part
from babyn_ble.cli.wording import day, moment
from babyn_ble.privacy.events import ConsentStatus, Reason
from babyn_ble.privacy.lookup import ConsentState
from babyn_ble.privacy.notices import Notice
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.subjects import Subject
from babyn_ble.privacy.terms import terms

STATUS_WORDS = {
    ConsentStatus.UNKNOWN: "not asked yet",
    ConsentStatus.REQUESTED: "asked, not answered",
    ConsentStatus.DEFERRED: "put off",
    ConsentStatus.REFUSED: "refused",
    ConsentStatus.GIVEN: "agreed",
    ConsentStatus.RENEWED: "agreed",
    ConsentStatus.EXPIRED: "must be renewed",
    ConsentStatus.WITHDRAWN: "withdrawn",
    ConsentStatus.REVOKED: "revoked",
    ConsentStatus.INVALIDATED: "invalid",
}

REASON_WORDS = {
    Reason.TIME: "its time is over",
    Reason.NOTICE_CHANGED: "its notice has changed",
    Reason.CONTROLLER_CHANGED: "someone else is responsible now",
    Reason.POLICY_CHANGED: "the policy has changed in something that matters",
    Reason.POLICY_UNKNOWN: "it names a policy that is not known here",
}


def show_notice(output: Output, shown: Notice) -> None:
    """Print a notice for people."""
    if output.json:
        return
    output.say((shown.title, "what"))
    for heading, text in shown.sections:
        output.say((f"{heading}: ", "what"), text)
    if shown.controller is not None:
        asked_by = f"{shown.controller.party_name}, {shown.controller.party_contact}"
        output.say(("Who asks: ", "what"), asked_by)
    output.say((shown.source, "quiet"))


def stopped(scope: ConsentScope) -> str:
    """Return in words what a withdrawal stops."""
    return {
        "location": "every search, also the one for a device that is known",
        "bluetooth": "every search and every link to a device",
        "health_monitoring": "reading, storing and sending measurements of the child",
        "environment": "reading, storing and sending measurements of the room",
        "history_storage": "storing measurements and looking back at them",
        "device_control": "changing settings of devices",
        "background_collection": "every search and every link that nobody is watching",
        "diagnostics": "counting errors",
        "sharing": f"sending measurements to {scope.recipient}",
        "cross_border": f"sending measurements to recipients in {scope.country}",
    }[scope.kind]


def state_fields(state: ConsentState) -> dict[str, object]:
    """Return a consent's state as plain JSON types."""
    return {
        "scope": str(state.scope),
        "status": state.status.value,
        "valid": state.valid,
        "reason": None if state.reason is None else state.reason.value,
        "decided_at": None if state.decided_at is None else moment(state.decided_at),
        "decided_by": state.decided_by,
        "ends_at": None if state.ends_at is None else moment(state.ends_at),
        "notice_sha256": state.notice_sha256,
    }


_COLUMNS = (("consent", 22), ("state", 17), ("since", 11), ("until", 11), ("by", 0))


def states_table(
    states: list[ConsentState], subject: Subject, marks: Marks
) -> Iterator[list[Part]]:
    """Yield the lines of a table of consents: two for each, the second says what it is for."""
    yield [("".join(f"{heading:<{width}}" for heading, width in _COLUMNS), "quiet")]
    parties = {
        party.party_id: party.party_name for party in (subject.controller, subject.consenting_party)
    }
    for state in states:
        mark, style = mark_of(state, marks)
        since = marks.dash if state.decided_at is None else day(state.decided_at)
        until = day(state.ends_at) if state.valid and state.ends_at else marks.dash
        by = marks.dash if state.decided_by is None else parties.get(state.decided_by, "?")
        yield [
            (f"{state.scope!s:<22}", "what"),
            (f"{mark} {STATUS_WORDS[state.status]:<15}", style),
            f"{since:<11}{until:<11}{printable(by, limit=22)}",
        ]
        if state.status is ConsentStatus.EXPIRED and state.reason in REASON_WORDS:
            yield [(f"  {marks.due} To be renewed: {REASON_WORDS[state.reason]}.", "due")]
        yield [(f"  {terms(state.scope).why}", "quiet")]


def ending_line(state: ConsentState, marks: Marks) -> list[Part]:
    """Return the line that says that a consent ends soon."""
    when = "" if state.ends_at is None else f" on {day(state.ends_at)}"
    return [(f"{marks.due} {state.scope} ends{when}; renew it, and nothing is interrupted.", "due")]


def mark_of(state: ConsentState, marks: Marks) -> tuple[str, str]:
    """Return the mark of a state, and its style."""
    if state.valid:
        return marks.yes, "good"
    if state.status is ConsentStatus.EXPIRED:
        return marks.due, "due"
    return (marks.no, "bad") if settled(state) else (marks.point, "due")


def settled(state: ConsentState) -> bool:
    """Return whether a person has said no: then a review does not ask again (L64)."""
    return state.settled


def why_asked(state: ConsentState) -> Part:
    """Return why a review asks about a consent."""
    if state.status is ConsentStatus.EXPIRED:
        why = "" if state.reason is None else REASON_WORDS.get(state.reason, "")
        return (f"agreed before, to be renewed{': ' if why else ''}{why}", "due")
    if state.valid and state.ends_at is not None:
        return (f"agreed to; it ends on {day(state.ends_at)}", "due")
    return (STATUS_WORDS[state.status], "quiet")
