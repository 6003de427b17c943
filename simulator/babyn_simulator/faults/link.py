"""Faults of a link: lost, silent for a while, or up with nobody behind it.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.5.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from babyn_simulator.faults.base import Occurrence

if TYPE_CHECKING:
    from babyn_simulator.faults.hit import Hit


class LinkLost(Occurrence):
    """The link is lost: nothing passes any more, and both sides time out."""

    reproduces: ClassVar[str] = "bluez#280: disconnected with reason 0x08, connection timeout"

    kind: Literal["link_lost"] = "link_lost"
    since: Literal["start", "connection"] = "connection"
    silence: float | None = Field(default=None, ge=0)
    """Seconds until both sides notice; by default the supervision timeout."""

    def strike(self, hit: Hit) -> bool:
        """Lose the links."""
        for link in hit.links:
            hit.lose(link, self.silence)
        return bool(hit.links)


class RadioSilence(Occurrence):
    """Nothing is heard for a while: a microwave oven, a body in between.

    The link layer repeats what was not acknowledged, so what a short silence held up arrives
    after it, in order. One as long as the supervision timeout ends the link.
    """

    reproduces: ClassVar[str] = (
        "Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §4.5.2: supervision timeout"
    )
    takes_packet: ClassVar[bool] = False

    kind: Literal["radio_silence"] = "radio_silence"
    since: Literal["start", "connection"] = "connection"
    lasts: float = Field(gt=0)
    """Seconds that it lasts."""

    def strike(self, hit: Hit) -> bool:
        """Let the links fall silent; their supervision decides whether they outlive it."""
        for link in hit.links:
            link.fall_silent()
            hit.lasting(link.be_heard, self.lasts)
        return bool(hit.links)


class Mute(Occurrence):
    """The device's host does nothing any more, while its controller keeps the link up."""

    reproduces: ClassVar[str] = (
        "Core v6.0 - Bluetooth Core Specification - Vol 3 Part F §3.3.3: 30 s without a response"
    )

    kind: Literal["mute"] = "mute"
    since: Literal["start", "connection"] = "connection"
    lasts: float | None = Field(default=None, gt=0)
    """Seconds until it works again; by default it does not."""

    def strike(self, hit: Hit) -> bool:
        """Let nothing in or out."""
        for link in hit.links:
            hit.swallow(link, self.lasts)
        return bool(hit.links)
