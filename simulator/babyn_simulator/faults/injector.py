"""Runs the faults of one nursery: waits for their moments, and lets them strike."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from babyn_simulator.errors import FaultError
from babyn_simulator.faults.base import Fault, Frames, Occurrence, PacketFault
from babyn_simulator.faults.hit import Hit
from babyn_simulator.faults.injection import Injection
from babyn_simulator.faults.packet import Packet

if TYPE_CHECKING:
    from babyn_simulator.controller import VirtualController
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.nursery import NurseryRadio
    from babyn_simulator.peripheral import Peripheral
    from babyn_simulator.radio import Air, Link, Verdict

_Fault = TypeVar("_Fault", bound=Fault)

_STEP = 1e-6
"""Seconds between two packets of which the second had to wait for the first."""


@dataclass(eq=False, slots=True)
class _Arming:
    """A fault that waits, for anything that it names or for one link of these."""

    link: Link | None
    armed: bool = False
    packets: int = 0
    timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        self.armed = False
        if self.timer is not None:
            self.timer.cancel()


@dataclass(eq=False, slots=True)
class _Run:
    """What the injector keeps of one injection."""

    fault: Fault
    entropy: Entropy
    injection: Injection[Fault]
    armings: list[_Arming] = field(default_factory=list[_Arming])
    undo: dict[Callable[[], None], asyncio.TimerHandle | None] = field(
        default_factory=dict[Callable[[], None], "asyncio.TimerHandle | None"]
    )


class Injector:
    """The faults of one nursery.

    Args:
        air: the medium.
        devices: the devices, by the names that a fault knows them by.
        centrals: the centrals, in the order in which they came; it may grow.
        entropy: what the faults draw from, each by its number.
    """

    def __init__(
        self,
        air: Air,
        devices: Mapping[str, Peripheral],
        centrals: Sequence[NurseryRadio],
        entropy: Entropy,
    ) -> None:
        self._air = air
        self._devices = devices
        self._centrals = centrals
        self._entropy = entropy
        self._loop = asyncio.get_running_loop()
        # Tasks and timers begin here, whoever's packet or call sets them off.
        self._context = contextvars.copy_context()
        self._runs: list[_Run] = []
        self._by_packet: list[_Run] = []
        self._count = 0
        self._links: list[Link] = []
        self._latest: dict[tuple[Link, str], float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._errors: list[BaseException] = []
        air.link_observers.append(self)

    @property
    def injections(self) -> tuple[Injection[Fault], ...]:
        """What has been injected, in order, and has not ended."""
        return tuple(run.injection for run in self._runs)

    def inject(self, fault: _Fault) -> Injection[_Fault]:
        """Let something go wrong.

        Args:
            fault: what, when, and to whom.

        Raises:
            FaultError: it names a device that is not there.
        """
        if fault.device is not None and fault.device not in self._devices:
            raise FaultError(
                f"{fault.kind_name()}.device: allowed: {', '.join(self._devices) or 'none'}"
            )
        injection = Injection(fault, lambda: self._end(run, ended=True))
        run = _Run(fault, self._entropy.child(str(self._count)), injection)
        self._count += 1
        self._runs.append(run)
        if fault.by_packet:
            self._by_packet.append(run)
            if self._on_frame not in self._air.acl_filters:  # until then no packet pays for it
                self._air.acl_filters.append(self._on_frame)
        if fault.since == "start":
            self._arm(run, None)
        else:
            for link in tuple(self._links):
                if self._concerns(fault, link):
                    self._arm(run, link)
        return injection

    async def aclose(self) -> None:
        """End all faults, and what they have begun."""
        self._air.link_observers.remove(self)
        if self._on_frame in self._air.acl_filters:
            self._air.acl_filters.remove(self._on_frame)
        while self._runs or self._tasks:
            for run in tuple(self._runs):
                run.injection.cancel()
            if self._tasks:
                await asyncio.wait(tuple(self._tasks))
        if self._errors:
            raise self._errors[0]

    # Links

    def link_opened(self, link: Link) -> None:
        """Begin to count for the faults that count from a connection."""
        self._links.append(link)
        for run in tuple(self._runs):
            if run.fault.since == "connection" and self._concerns(run.fault, link):
                self._arm(run, link)

    def link_closed(self, link: Link) -> None:
        """Cease to."""
        self._links.remove(link)
        self._latest.pop((link, "to_device"), None)
        self._latest.pop((link, "from_device"), None)
        for run in self._runs:
            for arming in tuple(run.armings):
                if arming.link is link:
                    arming.stop()
                    run.armings.remove(arming)

    def _concerns(self, fault: Fault, link: Link) -> bool:
        name, device = self._device_of(link)
        if device is None or fault.device not in (None, name):
            return False
        return fault.central is None or fault.central == self._central_of(link)

    def _device_of(self, link: Link) -> tuple[str, Peripheral | None]:
        owner = link.ends[1].owner
        for name, device in self._devices.items():
            if device.powered_on and device.controller is owner:
                return name, device
        return "", None

    def _central_of(self, link: Link) -> int | None:
        for index, radio in enumerate(self._centrals):
            if radio.device.controller is link.ends[0].owner:
                return index
        return None

    # Waiting

    def _arm(self, run: _Run, link: Link | None) -> None:
        arming = _Arming(link)
        run.armings.append(arming)
        if run.fault.after == 0 and link is None:
            self._on_armed(run, arming)
        else:
            # A link is not yet known to its hosts when it is opened.
            self._after(arming, run.fault.after, partial(self._on_armed, run, arming))

    def _after(self, arming: _Arming, seconds: float, act: Callable[[], None]) -> None:
        arming.timer = self._loop.call_later(seconds, act, context=self._context)

    def _on_armed(self, run: _Run, arming: _Arming) -> None:
        fault = run.fault
        arming.armed = True
        if isinstance(fault, PacketFault) and fault.lasts is not None:
            self._after(arming, fault.lasts, partial(self._disarm, run, arming))
        if isinstance(fault, Occurrence) and not fault.by_packet:
            self._on_time(run, fault, arming)

    def _on_time(self, run: _Run, fault: Occurrence, arming: _Arming) -> None:
        self._strike(run, fault, arming.link)
        if run.injection.active and fault.every is not None:
            self._after(arming, fault.every, partial(self._on_time, run, fault, arming))
        else:
            self._disarm(run, arming)

    def _disarm(self, run: _Run, arming: _Arming) -> None:
        arming.armed = False
        self._end_if_over(run)

    # Packets

    def _on_frame(
        self, sender: VirtualController, receiver: VirtualController, frame: bytes
    ) -> Verdict:
        if not (self._by_packet or self._latest):
            return frame
        link = self._link_between(sender, receiver)
        device = None if link is None else self._device_of(link)[1]
        if link is None or device is None:
            return frame
        to_device = sender is link.ends[0].owner
        packet = Packet(frame, "to_device" if to_device else "from_device", link, device)
        frames: Frames = [(0.0, frame)]
        ordered = True
        for run in tuple(self._by_packet):
            if not self._concerns(run.fault, link):
                continue
            result = self._meet(run, packet)
            if result is None:
                continue
            ordered = ordered and getattr(run.fault, "keeps_order", True)
            frames = [(before + after, part) for before, _ in frames for after, part in result]
            if not frames:
                return None
            packet = Packet(frames[0][1], packet.direction, link, device)
        return self._in_order(packet, frames) if ordered else frames

    def _link_between(self, sender: VirtualController, receiver: VirtualController) -> Link | None:
        for end in sender.links():
            link = end.radio_link
            if link is not None and link.other(end).owner is receiver:
                return link
        return None

    def _meet(self, run: _Run, packet: Packet) -> Frames | None:
        """Show a packet to a fault; return what is delivered in its place, if it struck."""
        fault = run.fault
        if not run.injection.active or not fault.selects(packet):
            return None
        arming = self._arming_of(run, packet.link)
        if arming is None:
            return None
        arming.packets += 1
        if arming.packets < fault.packet or not self._drawn(run):
            return None
        result: Frames | None = None
        if isinstance(fault, PacketFault):
            result = fault.apply(packet, self._hit(run, packet.link))
        elif isinstance(fault, Occurrence) and fault.strike(self._hit(run, packet.link)):
            result = [] if fault.takes_packet else [(0.0, packet.frame)]
        if result is not None:
            run.injection.note_strike()
            self._end_if_over(run)
        return result

    def _arming_of(self, run: _Run, link: Link) -> _Arming | None:
        for arming in run.armings:
            if arming.armed and arming.link in (None, link):
                return arming
        return None

    def _in_order(self, packet: Packet, frames: Frames) -> Frames:
        """Let nothing overtake what is late."""
        now = self._loop.time()
        key = (packet.link, packet.direction)
        latest = self._latest.get(key)
        if latest is not None and latest <= now:
            del self._latest[key]
            latest = None
        ordered: Frames = []
        for delay, frame in frames:
            due = now + delay
            if latest is not None and due <= latest:
                due = latest + _STEP
            if due > now:
                latest = self._latest[key] = due
            ordered.append((due - now, frame))
        return ordered

    # Striking

    def _drawn(self, run: _Run) -> bool:
        likely = run.fault.probability
        return likely >= 1 or run.entropy.uniform(0.0, 1.0) < likely

    def _strike(self, run: _Run, fault: Occurrence, link: Link | None) -> None:
        if run.injection.active and self._drawn(run) and fault.strike(self._hit(run, link)):
            run.injection.note_strike()

    def _hit(self, run: _Run, link: Link | None) -> Hit:
        fault = run.fault
        centrals: tuple[NurseryRadio, ...]
        if link is None:
            links = tuple(self._links)
            devices = tuple(
                device for name, device in self._devices.items() if fault.device in (None, name)
            )
            centrals = tuple(
                radio
                for index, radio in enumerate(self._centrals)
                if fault.central in (None, index)
            )
        else:
            links = (link,)
            device = self._device_of(link)[1]
            devices = () if device is None else (device,)
            index = self._central_of(link)
            centrals = () if index is None else (self._centrals[index],)
        return Hit(
            air=self._air,
            # One of whose ends only one is left is as good as lost.
            links=tuple(
                item
                for item in links
                if all(end.is_open for end in item.ends) and self._concerns(fault, item)
            ),
            devices=devices,
            centrals=centrals,
            entropy=run.entropy,
            spawn=self._spawn,
            lasting=partial(self._lasting, run),
            count=run.injection.note_strike,
            overhear=run.injection.overheard.append,
        )

    def _lasting(self, run: _Run, undo: Callable[[], None], lasts: float | None) -> None:
        def end() -> None:
            timer = run.undo.pop(end, None)
            if timer is not None:
                timer.cancel()
            undo()
            self._end_if_over(run)

        if run not in self._runs:
            self._runs.append(run)  # it waits no more, but it is not over yet
        run.undo[end] = (
            None if lasts is None else self._loop.call_later(lasts, end, context=self._context)
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work, context=self._context)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._errors.append(error)

    # The end

    def _end_if_over(self, run: _Run) -> None:
        waits = run.injection.active and (
            run.fault.since == "connection" or any(arming.armed for arming in run.armings)
        )
        if not waits:
            self._end(run, ended=False)

    def _end(self, run: _Run, *, ended: bool) -> None:
        """Wait no more. What lasts goes on, unless the fault has ``ended`` with it."""
        for arming in run.armings:
            arming.stop()
        run.armings.clear()
        run.injection.note_over()
        if run in self._by_packet:
            self._by_packet.remove(run)
        if ended:
            for undo in tuple(run.undo):
                undo()
        if not run.undo and run in self._runs:
            self._runs.remove(run)
