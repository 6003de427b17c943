"""Handing deletion notices over by MQTT: to the topics that the readings went to."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable

from babyn_ble.clock import running_clock
from babyn_ble.errors import ConsentRequiredError, RecipientError, StoreError
from babyn_ble.gateway.errors import RecipientUnreachableError
from babyn_ble.gateway.mqtt import connection_types, require_socket_events
from babyn_ble.gateway.mqtt_security import MqttCredentials, require_safe, tls_context
from babyn_ble.gateway.recipients import complete
from babyn_ble.privacy.rights.notices import DeletionNotice, DeletionNotices

CredentialsFor = Callable[[str], MqttCredentials | None]
"""Returns the credentials for a recipient's broker, by the recipient's id."""


async def hand_over(
    notices: DeletionNotices,
    *,
    credentials: CredentialsFor = lambda _: None,
    ca_file: str | os.PathLike[str] | None = None,
) -> tuple[DeletionNotice, ...]:
    """Try each open notice once; return them as they stand then.

    Topic: ``babyn/<what the recipient calls the device>/<purpose>/deletion``, QoS 1, not
    retained. Before it goes an empty message that clears the device's status, should the
    broker have kept it (:mod:`babyn_ble.gateway.mqtt_status`).

    No consent is in force by then: :mod:`babyn_ble.privacy.rights.notice_permit` says what
    stands in its place, and how little it opens.

    One whose broker is away stays pending; one that is refused has failed, and the
    recipient is to be told in its own way (``delete_channel``). No error of one ends the
    others.

    Raises:
        StoreError: what became of one cannot be noted.
        RecipientError: MQTT does not run here.
    """
    require_socket_events()
    return tuple([await _try(notices, notice, credentials, ca_file) for notice in notices.open()])


async def _try(
    notices: DeletionNotices,
    notice: DeletionNotice,
    credentials: CredentialsFor,
    ca_file: str | os.PathLike[str] | None,
) -> DeletionNotice:
    now = running_clock().now()
    try:
        await _send(notices, notice, credentials, ca_file)
    except RecipientUnreachableError:
        return notices.tried(notice.id, now, sent=False)
    except StoreError:
        raise
    except (RecipientError, ConsentRequiredError):
        current = notices.get(notice.id)
        if not current.open:  # another process was first
            return current
        return notices.tried(notice.id, now, sent=False, refused=True)
    return notices.tried(notice.id, now, sent=True)


async def _send(
    notices: DeletionNotices,
    notice: DeletionNotice,
    credentials_for: CredentialsFor,
    ca_file: str | os.PathLike[str] | None,
) -> None:
    permit = notices.permit(notice.id)
    entry = complete(permit.entry)
    credentials = credentials_for(entry.id)
    require_safe(entry.target, credentials)
    _, make_connection = connection_types()
    connection = make_connection(
        permit,
        client_id=secrets.token_hex(10),
        credentials=credentials,
        tls=tls_context(ca_file) if entry.target.tls else None,
    )
    try:
        await connection.open()
        await connection.hand_over()
        await connection.finish()
    finally:
        await asyncio.shield(connection.close())
