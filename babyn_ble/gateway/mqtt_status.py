"""The status of a publisher, for who shows its readings: whether they may come, and what is due.

Topic: ``babyn/<pseudonym>/status``, beside the readings of the same device, retained, QoS 1. It
is there as long as its publisher is connected and may send, and no longer: each connection
leaves a will with the broker that clears it (an empty retained message). So it goes at a
withdrawal, when the publisher ends, and when either machine fails, without another byte from
here; and should the broker forget the will, the message expires by itself. No status means:
not available.

It is a JSON object, with nothing of the child, of the guardian or of a reading in it::

    {"state": "online",
     "policy_sha256": "<64 hexadecimal digits>",
     "to_be_renewed": 0,
     "ending_soon": 1,
     "first_ends_on": "2031-05-20"}

``policy_sha256`` is the version of the policy that is in force. ``to_be_renewed`` counts the
subject's consents that have ended or were overtaken, and wait for an answer; ``ending_soon``
those that hold and end within 14 days, ``first_ends_on`` (or ``null``) the day of the first.
Which ones these are, no recipient is told: ``babyn consent show`` tells the guardian.

The pseudonym in the topic is personal, so all of this is sent under the same permits as the
readings. Where sharing itself has to be agreed to anew, there is no status.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from babyn_ble.clock import running_clock
from babyn_ble.errors import StoreError

if TYPE_CHECKING:
    from babyn_ble.privacy.gate import Gate

REPEATED_EVERY = 300.0
"""Seconds after which a status is published again."""

KEPT_FOR = 900
"""Seconds that a broker keeps one that is not repeated. MQTT v5.0 - §3.3.2.3.3"""


def status_topic(name: str) -> str:
    """Return the topic of the status of what a recipient calls a device."""
    return f"babyn/{name}/status"


class PublisherStatus:
    """What there is to tell, and when.

    Args:
        gate: knows the consents.
        subject: id of the subject whose they are.
    """

    def __init__(self, gate: Gate, subject: str) -> None:
        self._gate = gate
        self._subject = subject
        self._told_at: float | None = None
        self._told_revision = -1

    @property
    def due_in(self) -> float:
        """Seconds until it is to be told again; 0 if that is now."""
        if self._told_at is None or self._gate.revision != self._told_revision:
            return 0.0
        return max(0.0, self._told_at + REPEATED_EVERY - running_clock().monotonic())

    def tell(self) -> bytes | None:
        """Return it as JSON, to be sent now; ``None`` if the consents cannot be looked up."""
        self._told_at = running_clock().monotonic()
        self._told_revision = self._gate.revision
        try:
            attention = self._gate.attention(self._subject)
        except StoreError:
            return None
        return json.dumps({"state": "online", **attention}, separators=(",", ":")).encode()
