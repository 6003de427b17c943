"""The light of the device: one property that can be set."""

from __future__ import annotations

from babyn_protocol.gatt.controls import (
    Hold,
    PropertyDescription,
    PropertyDescriptions,
    PropertyName,
    PropertyState,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
    SetPropertyResult,
    Unit,
)
from babyn_protocol.gatt.property_values import PropertyKind, PropertyValue
from babyn_protocol.uuids import VendorCharacteristic, VendorService
from babyn_simulator.peripheral import Characteristic, Peripheral, Service

PROPERTY = "light_brightness"


class Light:
    """A light that is as bright as it was set."""

    def __init__(self) -> None:
        self._peripheral: Peripheral | None = None
        self._state = self._set_to(0, 0)
        self._shown = Characteristic(
            VendorCharacteristic.PROPERTY_STATES, read=self._states, notify=True
        )
        self._setting = Characteristic(
            VendorCharacteristic.SET_PROPERTY, write=self._take, indicate=True
        )
        descriptions = PropertyDescriptions(
            descriptions=(
                PropertyDescription(
                    property_id=1,
                    kind=PropertyKind.LEVEL,
                    name=PropertyName.LIGHT_BRIGHTNESS,
                    unit=Unit.PERCENTAGE,
                    settable=True,
                    revision=0,
                    minimum=0,
                    maximum=100,
                    step=1,
                ),
            )
        )
        described = Characteristic(
            VendorCharacteristic.PROPERTY_DESCRIPTIONS, read=bytes(descriptions)
        )
        self.service = Service(VendorService.CONTROLS, [described, self._shown, self._setting])

    def belongs_to(self, peripheral: Peripheral) -> None:
        """Say what it is in."""
        self._peripheral = peripheral

    def _states(self) -> bytes:
        return bytes(PropertyStates(states=(self._state,)))

    def _take(self, value: bytes) -> None:
        command = SetProperty.parse(value)
        self._state = self._set_to(command.value, self._state.revision + 1)
        response = SetPropertyResponse(
            command_id=command.command_id, result=SetPropertyResult.DONE, state=self._state
        )
        peripheral = self._peripheral
        assert peripheral is not None

        async def answer() -> None:
            await peripheral.indicate(self._setting, bytes(response))

        peripheral.spawn(answer)

    @staticmethod
    def _set_to(value: PropertyValue, revision: int) -> PropertyState:
        return PropertyState(
            property_id=1,
            kind=PropertyKind.LEVEL,
            revision=revision,
            value=value,
            remaining=Hold.UNTIL_CHANGED,
        )
