"""The gateway: sends readings to recipients that were agreed to, one by one.

Importing it needs neither aiomqtt nor bleak; publishing needs the extra ``mqtt``.
"""

from __future__ import annotations

from babyn_ble.gateway.deletion_notices import hand_over
from babyn_ble.gateway.errors import RecipientUnreachableError
from babyn_ble.gateway.mqtt import MqttPublisher, RetryPolicy
from babyn_ble.gateway.mqtt_security import MqttCredentials
from babyn_ble.gateway.mqtt_target import MqttTarget
from babyn_ble.gateway.recipients import MINIMUM_FIELDS, MqttRecipient, MqttRecipients, complete

__all__ = [
    "MINIMUM_FIELDS",
    "MqttCredentials",
    "MqttPublisher",
    "MqttRecipient",
    "MqttRecipients",
    "MqttTarget",
    "RecipientUnreachableError",
    "RetryPolicy",
    "complete",
    "hand_over",
]
