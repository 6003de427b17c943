"""``babyn demo``: the whole story on one screen, simulated, in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babyn_ble.cli.consent import record
from babyn_ble.cli.invocation import PROGRAM, invocation_of
from babyn_ble.cli.marks import curve, signal_bar, signal_word
from babyn_ble.cli.output import Output
from babyn_ble.cli.running import opened, run_in_loop
from babyn_ble.cli.wording import count, quality_words, site_words, value_words
from babyn_ble.companion import Companion
from babyn_ble.errors import BabynError, ConsentRequiredError, DeviceNotFoundError
from babyn_ble.privacy.purposes import (
    BLUETOOTH,
    HEALTH_MONITORING,
    HISTORY_STORAGE,
    LOCATION,
)
from babyn_ble.privacy.subjects import Party, PartyRole, Subject, SubjectKind

if TYPE_CHECKING:
    from babyn_ble.binding import BoundDevice
    from babyn_ble.discovery import Sighting
    from babyn_ble.readings import Reading
    from babyn_ble.session import Session

CONSENTS = (LOCATION, BLUETOOTH, HEALTH_MONITORING, HISTORY_STORAGE)
"""What the story takes; no other is asked for."""
READINGS = 10
"""As the story says in words."""
SCAN_SECONDS = 3.0
QUIET_SECONDS = 60.0
"""For how long nothing may arrive after the withdrawal, in virtual time."""


def demo(
    context: typer.Context,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Another seed is another simulated evening.")
    ] = None,
) -> None:
    """Show the whole story, simulated, in a few seconds.

    Refused, agreed, found, bound, read, withdrawn, erased. No hardware, nothing is kept.
    """
    invocation = invocation_of(context)
    # Its consents are given in virtual time too, so the scenario's own epoch can stand: the
    # same seed tells the same story, whenever it is told.
    argument = "demo?epoch=scenario" + ("" if seed is None else f"&seed={seed}")
    with tempfile.TemporaryDirectory(prefix="babyn-demo-") as directory:
        simulated = replace(invocation, radio=f"sim:{argument}", data_dir=Path(directory))
        with opened(simulated) as companion:
            story = Story(invocation.output, companion)
            run_in_loop(simulated, companion, lambda _companion: story.tell())
    invocation.output.say(
        ("\nThe temporary folder is removed. ", "quiet"),
        "With a thermometer of your own: ",
        (f"{PROGRAM} setup", "command"),
    )


class Story:
    """The demo's seven steps, each checked as it is told."""

    def __init__(self, output: Output, companion: Companion) -> None:
        self._output = output
        self._companion = companion
        self._steps = 0
        self._began = 0.0
        self._yes = (output.marks.yes, "good")

    async def tell(self) -> None:
        """Tell the story.

        Raises:
            BabynError: something was not as it has to be.
        """
        self._began = asyncio.get_running_loop().time()
        self._output.say(
            ("BabyN demo. ", "what"),
            "Simulated: the child, the consents, the thermometer.\n"
            "(A real child's guardian is asked.) Real: the Bluetooth host stack on both\n"
            "sides, the consent gate, the sealed store. Times are virtual.\n",
        )
        subject = self._set_up()
        await self._refused()
        self._agreed(subject)
        sighting = await self._found()
        device = await self._bound(sighting)
        async with self._companion.connect(device) as session:
            await self._read_then_withdrawn(subject, session)
        await self._erased(device)

    def _set_up(self) -> Subject:
        def simulated(role: PartyRole) -> Party:
            return Party(party_name="simulated", party_contact="simulated", party_role=role)

        return self._companion.consent.setup(
            kind=SubjectKind.SYNTHETIC,
            controller=simulated(PartyRole.CONTROLLER),
            consenting_party=simulated(PartyRole.OPERATOR),
        )

    async def _refused(self) -> None:
        self._step("A scan, before anyone has agreed")
        before = "bleak" in sys.modules
        try:
            await self._scan()
        except ConsentRequiredError as error:
            untouched = not before and "bleak" not in sys.modules
            self._event("refused", missing=list(error.missing))
            missing = ", ".join(sorted(error.missing, reverse=True))
            self._line((self._output.marks.no, "bad"), f"Refused. Missing: {missing}.")
            if untouched:
                self._line(self._yes, "Nothing was touched: no Bluetooth library was even loaded.")
            return
        raise BabynError("The demo's first scan was not refused; please report this")

    def _agreed(self, subject: Subject) -> None:
        self._step("Consents, one by one, each to a notice of its own (simulated)")
        register = self._companion.consent
        for scope in CONSENTS:
            notice = register.notice(subject.subject_id, scope)
            record(self._companion, subject, notice)
            state = register.status(subject.subject_id, scope)
            until = "" if state.ends_at is None else state.ends_at.date().isoformat()
            self._event("agreed", scope=str(scope), until=until, notice=notice.sha256)
            self._line(self._yes, f"{scope!s:<18}until {until}   notice {notice.sha256[:12]}")

    async def _found(self) -> Sighting:
        self._step("The same scan")
        found = await self._scan()
        ignored = self._companion.scan_counts.dropped
        if not found:
            raise DeviceNotFoundError("The demo's device was not found; please report this")
        for sighting in found:
            self._event(
                "found",
                id=sighting.id,
                model=sighting.model,
                rssi=sighting.rssi,
                ignored=ignored,
            )
            bar = signal_bar(sighting.rssi, self._output.marks)
            self._line(
                self._yes,
                f"Found {sighting.model} {sighting.id}  {bar} {sighting.rssi} dBm, "
                f"{signal_word(sighting.rssi)}",
            )
        self._line(
            (self._output.marks.point, "quiet"),
            f"{count(ignored, 'foreign advertisement')} ignored.",
        )
        return found[0]

    async def _bound(self, sighting: Sighting) -> BoundDevice:
        self._step("Bind it")
        device = await self._companion.bind(sighting)
        self._event("bound", id=device.id, paired=device.paired)
        how = "Paired by LE Secure Connections, once, and bound." if device.paired else "Bound."
        self._line(self._yes, how)
        made_by = ", ".join(filter(None, (device.manufacturer, device.model_number)))
        self._line((self._output.marks.point, "quiet"), f"{made_by}, firmware {device.firmware}.")
        return device

    async def _read_then_withdrawn(self, subject: Subject, session: Session) -> None:
        self._step("Ten readings, live")
        received: list[Reading] = []
        enough = asyncio.Event()

        async def consume() -> None:
            async with contextlib.aclosing(session.readings()) as readings:
                async for reading in readings:
                    received.append(reading)
                    self._show_reading(received)
                    if len(received) == READINGS:
                        enough.set()

        consumer = asyncio.create_task(consume(), name="demo readings")
        waiting = asyncio.create_task(enough.wait(), name="demo enough")
        await asyncio.wait({consumer, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not enough.is_set():
            waiting.cancel()
            await consumer  # raises why there were not enough
        if session.battery is not None:
            self._event("battery", level=str(session.battery.value))
            level = value_words(session.battery, self._output.marks)
            self._line(
                (self._output.marks.point, "quiet"),
                f"Battery {level}, site {site_words(received[-1])}.",
            )
        self._step(f"{HEALTH_MONITORING} is withdrawn, while the readings run")
        await self._companion.consent.withdraw(subject.subject_id, HEALTH_MONITORING)
        [ending] = await asyncio.gather(consumer, return_exceptions=True)
        arrived = len(received)
        await asyncio.sleep(QUIET_SECONDS)
        late = len(received) - arrived
        closed = not session.is_connected
        self._event("withdrawn", scope=str(HEALTH_MONITORING), link_closed=closed, late=late)
        if not isinstance(ending, ConsentRequiredError) or late or not closed:
            raise BabynError("The demo's session outlived the withdrawal; please report this")
        self._line(self._yes, "The session ended by itself, and the link is closed.")
        self._line(self._yes, f"In the {QUIET_SECONDS:g} s after it: {late} readings.")

    def _show_reading(self, received: list[Reading]) -> None:
        newest, marks = received[-1], self._output.marks
        self._event("reading", **newest.as_dict())
        line = curve([reading.value for reading in received], marks, width=READINGS)
        if not self._output.json:
            self._output.say(
                (f"{self._now():7.1f} s     ", "quiet"),
                (f"{value_words(newest, marks):<9}", "what"),
                (f"{line:<{READINGS + 2}}", "good"),
                quality_words(newest.quality),
            )

    async def _erased(self, device: BoundDevice) -> None:
        self._step("What was stored, and its end")
        stored = self._companion.count_history(device)
        unbound = await self._companion.unbind(device)
        left = self._companion.count_history(device)
        self._event("erased", stored=stored, erased=unbound.readings_erased, left=left)
        if left or unbound.readings_erased != stored:
            raise BabynError("The demo's readings were not all erased; please report this")
        self._line(self._yes, f"{count(stored, 'reading')} were stored, each sealed.")
        self._line(
            self._yes,
            f"Unbound: {unbound.readings_erased} erased, {left} left; "
            "device and pairing forgotten.",
        )

    async def _scan(self) -> list[Sighting]:
        return [sighting async for sighting in self._companion.scan(timeout=SCAN_SECONDS)]

    # Telling

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    def _step(self, title: str) -> None:
        self._steps += 1
        self._output.say((f"{self._now():7.1f} s ", "quiet"), (f"{self._steps} {title}", "what"))

    def _line(self, mark: tuple[str, str], text: str) -> None:
        self._output.say(" " * 12, mark, f" {text}")

    def _event(self, event: str, **fields: object) -> None:
        self._output.emit(step=self._steps, at=round(self._now(), 3), event=event, **fields)
