"""Publishing readings over MQTT, to one recipient, for as long as that is agreed to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterable, Generator
from functools import partial
from typing import TYPE_CHECKING

from babyn_ble.clock import running_clock
from babyn_ble.errors import (
    BabynError,
    ConsentRequiredError,
    LedgerError,
    RecipientError,
    StoreError,
)
from babyn_ble.feed import Feed
from babyn_ble.gateway.mqtt_delivery import Delivery, RetryPolicy
from babyn_ble.gateway.mqtt_security import MqttCredentials, require_safe, tls_context
from babyn_ble.gateway.mqtt_status import PublisherStatus
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.rights.deliveries import Deliveries

if TYPE_CHECKING:
    from babyn_ble.gateway.mqtt_sending import NoticeConnection, ReadingConnection
    from babyn_ble.gateway.pseudonyms import Pseudonyms
    from babyn_ble.gateway.recipients import MqttRecipient, MqttRecipients
    from babyn_ble.privacy.gate import Gate
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.privacy.purposes import Category
    from babyn_ble.readings import Reading

__all__ = ["MqttPublisher", "RetryPolicy"]

CAPACITY = 4096
"""Readings that wait for the broker; at one a second, more than an hour."""


class MqttPublisher:
    """Sends the readings of one device to one recipient, each as one JSON object.

    Topic: ``babyn/<pseudonym>/<purpose>/<quantity>``, QoS 1, not retained. The object has the
    fields that are listed for the recipient and no others. The pseudonym is what this
    recipient, and no other, knows the device by. Beside them stands the publisher's status,
    retained, at ``babyn/<pseudonym>/status`` (:mod:`babyn_ble.gateway.mqtt_status`).

    Each reading is sent until the broker acknowledges it, in order. A connection that was lost
    is made anew, with growing pauses; the gate is asked each time. What was sent and not
    acknowledged is then sent again, so a recipient may get the same object twice in a row:
    ``repeated`` counts these. While the broker is away, readings wait. When too many do, the
    oldest are dropped: ``dropped`` counts them, and the ``gap`` of the next reading says so,
    if that field is listed.

    Values of a body and of the room are agreed to apart: what was not agreed to is dropped. So
    is what a device has kept since before the sharing was agreed to.
    When a consent ends, nothing more leaves: what waits is discarded, what was sent and not
    acknowledged is not sent again, and the connection is cut. Nothing stays behind on the
    broker: with the connection it clears the status, the one thing that was retained there.

    Args:
        gate: asked before connecting and before each write.
        recipients: where the recipient's entry is.
        recipient: its id.
        subject: id of the subject whose readings these are.
        device: short id of the bound device that they come from.
        credentials: for the broker; needed unless it is on this machine.
        ca_file: authorities to trust for TLS, in PEM; ``None`` for the system's.
        capacity: readings that wait at most.
        retry: for how long a broker that was lost is tried again.
    """

    def __init__(
        self,
        gate: Gate,
        recipients: MqttRecipients,
        recipient: str,
        *,
        subject: str,
        device: str,
        credentials: MqttCredentials | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        capacity: int = CAPACITY,
        retry: RetryPolicy | None = None,
    ) -> None:
        self.published = 0
        """Readings that the broker has acknowledged."""
        self.dropped = 0
        """Readings that were taken over, and were not acknowledged and will not be."""
        self._queued = 0
        self._in_hand = 0
        self._gate = gate
        self._recipients = recipients
        self._recipient = recipient
        self._subject = subject
        self._device = device
        self._credentials = credentials
        self._ca_file = ca_file
        self._capacity = capacity
        self._retry = retry or RetryPolicy()
        self._delivery: Delivery | None = None

    @property
    def waiting(self) -> int:
        """Readings that were taken over and are not acknowledged yet."""
        return self._queued + self._in_hand

    @property
    def repeated(self) -> int:
        """Times that a reading was sent again because its acknowledgement did not come."""
        return 0 if self._delivery is None else self._delivery.repeated

    async def publish(self, readings: AsyncIterable[Reading]) -> None:
        """Publish readings until there are no more of them. To be called once.

        Args:
            readings: ``session.readings()``, for example. They are asked for only once the
                broker has accepted the connection.

        Raises:
            ConsentRequiredError: the guardian has not agreed to share with this recipient, or
                no longer does. In the first case no connection was opened.
            RecipientUnreachableError: the broker is not there, or stayed away for too long.
            RecipientError: the recipient is unknown, its entry is not complete, the extra
                ``mqtt`` is not installed, or the broker may not be sent to or refuses.
            ValueError: a reading is of another device.
        """
        require_socket_events()
        entry = self._recipients.get(self._recipient)
        with self._permits(entry.id) as permits:
            if self._recipients.get(self._recipient) != entry:
                raise RecipientError(
                    f"The entry of recipient {entry.id} was changed meanwhile; start again"
                )
            await self._publish(permits, entry, readings)

    @contextlib.contextmanager
    def _permits(self, recipient: str) -> Generator[dict[Category, Permit]]:
        """Ask for each category of readings, and hold what was granted.

        Raises:
            ConsentRequiredError: none was.
        """
        permits: dict[Category, Permit] = {}
        refused: list[ConsentRequiredError] = []
        with contextlib.ExitStack() as held:
            for act in (Act.SHARE, Act.SHARE_ROOM):
                try:
                    permit = self._gate.permit(self._subject, *act.value, recipient=recipient)
                except ConsentRequiredError as error:
                    refused.append(error)
                else:
                    permits[permit.act.category] = held.enter_context(permit)
            if not permits:
                raise refused[0]
            yield permits

    async def _publish(
        self,
        permits: dict[Category, Permit],
        entry: MqttRecipient,
        readings: AsyncIterable[Reading],
    ) -> None:
        names = self._recipients.pseudonyms(entry.id, subject=self._subject, device=self._device)
        pseudonym = names.device
        status = PublisherStatus(self._gate, self._subject)
        delivery = self._delivery = self._prepare(tuple(permits.values()), entry, pseudonym, status)
        feed = Feed(self._capacity, "the recipient's broker was away")
        feeder: asyncio.Task[None] | None = None

        def died(dead: Permit) -> None:
            try:
                dead.check()
            except BabynError as error:
                feed.end(error, discard=True)
            delivery.stop()

        for held in permits.values():
            held.on_death(partial(died, held))
            held.guard(f"publisher to {entry.id}", delivery.close)
        deliveries = Deliveries(self._recipients.vault)
        prefix = "/".join(("babyn", pseudonym, entry.topic_purpose))
        try:
            # Before the first byte leaves: the topic of the status is a part of the greeting.
            now = running_clock().now()
            earlier = deliveries.begun(self._subject, entry, names.device, now)
            try:
                await delivery.connect()
            except RecipientError:
                if not delivery.reached:  # so nothing has left
                    deliveries.put_back(self._subject, entry.id, earlier)
                raise
            feeder = asyncio.create_task(self._take_over(readings, feed), name="MQTT feeder")
            feeder.add_done_callback(lambda _: feed.end(None))
            while (reading := await _next(feed, delivery, status)) is not None:
                self._queued, self._in_hand = self._queued - 1, 1
                if reading.device != self._device:
                    raise ValueError("a publisher sends the readings of its own device only")
                permit = permits.get(reading.quantity.category)
                if permit is None or not self._agreed_then(permit, reading):
                    self._in_hand = 0
                    self.dropped += 1
                    continue
                if status.due_in == 0:
                    await delivery.announce()
                topic = f"{prefix}/{reading.quantity}"
                await delivery.deliver(topic, payload(entry, reading, names))
                self._in_hand = 0
                self.published += 1
            delivery.require_alive()
            await feeder  # raises what the readings ended with
            await delivery.finish()
        finally:
            if feeder is not None:
                feeder.cancel()
                await asyncio.gather(feeder, return_exceptions=True)
            await delivery.close()
            with contextlib.suppress(StoreError):  # erased meanwhile: there is nothing to count
                deliveries.acknowledged(self._subject, entry.id, self.published)
            self.dropped += self.waiting
            self._queued = self._in_hand = 0

    def _agreed_then(self, permit: Permit, reading: Reading) -> bool:
        """Return whether sharing was agreed to when a device measured what it has kept since."""
        if not reading.from_log:
            return True
        act = permit.act
        with contextlib.suppress(LedgerError):
            return self._gate.held_at(
                self._subject,
                act.purpose,
                act.category,
                act.operation,
                reading.measured_at,
                recipient=act.recipient,
            )
        return False

    async def _take_over(self, readings: AsyncIterable[Reading], feed: Feed) -> None:
        async for reading in readings:
            feed.put(reading)
            if self._queued < self._capacity:
                self._queued += 1
            else:
                self.dropped += 1

    def _prepare(
        self,
        permits: tuple[Permit, ...],
        entry: MqttRecipient,
        pseudonym: str,
        status: PublisherStatus,
    ) -> Delivery:
        """Make all that can be made, and refuse what can be refused, before connecting."""
        target = entry.target
        require_safe(target, self._credentials)
        require_protected_abroad(entry, self._gate.destination(self._subject, entry.id))
        tls = tls_context(self._ca_file) if target.tls else None
        client_id = secrets.token_hex(10)
        make_connection, _ = connection_types()

        def connect() -> ReadingConnection:
            return make_connection(
                entry,
                pseudonym,
                permit=permits[0],  # with the others, the delivery cuts the connection
                client_id=client_id,
                credentials=self._credentials,
                tls=tls,
            )

        return Delivery(permits, connect, status, self._retry)


def require_protected_abroad(entry: MqttRecipient, country: str | None) -> None:
    """Refuse a recipient in another country that is not bound and not reached by TLS (L505).

    Args:
        entry: the recipient's.
        country: where it is, if that is not the subject's own country.

    Raises:
        RecipientError: it says what is missing.
    """
    if country is None:
        return
    if not entry.target.tls:
        raise RecipientError(
            "The data would go to another country, and not encrypted, so nothing is sent; use "
            "mqtts:// (TLS)"
        )
    if not entry.agreement_ref.strip():
        raise RecipientError(
            "The data would go to another country, and no agreement protects them there, so "
            "nothing is sent; name it in the recipient's entry (agreement_ref)"
        )


def payload(entry: MqttRecipient, reading: Reading, names: Pseudonyms) -> bytes:
    """Return what a recipient gets of a reading: the fields that are listed for it.

    A device, and the epoch of its log, are called what this recipient calls them.

    This is the last step before the bytes leave. A field that is not listed, known or new,
    does not pass.
    """
    known = names.named(reading)
    listed = {name: known[name] for name in entry.fields}
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()


def require_socket_events() -> None:
    if running_clock().virtual:
        raise RecipientError(
            "A broker lives in real time, and this event loop in virtual time, so nothing is "
            'sent; run it in wall-clock time (in a scenario: time = "wall")'
        )
    loop = type(asyncio.get_running_loop())
    if loop.add_reader is asyncio.AbstractEventLoop.add_reader:
        raise RecipientError(
            "MQTT does not run on this event loop (Windows' default one); run it on "
            "asyncio.SelectorEventLoop"
        )


def connection_types() -> tuple[type[ReadingConnection], type[NoticeConnection]]:
    """Return the connections that readings and notices go over.

    Raises:
        RecipientError: the extra ``mqtt`` is not installed.
    """
    try:
        from babyn_ble.gateway.mqtt_sending import NoticeConnection, ReadingConnection
    except ModuleNotFoundError:
        raise RecipientError(
            "Support for MQTT is not installed; install it: pip install 'babyn-ble[mqtt]'"
        ) from None
    return ReadingConnection, NoticeConnection


async def _next(feed: Feed, delivery: Delivery, status: PublisherStatus) -> Reading | None:
    """Return the next reading, or ``None`` at the end; meanwhile, repeat the status."""
    while True:
        waiting = asyncio.timeout(status.due_in)
        try:
            async with waiting:
                return await feed.take()
        except TimeoutError:
            if not waiting.expired():
                raise
            await delivery.announce()
