"""How readings are put into words."""

from __future__ import annotations

from datetime import UTC, datetime

from babyn_ble.cli.marks import Marks
from babyn_ble.cli.output import Part
from babyn_ble.readings import Quality, QualityReason, QualityStatus, Quantity, Reading

REASONS: dict[QualityReason, str] = {
    QualityReason.NO_VALUE: "no value",
    QualityReason.NOT_AT_THIS_RESOLUTION: "not at this resolution",
    QualityReason.ABOVE_RANGE: "above the sensor's range",
    QualityReason.BELOW_RANGE: "below the sensor's range",
    QualityReason.RESERVED_VALUE: "a value with no meaning",
    QualityReason.PROVISIONAL: "still settling",
    QualityReason.CLOCK_UNCERTAIN: "the device's clock is off",
    QualityReason.TESTING: "test data",
}

_STYLES = {
    QualityStatus.VALID: "good",
    QualityStatus.QUESTIONABLE: "due",
    QualityStatus.INVALID: "bad",
}


def quality_words(quality: Quality) -> Part:
    """Return how good a value is, in words and their style."""
    reasons = ", ".join(
        sorted(REASONS.get(reason, reason.value.replace("_", " ")) for reason in quality.reasons)
    )
    return f"{quality.status}{': ' if reasons else ''}{reasons}", _STYLES[quality.status]


def value_words(reading: Reading, marks: Marks) -> str:
    """Return value and unit as sent."""
    value = marks.dash * 2 if reading.value is None else str(reading.value)
    return f"{value} {reading.unit}"


def quantity_words(reading: Reading) -> str:
    """Return what was measured."""
    return "SpO2" if reading.quantity is Quantity.SPO2 else reading.quantity.value.replace("_", " ")


def site_words(reading: Reading) -> str:
    """Return where on the body, or nothing."""
    return "" if reading.site is None else reading.site.value.replace("_", " ")


def moment(when: datetime) -> str:
    """Return a date and time in UTC, to the second."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def day(when: datetime) -> str:
    """Return a date in the local zone."""
    return when.astimezone().date().isoformat()


def duration(seconds: float) -> str:
    """Return a duration as a person says it."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
