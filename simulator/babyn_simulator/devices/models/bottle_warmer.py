"""What a bottle warmer is and does: a target, a heater, and a limit nobody talks it out of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Final

from babyn_protocol.gatt.controls import PropertyDescription, PropertyName, Unit
from babyn_protocol.gatt.device_events import Alarm, AlarmReason, AlarmState
from babyn_protocol.gatt.property_values import PropertyKind, PropertyValue
from babyn_simulator.devices.models.controls import Controls, Property
from babyn_simulator.devices.signals.water import Water

HIGHEST_TARGET: Final = 60.0
"""The highest target that can be asked for, in degrees Celsius: water to warm solid food in."""

COOLED_BY: Final = 5.0
"""How far below its heat limit a warmer has to cool before it warms again, in degrees Celsius."""

_WARMER_TEMPERATURE: Final = 0x2A6E

_SHOWN: Final = Decimal("0.50")

_TARGET: Final = Decimal("37.00")


@dataclass(slots=True)
class BottleWarmerModel:
    """What a bottle warmer is and does, without a radio. Time comes from outside.

    Attributes:
        water: what it warms.
        warm_for: how long it warms at most; then it switches off.
        heat_limit: degrees Celsius. A higher target is in range and refused; water that is
            warmer switches it off, whatever the thermostat does.
        stuck: whether the thermostat is broken, and the heater on for as long as the warmer is.
    """

    water: Water
    warm_for: timedelta = timedelta(minutes=30)
    heat_limit: float = 45.0
    stuck: bool = False
    _heating: bool = field(default=False, init=False)
    _too_hot: bool = field(default=False, init=False)

    @property
    def heating(self) -> bool:
        """Whether the heater is on."""
        return self._heating

    def controls(self) -> Controls:
        """Return its properties, at rest: it is off."""
        return Controls(self._properties(), limit=self._forbidden)

    def regulate(self, controls: Controls, now: timedelta) -> Alarm | None:
        """Measure, switch the heater, and keep the heat limit.

        Args:
            controls: its properties.
            now: time since it was first on mains.

        Returns:
            the alarm, if the heat limit was passed or the water has cooled down again.
        """
        measured = self.water.measure(now, heated=self._heating)
        # Shown by halves, and not for every flicker of the sensor.
        shown = controls.value(PropertyName.WARMER_TEMPERATURE, Decimal)
        if abs(measured - float(shown)) > 0.75 * float(_SHOWN):
            rounded = round(measured / float(_SHOWN)) * _SHOWN
            controls.change(PropertyName.WARMER_TEMPERATURE, rounded, now)
        alarm = self._guard(measured)
        if self._too_hot:
            controls.change(PropertyName.WARMER, value=False, now=now)
        on = controls.value(PropertyName.WARMER, bool)
        target = float(controls.value(PropertyName.WARMER_TARGET, Decimal))
        # It stops at the target, and begins again when the water is a little cooler.
        wanted = measured < (target if self._heating else target - 0.3)
        self._heating = on and (self.stuck or wanted)
        return alarm

    def lose_power(self) -> None:
        """Have the heater off, as without mains."""
        self._heating = False

    def switch(self, controls: Controls, now: timedelta) -> None:
        """Switch it on, or off if it is on, as its button does; too hot, it stays off."""
        on = controls.value(PropertyName.WARMER, bool)
        if on or not self._too_hot:
            controls.change(PropertyName.WARMER, value=not on, now=now)

    def _guard(self, measured: float) -> Alarm | None:
        if not self._too_hot and measured > self.heat_limit:
            self._too_hot = True
            return self._alarm(AlarmState.RAISED)
        if self._too_hot and measured < self.heat_limit - COOLED_BY:
            self._too_hot = False
            return self._alarm(AlarmState.CLEARED)
        return None

    def _alarm(self, state: AlarmState) -> Alarm:
        return Alarm(about=_WARMER_TEMPERATURE, reason=AlarmReason.ABOVE_LIMIT, state=state)

    def _forbidden(self, description: PropertyDescription, value: PropertyValue) -> bool:
        if description.name is PropertyName.WARMER:
            return value is True and self._too_hot
        return isinstance(value, Decimal) and float(value) > self.heat_limit

    def _properties(self) -> Iterator[Property]:
        yield Property(
            PropertyDescription(
                property_id=1,
                kind=PropertyKind.BOOL,
                name=PropertyName.WARMER,
                unit=Unit.UNITLESS,
                settable=True,
                revision=0,
                minimum=False,
                maximum=True,
                step=True,
            ),
            rest=False,
            longest=self.warm_for,
        )
        yield Property(
            _temperature(2, PropertyName.WARMER_TARGET, 30.0, HIGHEST_TARGET, settable=True),
            rest=_TARGET,
        )
        start = round(self.water.room / float(_SHOWN)) * _SHOWN
        yield Property(
            _temperature(3, PropertyName.WARMER_TEMPERATURE, 0.0, 100.0, settable=False),
            rest=start,
        )


def _temperature(
    number: int, name: PropertyName, low: float, high: float, *, settable: bool
) -> PropertyDescription:
    return PropertyDescription(
        property_id=number,
        kind=PropertyKind.TEMPERATURE,
        name=name,
        unit=Unit.DEGREE_CELSIUS,
        settable=settable,
        revision=0,
        minimum=Decimal(low),
        maximum=Decimal(high),
        step=_SHOWN,
    )
