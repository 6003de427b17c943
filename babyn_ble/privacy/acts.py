"""What a program is about to do, as the gate's question."""

from __future__ import annotations

from enum import Enum

from babyn_ble.privacy.purposes import Category, Operation, Purpose


class Act(Enum):
    """An act: for which purpose, with which category of data, by which operation."""

    SCAN = (Purpose.BINDING, Category.SIGHTING, Operation.COLLECT)
    CONNECT = (Purpose.BINDING, Category.DEVICE_LINK, Operation.USE)
    REMEMBER = (Purpose.BINDING, Category.DEVICE_IDENTIFIER, Operation.STORE)
    STATUS = (Purpose.BINDING, Category.DEVICE_STATUS, Operation.COLLECT)
    SCAN_UNATTENDED = (Purpose.BACKGROUND_COLLECTION, Category.SIGHTING, Operation.COLLECT)
    CONNECT_UNATTENDED = (Purpose.BACKGROUND_COLLECTION, Category.DEVICE_LINK, Operation.USE)
    CONTROL = (Purpose.DEVICE_CONTROL, Category.DEVICE_STATUS, Operation.USE)
    READ = (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT)
    READ_ROOM = (Purpose.ENVIRONMENT, Category.ENVIRONMENT, Operation.COLLECT)
    KEEP = (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.STORE)
    KEEP_ROOM = (Purpose.HISTORY_STORAGE, Category.ENVIRONMENT, Operation.STORE)
    LOOK_BACK = (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.USE)
    LOOK_BACK_ROOM = (Purpose.HISTORY_STORAGE, Category.ENVIRONMENT, Operation.USE)
    SHARE = (Purpose.SHARING, Category.HEALTH, Operation.TRANSMIT)
    SHARE_ROOM = (Purpose.SHARING, Category.ENVIRONMENT, Operation.TRANSMIT)
    DIAGNOSE = (Purpose.DIAGNOSTICS, Category.FAULTS, Operation.USE)
