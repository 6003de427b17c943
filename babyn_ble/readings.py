"""A reading: one value of one quantity, with all that is known about how good it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from babyn_ble.privacy.purposes import Category


class Quantity(StrEnum):
    """What was measured."""

    TEMPERATURE = "temperature"
    """Of the body."""
    SPO2 = "spo2"
    """Oxygen saturation of the blood, by pulse oximetry."""
    PULSE_RATE = "pulse_rate"
    HEART_RATE = "heart_rate"
    WEIGHT = "weight"
    AIR_TEMPERATURE = "air_temperature"
    HUMIDITY = "humidity"
    PRESSURE = "pressure"
    CO2_CONCENTRATION = "co2_concentration"
    ILLUMINANCE = "illuminance"
    SOUND_LEVEL = "sound_level"
    BATTERY_LEVEL = "battery_level"

    @property
    def category(self) -> Category:
        """Which data it is, as the gate asks for it. What is not of the room is of a body."""
        if self is Quantity.BATTERY_LEVEL:
            return Category.DEVICE_STATUS
        return Category.ENVIRONMENT if self in _OF_THE_ROOM else Category.HEALTH


_OF_THE_ROOM = frozenset(
    {
        Quantity.AIR_TEMPERATURE,
        Quantity.HUMIDITY,
        Quantity.PRESSURE,
        Quantity.CO2_CONCENTRATION,
        Quantity.ILLUMINANCE,
        Quantity.SOUND_LEVEL,
    }
)


class QualityStatus(StrEnum):
    """Whether a value may be shown as it is."""

    VALID = "valid"
    QUESTIONABLE = "questionable"
    INVALID = "invalid"


class QualityReason(StrEnum):
    """Why a value is not simply valid, or what else must be said with it."""

    NO_VALUE = "no_value"
    """The device sent 'not a number', or 'not known'."""
    NOT_AT_THIS_RESOLUTION = "not_at_this_resolution"
    ABOVE_RANGE = "above_range"
    BELOW_RANGE = "below_range"
    RESERVED_VALUE = "reserved_value"
    MEASUREMENT_UNSUCCESSFUL = "measurement_unsuccessful"
    PROVISIONAL = "provisional"
    """The measurement is still settling."""
    FROM_STORAGE = "from_storage"
    DEMONSTRATION = "demonstration"
    CALIBRATION_ONGOING = "calibration_ongoing"
    MEASUREMENT_UNAVAILABLE = "measurement_unavailable"
    QUESTIONABLE_MEASUREMENT = "questionable_measurement"
    INVALID_MEASUREMENT = "invalid_measurement"
    EQUIPMENT_MALFUNCTION = "equipment_malfunction"
    WEAK_SIGNAL = "weak_signal"
    """Poor, inadequate, or of low perfusion."""
    DISTURBED_SIGNAL = "disturbed_signal"
    """Erratic, without pulse, interfered with, or irregular: usually movement."""
    NO_CONTACT = "no_contact"
    """The probe is off, or displaced."""
    CLOCK_UNCERTAIN = "clock_uncertain"
    """The device's date does not fit the time of arrival: when it measured is not known."""
    TESTING = "testing"
    """The subject is a test article or synthetic, or the device says so: nobody's data."""


NOT_SHOWN = frozenset(
    {
        QualityReason.NO_VALUE,
        QualityReason.NOT_AT_THIS_RESOLUTION,
        QualityReason.ABOVE_RANGE,
        QualityReason.BELOW_RANGE,
        QualityReason.RESERVED_VALUE,
        QualityReason.MEASUREMENT_UNSUCCESSFUL,
        QualityReason.MEASUREMENT_UNAVAILABLE,
        QualityReason.INVALID_MEASUREMENT,
        QualityReason.EQUIPMENT_MALFUNCTION,
        QualityReason.NO_CONTACT,
    }
)
"""Reasons that make a value invalid. Any other makes it questionable, but for testing."""


class Site(StrEnum):
    """Where on the body.

    HTS v1.0 - Health Thermometer Service - §3.2 (Temperature Type)
    """

    ARMPIT = "armpit"
    BODY = "body"
    EAR = "ear"
    FINGER = "finger"
    GASTROINTESTINAL_TRACT = "gastrointestinal_tract"
    MOUTH = "mouth"
    RECTUM = "rectum"
    TOE = "toe"
    TYMPANUM = "tympanum"


