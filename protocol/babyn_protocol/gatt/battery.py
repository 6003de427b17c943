"""Battery Service 0x180F.

BAS v1.1 - Battery Service - §3
"""

from __future__ import annotations

from babyn_protocol.gatt.codes import Code
from babyn_protocol.numbers import bounded, uint8, uint16
from babyn_protocol.wire import Message, flag_bits, flag_value, optional, wire

_percent = bounded(uint8, 0, 100)


class BatteryLevel(Message):
    """How full a battery is. Read, or sent by notification.

    BAS v1.1 - Battery Service - §3.1
    """

    percent: int = wire(_percent)
    """100: full. Values above are reserved for future use and refused."""

    def __str__(self) -> str:
        return f"{self.percent} %"


class ExternalPower(Code):
    """Whether power comes from outside."""

    NOT_CONNECTED = 0
    CONNECTED = 1
    UNKNOWN = 2


class ChargeState(Code):
    """Whether the battery is charged or used."""

    UNKNOWN = 0
    CHARGING = 1
    DISCHARGING_ACTIVE = 2
    DISCHARGING_INACTIVE = 3


class ChargeLevel(Code):
    """What the level means for the user."""

    UNKNOWN = 0
    GOOD = 1
    LOW = 2
    CRITICAL = 3


class ChargingType(Code):
    """How it is charged."""

    UNKNOWN_OR_NOT_CHARGING = 0
    CONSTANT_CURRENT = 1
    CONSTANT_VOLTAGE = 2
    TRICKLE = 3
    FLOAT = 4


class ServiceRequired(Code):
    """Whether the battery wants attention."""

    NO = 0
    YES = 1
    UNKNOWN = 2


class PowerState(Message):
    """Where the power comes from, and where it goes.

    BAS v1.1 - Battery Service - §3.2
    """

    flags: int = flag_bits(uint16)
    """All of it."""

    battery_present: bool = flag_value(0)
    """Whether there is a battery."""

    wired_power: ExternalPower = flag_value(
        1, ExternalPower, width=2, default=ExternalPower.NOT_CONNECTED
    )
    """Power by wire."""

    wireless_power: ExternalPower = flag_value(
        3, ExternalPower, width=2, default=ExternalPower.NOT_CONNECTED
    )
    """Power without."""

    charge_state: ChargeState = flag_value(5, ChargeState, width=2, default=ChargeState.UNKNOWN)
    """Whether the battery is charged or used."""

    charge_level: ChargeLevel = flag_value(7, ChargeLevel, width=2, default=ChargeLevel.UNKNOWN)
    """What the level means for the user."""

    charging_type: ChargingType = flag_value(
        9, ChargingType, width=3, default=ChargingType.UNKNOWN_OR_NOT_CHARGING
    )
    """How it is charged."""

    battery_charging_fault: bool = flag_value(12, default=False)
    """It is not charged because of the battery."""

    external_power_charging_fault: bool = flag_value(13, default=False)
    """It is not charged because of the external power."""

    other_charging_fault: bool = flag_value(14, default=False)
    """It is not charged for another reason."""

    def __str__(self) -> str:
        said = ["battery present" if self.battery_present else "no battery"]
        if self.charge_state is not ChargeState.UNKNOWN:
            said.append(str(self.charge_state))
        if self.charge_level is not ChargeLevel.UNKNOWN:
            said.append(f"level {self.charge_level}")
        if self.wired_power is ExternalPower.CONNECTED:
            said.append("wired power")
        if self.wireless_power is ExternalPower.CONNECTED:
            said.append("wireless power")
        if self.charging_type is not ChargingType.UNKNOWN_OR_NOT_CHARGING:
            said.append(f"charging type {self.charging_type}")
        faults = {
            "battery": self.battery_charging_fault,
            "external power": self.external_power_charging_fault,
            "other": self.other_charging_fault,
        }
        said += [f"charging fault: {name}" for name, there in faults.items() if there]
        return ", ".join(said)


class AdditionalStatus(Message):
    """Whether the battery wants attention.

    BAS v1.1 - Battery Service - §3.2
    """

    flags: int = flag_bits(uint8)
    """All of it."""

    service_required: ServiceRequired = flag_value(0, ServiceRequired, width=2)
    """Whether someone should look at it."""

    battery_fault: bool = flag_value(2, default=False)
    """Whether it has a fault that is known."""

    def __str__(self) -> str:
        said = f"service required: {self.service_required}"
        return f"{said}, battery fault" if self.battery_fault else said


class BatteryLevelStatus(Message):
    """A battery and its power. Read, or sent by notification.

    BAS v1.1 - Battery Service - §3.2
    """

    flags: int = flag_bits(uint8)
    """Which of the fields after the power state are there."""

    power_state: PowerState = wire(PowerState.layout())
    """Where the power comes from, and where it goes."""

    identifier: int | None = optional(uint16, flag=0)
    """Which battery, by the SIG's names of places; as in its Presentation Format descriptor."""

    percent: int | None = optional(_percent, flag=1)
    """As in Battery Level."""

    additional_status: AdditionalStatus | None = optional(AdditionalStatus.layout(), flag=2)
    """Whether the battery wants attention."""

    def __str__(self) -> str:
        said = [] if self.percent is None else [f"{self.percent} %"]
        said.append(str(self.power_state))
        if self.additional_status is not None:
            said.append(str(self.additional_status))
        if self.identifier is not None:
            said.append(f"battery 0x{self.identifier:04X}")
        return ", ".join(said)
