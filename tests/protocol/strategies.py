"""For each message that the kit knows, every value that it can have."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from babyn_protocol.gatt.battery import (
    AdditionalStatus,
    BatteryLevel,
    BatteryLevelStatus,
    ChargeLevel,
    ChargeState,
    ChargingType,
    ExternalPower,
    PowerState,
    ServiceRequired,
)
from babyn_protocol.gatt.controls import (
    PropertyDescriptions,
    PropertyStates,
    SetProperty,
    SetPropertyResponse,
)
from babyn_protocol.gatt.current_time import (
    AdjustReason,
    CurrentTime,
    DayOfWeek,
    DstOffset,
    LocalTimeInformation,
)
from babyn_protocol.gatt.device_events import DeviceEvent
from babyn_protocol.gatt.device_information import PnpId, SystemId, VendorIdSource
from babyn_protocol.gatt.environmental_sensing import (
    Co2Concentration,
    Humidity,
    Illuminance,
    Illuminance16,
    Pressure,
    Temperature,
)
from babyn_protocol.gatt.generic_access import (
    Appearance,
    NoSpecificValue,
    PeripheralPreferredConnectionParameters,
)
from babyn_protocol.gatt.generic_attribute import DatabaseHash, ServiceChanged
from babyn_protocol.gatt.health_thermometer import (
    MeasurementInterval,
    TemperatureMeasurement,
    TemperatureType,
    TemperatureTypeValue,
    TemperatureUnit,
)
from babyn_protocol.gatt.heart_rate import (
    BodySensorLocation,
    BodySensorLocationValue,
    HeartRateCommand,
    HeartRateControlPoint,
    HeartRateMeasurement,
)
from babyn_protocol.gatt.pulse_oximeter import (
    DeviceAndSensorStatus,
    MeasurementStatus,
    PlxContinuousMeasurement,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.gatt.record_access import (
    Operator,
    RecordAccessOutcome,
    RecordAccessRequest,
    RecordAccessResponse,
    RequestOpCode,
    ResponseCode,
    ResponseOpCode,
)
from babyn_protocol.gatt.sensor import FineWeightMeasurement, SoundLevel
from babyn_protocol.gatt.text import Text
from babyn_protocol.gatt.weight_scale import (
    HeightResolution,
    MeasurementUnits,
    WeightMeasurement,
    WeightResolution,
    WeightScaleFeature,
)
from babyn_protocol.numbers import SpecialValue
from babyn_protocol.wire import Message
from tests.protocol.strategies_of_controls import answers, commands, descriptions, events, states
from tests.protocol.strategies_of_values import (
    above,
    bits,
    date_times,
    decimals,
    flags,
    longs,
    not_known,
    octets,
    sfloats,
    steps,
    temperatures_of_rooms,
    unsuccessful,
    words,
)


def temperatures(message: type[TemperatureMeasurement]) -> st.SearchStrategy[Message]:
    return st.builds(
        message,
        unit=st.sampled_from(TemperatureUnit),
        value=decimals(8388605, -128, 127) | st.sampled_from(SpecialValue),
        timestamp=st.none() | date_times(),
        temperature_type=st.none() | st.sampled_from(TemperatureType),
    )


@st.composite
def connection_parameters(draw: st.DrawFn) -> Message:
    low, high = sorted((draw(st.integers(6, 3200)), draw(st.integers(6, 3200))))
    none = st.just(NoSpecificValue.NO_SPECIFIC_VALUE)
    return PeripheralPreferredConnectionParameters(
        minimum_interval_ms=draw(st.just(low * Decimal("1.25")) | none),
        maximum_interval_ms=draw(st.just(high * Decimal("1.25")) | none),
        latency=draw(st.integers(0, 499)),
        supervision_timeout_ms=draw(st.integers(10, 3200).map(lambda n: Decimal(n * 10)) | none),
    )


@st.composite
def handle_ranges(draw: st.DrawFn) -> Message:
    first, last = sorted((draw(st.integers(1, 0xFFFF)), draw(st.integers(1, 0xFFFF))))
    return ServiceChanged(first_handle=first, last_handle=last)


def plx_statuses() -> dict[str, st.SearchStrategy[Any]]:
    return {
        "measurement_status": st.none() | bits(MeasurementStatus),
        "device_and_sensor_status": st.none() | bits(DeviceAndSensorStatus),
        "pulse_amplitude_index": st.none() | sfloats,
    }


@st.composite
def continuous_measurements(draw: st.DrawFn) -> Message:
    has_fast, has_slow = draw(flags), draw(flags)
    others = {name: draw(drawn) for name, drawn in plx_statuses().items()}
    return PlxContinuousMeasurement(
        spo2=draw(sfloats),
        pulse_rate=draw(sfloats),
        spo2_fast=draw(sfloats) if has_fast else None,
        pulse_rate_fast=draw(sfloats) if has_fast else None,
        spo2_slow=draw(sfloats) if has_slow else None,
        pulse_rate_slow=draw(sfloats) if has_slow else None,
        **others,
    )


@st.composite
def weights(draw: st.DrawFn) -> Message:
    units = draw(st.sampled_from(MeasurementUnits))
    si, has_bmi = units is MeasurementUnits.SI, draw(flags)
    return WeightMeasurement(
        units=units,
        weight=draw(steps(0, 0xFFFE, "0.005" if si else "0.01") | unsuccessful),
        timestamp=draw(st.none() | date_times()),
        user_id=draw(st.none() | octets),
        bmi=draw(steps(0, 0xFFFF, "0.1")) if has_bmi else None,
        height=draw(steps(0, 0xFFFF, "0.001" if si else "0.1")) if has_bmi else None,
    )


@st.composite
def record_requests(draw: st.DrawFn) -> Message:
    op_code = draw(st.sampled_from(RequestOpCode))
    if op_code is RequestOpCode.ABORT_OPERATION:
        return RecordAccessRequest(op_code=op_code, operator=Operator.NULL)
    operator = draw(st.sampled_from([each for each in Operator if each is not Operator.NULL]))
    filters = operator.value in (2, 3, 4)
    operand = draw(st.binary(min_size=1, max_size=18)) if filters else b""
    return RecordAccessRequest(op_code=op_code, operator=operator, operand=operand)


@st.composite
def record_responses(draw: st.DrawFn) -> Message:
    op_code = draw(st.sampled_from(ResponseOpCode))
    outcomes = st.builds(
        RecordAccessOutcome, request_op_code=octets, response_code=st.sampled_from(ResponseCode)
    )
    if op_code is ResponseOpCode.RESPONSE_CODE:
        return RecordAccessResponse(op_code=op_code, outcome=draw(outcomes))
    return RecordAccessResponse(op_code=op_code, outcome=draw(words | longs))


_OTHERS: dict[type[Message], Callable[[], st.SearchStrategy[Message]]] = {
    Appearance: lambda: st.builds(Appearance, value=words),
    BatteryLevel: lambda: st.builds(BatteryLevel, percent=st.integers(0, 100)),
    BatteryLevelStatus: lambda: st.builds(
        BatteryLevelStatus,
        power_state=st.builds(
            PowerState,
            battery_present=flags,
            wired_power=st.sampled_from(ExternalPower),
            wireless_power=st.sampled_from(ExternalPower),
            charge_state=st.sampled_from(ChargeState),
            charge_level=st.sampled_from(ChargeLevel),
            charging_type=st.sampled_from(ChargingType),
            battery_charging_fault=flags,
            external_power_charging_fault=flags,
            other_charging_fault=flags,
        ),
        identifier=st.none() | words,
        percent=st.none() | st.integers(0, 100),
        additional_status=st.none()
        | st.builds(
            AdditionalStatus,
            service_required=st.sampled_from(ServiceRequired),
            battery_fault=flags,
        ),
    ),
    BodySensorLocationValue: lambda: st.builds(
        BodySensorLocationValue, location=st.sampled_from(BodySensorLocation)
    ),
    Co2Concentration: lambda: st.builds(
        Co2Concentration, ppm=steps(0, 65533, "1") | not_known | above
    ),
    CurrentTime: lambda: st.builds(
        CurrentTime,
        local_time=date_times(),
        day_of_week=st.sampled_from(DayOfWeek),
        fractions_256=octets,
        adjust_reason=bits(AdjustReason),
    ),
    DeviceEvent: events,
    FineWeightMeasurement: lambda: st.builds(
        FineWeightMeasurement,
        weight=steps(0, 0xFFFD, "0.001") | above | unsuccessful,
        timestamp=st.none() | date_times(),
        user_id=st.none() | octets,
        settled=flags,
        net=flags,
    ),
    HeartRateControlPoint: lambda: st.builds(
        HeartRateControlPoint, command=st.sampled_from(HeartRateCommand)
    ),
    HeartRateMeasurement: lambda: st.builds(
        HeartRateMeasurement,
        contact_detected=flags,
        contact_supported=flags,
        heart_rate=octets | words,
        energy_expended=st.none() | words,
        rr_intervals=st.lists(words, max_size=9).map(tuple),
    ),
    Humidity: lambda: st.builds(Humidity, percent=steps(0, 10000, "0.01") | not_known),
    Illuminance: lambda: st.builds(Illuminance, lux=steps(0, 0xFFFFFE, "0.01") | not_known),
    Illuminance16: lambda: st.builds(Illuminance16, lux=steps(0, 0xFFFE, "1") | not_known),
    LocalTimeInformation: lambda: st.builds(
        LocalTimeInformation,
        time_zone_minutes=steps(-48, 56, "15") | not_known,
        dst_offset=st.sampled_from(DstOffset),
    ),
    MeasurementInterval: lambda: st.builds(MeasurementInterval, seconds=words),
    PeripheralPreferredConnectionParameters: connection_parameters,
    PlxContinuousMeasurement: continuous_measurements,
    PlxFeatures: lambda: st.builds(
        PlxFeatures,
        measurement_status_support=st.none() | bits(MeasurementStatus),
        device_and_sensor_status_support=st.none() | bits(DeviceAndSensorStatus),
        stores_measurements=flags,
        has_timestamps=flags,
        has_fast_values=flags,
        has_slow_values=flags,
        has_pulse_amplitude_index=flags,
        has_multiple_bonds=flags,
    ),
    PlxSpotCheckMeasurement: lambda: st.builds(
        PlxSpotCheckMeasurement,
        spo2=sfloats,
        pulse_rate=sfloats,
        timestamp=st.none() | date_times(),
        clock_not_set=flags,
        **plx_statuses(),
    ),
    PnpId: lambda: st.builds(
        PnpId,
        vendor_id_source=st.sampled_from(VendorIdSource),
        vendor_id=words,
        product_id=words,
        product_version=words,
    ),
    Pressure: lambda: st.builds(Pressure, pascal=steps(0, 0xFFFFFFFF, "0.1")),
    PropertyDescriptions: lambda: st.builds(
        PropertyDescriptions, descriptions=st.lists(descriptions(), max_size=3).map(tuple)
    ),
    PropertyStates: lambda: st.builds(
        PropertyStates, states=st.lists(states(), max_size=4).map(tuple)
    ),
    RecordAccessRequest: record_requests,
    RecordAccessResponse: record_responses,
    ServiceChanged: handle_ranges,
    DatabaseHash: lambda: st.builds(DatabaseHash, octets=st.binary(min_size=16, max_size=16)),
    SetProperty: commands,
    SetPropertyResponse: answers,
    SoundLevel: lambda: st.builds(
        SoundLevel,
        level=steps(0, 253, "1") | not_known | above,
        maximum=st.none() | steps(0, 253, "1") | not_known | above,
        period_seconds=st.none() | words,
    ),
    SystemId: lambda: st.builds(SystemId, eui_64=st.integers(0, (1 << 64) - 1)),
    Temperature: lambda: st.builds(Temperature, celsius=temperatures_of_rooms),
    TemperatureTypeValue: lambda: st.builds(
        TemperatureTypeValue, temperature_type=st.sampled_from(TemperatureType)
    ),
    WeightMeasurement: weights,
    WeightScaleFeature: lambda: st.builds(
        WeightScaleFeature,
        has_timestamps=flags,
        has_multiple_users=flags,
        has_bmi=flags,
        weight_resolution=st.sampled_from(WeightResolution),
        height_resolution=st.sampled_from(HeightResolution),
    ),
}


def strategy(message: type[Message]) -> st.SearchStrategy[Message]:
    if issubclass(message, Text):
        return st.builds(message, text=st.text(max_size=62))
    if issubclass(message, TemperatureMeasurement):
        return temperatures(message)
    return _OTHERS[message]()