class Derivation(StrEnum):
    """How the value came about."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    PREDICTED = "predicted"


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a value is, with reasons."""

    status: QualityStatus = QualityStatus.VALID
    reasons: frozenset[QualityReason] = frozenset()

    @classmethod
    def of(cls, reasons: Iterable[QualityReason]) -> Quality:
        """Return the quality that follows from reasons."""
        found = frozenset(reasons)
        if found & NOT_SHOWN:
            return cls(QualityStatus.INVALID, found)
        if found - {QualityReason.TESTING}:
            return cls(QualityStatus.QUESTIONABLE, found)
        return cls(QualityStatus.VALID, found)


FRESH = timedelta(minutes=1)
"""What is older when it arrives comes from the device's log, whether or not it says so."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Readings that were missed: how many, as far as that is known, and why."""

    missed: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value. Its identity is (device, epoch, sequence, quantity).

    The ``repr`` does not carry the value: it may end in a log.

    Attributes:
        device: short id of the bound device.
        epoch: the device's log epoch; ``None`` where the source has none (open profile).
        sequence: the reading's number within the epoch; ``None`` likewise.
        quantity: what was measured.
        value: the value, with the exponent as sent; ``None`` if there is no value.
        unit: the unit as sent, as people write it: ``°C``, ``°F``, ``%``, ``/min``, ``kg``…
        quality: whether it may be shown as it is, and why not.
        site: where on the body, if the device says so.
        derivation: measured, estimated or predicted.
        algorithm: what estimated or predicted it, if so.
        measured_at: when it was measured, aware, UTC; ``None`` if that is not known.
        device_time: the date and time that the device sent, naive, as sent.
        received_at: when it arrived here, aware, UTC.
        gap: what is missing directly before it.
    """

    device: str
    quantity: Quantity
    value: Decimal | None = field(repr=False)
    unit: str
    received_at: datetime
    measured_at: datetime | None
    quality: Quality = Quality()
    site: Site | None = None
    derivation: Derivation = Derivation.MEASURED
    algorithm: str | None = None
    device_time: datetime | None = None
    epoch: int | None = None
    sequence: int | None = None
    gap: Gap | None = None

    @property
    def from_log(self) -> bool:
        """Whether it comes from the device's log, by what the device says or by its age."""
        measured_at = self.measured_at
        late = measured_at is not None and self.received_at - measured_at > FRESH
        return late or QualityReason.FROM_STORAGE in self.quality.reasons

    def as_dict(self) -> dict[str, object]:
        """Return the reading as plain JSON types. Values are strings: a float would lie."""
        return {
            "device": self.device,
            "epoch": self.epoch,
            "sequence": self.sequence,
            "quantity": self.quantity.value,
            "value": None if self.value is None else str(self.value),
            "unit": self.unit,
            "quality": self.quality.status.value,
            "reasons": sorted(reason.value for reason in self.quality.reasons),
            "site": None if self.site is None else self.site.value,
            "derivation": self.derivation.value,
            "algorithm": self.algorithm,
            "measured_at": _iso(self.measured_at),
            "device_time": _iso(self.device_time),
            "received_at": _iso(self.received_at),
            "gap": None
            if self.gap is None
            else {"missed": self.gap.missed, "reason": self.gap.reason},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Reading:
        """Return the reading of which ``data`` is the :meth:`as_dict`.

        Raises:
            KeyError, ValueError: it is of none.
        """
        gap = data["gap"]
        return cls(
            device=data["device"],
            epoch=data["epoch"],
            sequence=data["sequence"],
            quantity=Quantity(data["quantity"]),
            value=None if data["value"] is None else Decimal(data["value"]),
            unit=data["unit"],
            quality=Quality(
                QualityStatus(data["quality"]),
                frozenset(QualityReason(reason) for reason in data["reasons"]),
            ),
            site=None if data["site"] is None else Site(data["site"]),
            derivation=Derivation(data["derivation"]),
            algorithm=data["algorithm"],
            measured_at=_moment(data["measured_at"]),
            device_time=_moment(data["device_time"]),
            received_at=datetime.fromisoformat(data["received_at"]),
            gap=None if gap is None else Gap(gap["missed"], gap["reason"]),
        )


READING_FIELDS: tuple[str, ...] = (
    "device",
    "epoch",
    "sequence",
    "quantity",
    "value",
    "unit",
    "quality",
    "reasons",
    "site",
    "derivation",
    "algorithm",
    "measured_at",
    "device_time",
    "received_at",
    "gap",
)
"""The names in :meth:`Reading.as_dict`: what a recipient's allow-list chooses from."""


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _iso(moment: datetime | None) -> str | None:
    return (
        None if moment is None else moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    )
