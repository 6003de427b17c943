"""What a fault finds when it strikes, and what it can do there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from babyn_simulator.controller import VirtualController
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.nursery import NurseryRadio
    from babyn_simulator.peripheral import Peripheral
    from babyn_simulator.radio import AclFilter, Air, Link, Verdict


class Lasting(Protocol):
    """What a strike leaves to be ended: by time, by cancelling the fault, or at the end."""

    def __call__(self, undo: Callable[[], None], lasts: float | None) -> None:
        """Have ``undo`` called once, after ``lasts`` seconds or when the fault is cancelled."""
        ...


class Spawn(Protocol):
    """Runs what a strike sets in motion; the nursery waits for it when it closes."""

    def __call__(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run it."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """One strike: what is struck, and the means.

    A strike with a packet or a connection has one link, one device and at most one central; one
    at a time has all those that the fault names.

    Attributes:
        air: the medium.
        links: the links between them.
        devices: the devices; they may be switched off.
        centrals: the centrals.
        entropy: random numbers of this fault.
        spawn: runs something that takes time.
        lasting: ends again what was begun.
        count: counts the strike, if it is not there at once; :meth:`Occurrence.strike` then says
            that there was none.
        overhear: keeps an ATT PDU that somebody has read who should not.
    """

    air: Air
    links: tuple[Link, ...]
    devices: tuple[Peripheral, ...]
    centrals: tuple[NurseryRadio, ...]
    entropy: Entropy
    spawn: Spawn
    lasting: Lasting
    count: Callable[[], None]
    overhear: Callable[[bytes], None]

    def own_entropy(self) -> Entropy:
        """Return random numbers for a host of this strike's own."""
        return self.entropy.child(self.entropy.token_bytes(4).hex())

    def afterwards(
        self, work: Callable[[], Coroutine[Any, Any, None]], lasts: float | None
    ) -> None:
        """Run something after ``lasts`` seconds, or when the fault is cancelled."""

        def begin() -> None:
            self.spawn(work())

        self.lasting(begin, lasts)

    def lose(self, link: Link, silence: float | None = None) -> None:
        """Lose a link; both ends hear of it after ``silence`` seconds, or by their timeouts."""
        central, peripheral = link.ends
        self.air.lose_link(central.owner, peripheral.owner, silence=silence)

    def swallow(self, link: Link, lasts: float | None) -> None:
        """Let nothing pass on a link, though it stands."""

        def nothing(
            sender: VirtualController, receiver: VirtualController, frame: bytes
        ) -> Verdict:
            return None if _on(link, sender, receiver) else frame

        self._filter(nothing, lasts)

    def _filter(self, acl_filter: AclFilter, lasts: float | None) -> None:
        filters = self.air.acl_filters
        filters.append(acl_filter)
        self.lasting(lambda: filters.remove(acl_filter), lasts)


def _on(link: Link, sender: VirtualController, receiver: VirtualController) -> bool:
    central, peripheral = (end.owner for end in link.ends)
    return (sender is central and receiver is peripheral) or (
        sender is peripheral and receiver is central
    )
