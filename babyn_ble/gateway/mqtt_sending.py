"""What may be carried to a broker: readings with their status, or a deletion notice.

Each kind has a connection of its own, which takes its own kind of permit and has no method for
anything else. Needs the extra ``mqtt``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from babyn_ble.errors import ConsentRequiredError
from babyn_ble.gateway.mqtt_connection import MqttConnection
from babyn_ble.gateway.mqtt_status import KEPT_FOR, status_topic
from babyn_ble.gateway.recipients import complete
from babyn_ble.privacy.permits import Permit
from babyn_ble.privacy.purposes import Operation

if TYPE_CHECKING:
    from babyn_ble.gateway.mqtt_connection import Leave
    from babyn_ble.gateway.mqtt_security import MqttCredentials, VerifiedContext
    from babyn_ble.gateway.recipients import MqttRecipient
    from babyn_ble.privacy.rights.notice_permit import NoticePermit


class ReadingConnection(MqttConnection):
    """Carries the readings of one stream, and its status.

    The status is all that the broker keeps, and it forgets it when the connection ends.

    Args:
        entry: of the recipient.
        name: what the recipient calls the device.
        permit: a :class:`~babyn_ble.privacy.permits.Permit` to share with this recipient. Other
            leave is refused, whatever it is for.
        client_id, credentials, tls: see :class:`MqttConnection`.

    Raises:
        ConsentRequiredError: it is not such a permit.
    """

    def __init__(
        self,
        entry: MqttRecipient,
        name: str,
        *,
        permit: Leave,
        client_id: str,
        credentials: MqttCredentials | None = None,
        tls: VerifiedContext | None = None,
    ) -> None:
        if not (
            isinstance(permit, Permit)
            and permit.act.operation is Operation.TRANSMIT
            and permit.act.recipient == entry.id
        ):
            raise ConsentRequiredError(
                f"There is no permit to send readings to recipient {entry.id}; nothing was sent"
            )
        super().__init__(
            entry.target,
            recipient=entry.id,
            permit=permit,
            client_id=client_id,
            credentials=credentials,
            tls=tls,
            will_clears=status_topic(name),
        )
        self._status_topic = status_topic(name)

    async def send(self, topic: str, payload: bytes) -> None:
        """Publish a reading, not retained. Raises what :meth:`MqttConnection.open` raises."""
        await self._publish(topic, payload)

    async def announce(self, status: bytes) -> None:
        """Publish the status, retained. Raises what :meth:`MqttConnection.open` raises."""
        await self._publish(self._status_topic, status, retain=True, expires_in=KEPT_FOR)


class NoticeConnection(MqttConnection):
    """Carries one deletion notice. Where to, and every byte of it, comes from the permit.

    Args:
        permit: to hand over the notice.
        client_id, credentials, tls: see :class:`MqttConnection`.

    Raises:
        RecipientError: the recipient's entry is not one for MQTT.
    """

    def __init__(
        self,
        permit: NoticePermit,
        *,
        client_id: str,
        credentials: MqttCredentials | None = None,
        tls: VerifiedContext | None = None,
    ) -> None:
        entry = complete(permit.entry)
        super().__init__(
            entry.target,
            recipient=entry.id,
            permit=permit,
            client_id=client_id,
            credentials=credentials,
            tls=tls,
        )
        self._purpose = entry.topic_purpose
        self._notice = permit

    async def hand_over(self) -> None:
        """Clear what may be retained, then publish the notice, for each of the devices.

        Raises what :meth:`MqttConnection.open` raises.
        """
        for name in self._notice.names:
            await self._publish(status_topic(name), b"", retain=True)
            await self._publish(f"babyn/{name}/{self._purpose}/deletion", self._notice.text)
