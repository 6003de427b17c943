"""The air: the one medium that every virtual controller of a simulation shares.

It differs from bumble's own ``LocalLink`` in what tests can rely on. Controllers are served
in the order in which they came, so that a run can be repeated. An advertisement costs as
much as there are listeners, not as there are controllers. Data belongs to a :class:`Link`
between two connections, so that no address has to be looked up, or can be mistaken. And a
link can be lost the way links are lost: silence first, and the supervision timeout after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from bumble.link import LocalLink

from babyn_simulator.radio.packet_loss import PacketLoss
from babyn_simulator.radio.path_loss import PathLoss

if TYPE_CHECKING:
    from bumble.controller import Controller

    from babyn_simulator.controller import VirtualController
    from babyn_simulator.controller.advertising import Advertiser
    from babyn_simulator.controller.connection import VirtualConnection
    from babyn_simulator.radio.link import Link

RssiHook: TypeAlias = "Callable[[VirtualController, VirtualController], int | None]"
"""Given sender and receiver, the RSSI in dBm, or ``None`` where nothing is received."""

Verdict: TypeAlias = bytes | tuple[float, bytes] | Sequence[tuple[float, bytes]] | None
"""What becomes of an L2CAP frame: the frame to deliver, a delay in seconds with the frame, any
number of such pairs, or ``None`` to drop it."""

AclFilter: TypeAlias = "Callable[[VirtualController, VirtualController, bytes], Verdict]"
"""Given sender, receiver and an L2CAP frame, its :data:`Verdict`."""

_Reaches: TypeAlias = "Callable[[VirtualController, VirtualController], bool]"


class LinkObserver(Protocol):
    """What is told of links as they come and go."""

    def link_opened(self, link: Link) -> None:
        """Note a new link; neither host has heard of it yet."""
        ...

    def link_closed(self, link: Link) -> None:
        """Note that both ends of a link are gone."""
        ...


class Air(LocalLink):
    """The medium.

    Args:
        rssi: the hook that says how well one controller hears another.
        loss: which packets are lost within range; without it, none.

    Attributes:
        rssi: that hook; may be replaced at any time. One that has a method ``reaches`` is
            asked by it whether a link still stands.
        loss: the model of packet loss; may be replaced at any time.
        acl_filter: a hook that sees, and may change, delay or drop, every L2CAP frame.
        acl_filters: further such hooks, each of which gets what the one before it lets pass.
        link_observers: what is told of links as they come and go.
        unheard: controllers whose advertisements do not go out, as their hosts think they do.
    """

    def __init__(self, *, rssi: RssiHook | None = None, loss: PacketLoss | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble leaves it unannotated
        self.acl_filters: list[AclFilter] = []
        self.link_observers: list[LinkObserver] = []
        self.unheard: dict[VirtualController, None] = {}
        self._members: dict[VirtualController, None] = {}
        self.rssi = rssi or PathLoss()
        self.loss = loss
        self.acl_filter: AclFilter | None = None
        self._listeners: dict[VirtualController, None] = {}
        self._parked: dict[Advertiser, None] = {}

    @property
    def rssi(self) -> RssiHook:
        """How well one controller hears another."""
        return self._rssi

    @rssi.setter
    def rssi(self, hook: RssiHook) -> None:
        self._rssi = hook
        self._model_reaches: _Reaches | None = getattr(hook, "reaches", None)
        for member in self._members:
            self.moved(member)

    # Membership

    @property
    def members(self) -> tuple[VirtualController, ...]:
        """Every controller on the air, in the order in which they came."""
        return tuple(self._members)

    def add_controller(self, controller: Controller) -> None:
        """Let a controller onto the air; it does so itself when it is made."""
        self._members[cast("VirtualController", controller)] = None

    def remove_controller(self, controller: Controller) -> None:
        """Take a controller off the air. Its peers hear nothing, and give up after a while."""
        member = cast("VirtualController", controller)
        self._members.pop(member, None)
        self._listeners.pop(member, None)
        member.fall_silent()

    # Advertising

    @property
    def listened(self) -> bool:
        """Whether anybody scans, or waits for somebody to connect to."""
        return bool(self._listeners)

    def set_listening(self, controller: VirtualController, listening: bool) -> None:
        """Note that a controller has begun, or has ceased, to listen for advertisements."""
        if not listening or controller not in self._members:
            self._listeners.pop(controller, None)
            return
        self._listeners[controller] = None
        parked, self._parked = self._parked, {}
        for advertiser in parked:
            advertiser.resume()

    def park(self, advertiser: Advertiser) -> None:
        """Wake ``advertiser`` when somebody listens; until then it need not speak."""
        self._parked[advertiser] = None

    def unpark(self, advertiser: Advertiser) -> None:
        """Forget a parked advertiser."""
        self._parked.pop(advertiser, None)

    def advertise(self, advertiser: Advertiser) -> None:
        """Send one advertising event to everybody who listens."""
        sender = advertiser.owner
        if sender in self.unheard:
            return
        for listener in tuple(self._listeners):
            if listener is sender:
                continue
            rssi = self.rssi(sender, listener)
            if rssi is None or not advertiser.enabled:
                continue
            if self.loss is None or not self.loss.loses(sender, listener):
                listener.on_advertising_event(advertiser, rssi)

    def answers(self, advertiser: VirtualController, scanner: VirtualController) -> bool:
        """Return whether a scan request arrives, and the response to it, too."""
        loss = self.loss
        return loss is None or not (
            loss.loses(scanner, advertiser) or loss.loses(advertiser, scanner)
        )

    # Links

    def reaches(self, sender: VirtualController, receiver: VirtualController) -> bool:
        """Return whether a link between the two can stand."""
        if self._model_reaches is not None:
            return self._model_reaches(sender, receiver)
        return self._rssi(sender, receiver) is not None

    def loses(self, sender: VirtualController, receiver: VirtualController) -> bool:
        """Return whether a packet on the link from ``sender`` to ``receiver`` is lost.

        A model that knows of positions is not asked again: a link that it does not let stand
        has fallen silent when somebody moved.
        """
        if self._model_reaches is None and self._rssi(sender, receiver) is None:
            return True
        return self.loss is not None and self.loss.loses(sender, receiver)

    def carry(self, sender: VirtualConnection, frame: bytes, packets: int = 0) -> None:
        """Let an L2CAP frame onto a connection's link.

        Args:
            sender: the end that it comes from.
            frame: basic L2CAP header and payload.
            packets: HCI packets to report as completed once it is acknowledged. For a frame
                that the filter drops or delays, that is at once.
        """
        link = sender.radio_link
        if link is None:
            return
        if self.acl_filter is None and not self.acl_filters:
            link.send_frame(sender, frame, packets)
            return
        loop = asyncio.get_running_loop()
        receiver = link.other(sender).owner
        for delay, passed in self._filtered(sender.owner, receiver, frame):
            if delay > 0:
                loop.call_later(delay, link.send_frame, sender, passed)
            else:
                link.send_frame(sender, passed, packets)
                packets = 0
        sender.owner.on_packets_completed(sender, packets)

    def _filtered(
        self, sender: VirtualController, receiver: VirtualController, frame: bytes
    ) -> Iterable[tuple[float, bytes]]:
        """Return what the filters make of a frame, each part with its delay in seconds."""
        frames: list[tuple[float, bytes]] = [(0.0, frame)]
        first = () if self.acl_filter is None else (self.acl_filter,)
        for acl_filter in (*first, *self.acl_filters):
            frames = [
                (before + delay, passed)
                for before, part in frames
                for delay, passed in _parts(acl_filter(sender, receiver, part))
            ]
        return frames

    def lose_link(
        self, a: VirtualController, b: VirtualController, *, silence: float | None = None
    ) -> None:
        """Lose the link between two controllers, as by interference: neither says goodbye.

        From now on nothing passes, and both hosts hear of a connection timeout.

        Args:
            a: one of the two.
            b: the other.
            silence: seconds until they hear of it; by default the supervision timeout that
                the connection has.

        Raises:
            ValueError: there is no link between the two.
        """
        for connection in a.links():
            link = connection.radio_link
            if link is not None and link.other(connection).owner is b:
                link.lose(after=silence)
                return
        raise ValueError("these two controllers have no link to lose; connect them first")

    def moved(self, controller: VirtualController) -> None:
        """Note that a controller has moved: its links may fall silent, or be heard again."""
        for connection in tuple(controller.links()):
            link = connection.radio_link
            if link is None or link.lost:
                continue
            if self.reaches(controller, link.other(connection).owner):
                link.be_heard()
            else:
                link.fall_silent()

    def opened(self, link: Link) -> None:
        """Note a new link."""
        for observer in tuple(self.link_observers):
            observer.link_opened(link)

    def closed(self, link: Link) -> None:
        """Note that both ends of a link are gone."""
        for observer in tuple(self.link_observers):
            observer.link_closed(link)


def _parts(verdict: Verdict) -> Iterable[tuple[float, bytes]]:
    if verdict is None:
        return ()
    if isinstance(verdict, bytes):
        return ((0.0, verdict),)
    if len(verdict) == 2 and isinstance(verdict[1], bytes):
        return (cast("tuple[float, bytes]", verdict),)
    return cast("Sequence[tuple[float, bytes]]", verdict)
