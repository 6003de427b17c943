"""The simulated night light: controls over the air, buttons, events, and who may do what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bumble import att

from babyn_protocol.gatt.controls import (
    Hold,
    PropertyName,
    PropertyStates,
    SetPropertyResult,
)
from babyn_protocol.gatt.device_events import ButtonPress, ButtonPressed, EventKind
from babyn_protocol.gatt.property_values import Colour, PropertyKind, PropertyValue
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_protocol.uuids import VendorCharacteristic
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.night_light import LULLABY, NightLightModel
from babyn_simulator.devices.open_profile.night_light import NightLight
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from babyn_simulator.security import Pairing
from tests.simulator.device_bench import Guest, another_visit, set_property, visit
from tests.simulator.virtual_bench import pass_time, turn, virtually

BRIGHTNESS, COLOUR, SOUND, VOLUME = 1, 2, 3, 4
LEVEL, ENUM = PropertyKind.LEVEL, PropertyKind.ENUM
COMMAND = VendorCharacteristic.SET_PROPERTY
GREEN = Colour(red=0, green=200, blue=40)


def lamp(entropy: Entropy | None = None, **options: Any) -> Any:
    def make(air: Air, given: DeviceOptions) -> NightLight:
        if entropy is not None:
            given["entropy"] = entropy
        return NightLight(air, NightLightModel(**options), Identity("SN-1"), **given)

    return make


async def notified(guest: Guest[NightLight]) -> list[bytes]:
    return await guest.subscribe(VendorCharacteristic.PROPERTY_STATES)


def changes(received: list[bytes]) -> list[tuple[int, object, int]]:
    states = [PropertyStates.parse(data).states for data in received]
    assert {len(one) for one in states} <= {1}
    return [(one[0].property_id, one[0].value, one[0].revision) for one in states]


@virtually
async def test_it_announces_what_it_has() -> None:
    async with visit(lamp()) as guest:
        described = (await guest.descriptions()).descriptions
        assert [(item.property_id, item.name) for item in described] == [
            (BRIGHTNESS, PropertyName.LIGHT_BRIGHTNESS),
            (COLOUR, PropertyName.LIGHT_COLOUR),
            (SOUND, PropertyName.SOUND),
            (VOLUME, PropertyName.SOUND_VOLUME),
        ]
        assert all(item.settable for item in described)
        states = await guest.states()
        assert {number: state.value for number, state in states.items()} == {
            BRIGHTNESS: 0,
            COLOUR: Colour(red=255, green=147, blue=41),
            SOUND: 0,
            VOLUME: 30,
        }
        assert {state.remaining for state in states.values()} == {Hold.UNTIL_CHANGED}
        assert await guest.read(Uuids.APPEARANCE) == b"\xc0\x07"
        with pytest.raises(IndexError):
            await guest.read(Uuids.BATTERY_LEVEL)  # it is on mains


@virtually
async def test_light_and_sound_are_set_answered_and_told() -> None:
    """Mutant: one property is not wired to the device, or subscribers are not told."""
    async with visit(lamp()) as guest:
        answers, states = await guest.answers(), await notified(guest)
        wanted: list[tuple[int, PropertyKind, PropertyValue]] = [
            (BRIGHTNESS, LEVEL, 20),
            (COLOUR, PropertyKind.COLOUR, GREEN),
            (SOUND, ENUM, LULLABY),
            (VOLUME, LEVEL, 55),
        ]
        for number, (prop, kind, value) in enumerate(wanted):
            await guest.send(set_property(prop, kind, value, command_id=number))
        device = guest.device
        assert (device.brightness, device.colour) == (20, GREEN)
        assert (device.sound, device.volume) == (LULLABY, 55)
        assert [(answer.command_id, answer.done) for answer in answers()] == [
            (number, True) for number in range(4)
        ]
        assert changes(states) == [
            (BRIGHTNESS, 20, 1),
            (COLOUR, GREEN, 1),
            (SOUND, LULLABY, 1),
            (VOLUME, 55, 1),
        ]
        assert max(map(len, states)) <= 20


@virtually
async def test_a_light_switches_itself_off_without_a_connection_too() -> None:
    """Mutant: the timer is the connection's, or does not run. The control is still on."""
    async with visit(lamp()) as guest:
        answers = await guest.answers()
        await guest.send(set_property(BRIGHTNESS, LEVEL, 20, hold_for=timedelta(minutes=30)))
        state = answers()[0].state
        assert state is not None
        assert state.remaining == timedelta(minutes=30)
        await guest.connection.disconnect()
        await pass_time(29 * 60)
        assert guest.device.brightness == 20
        await pass_time(60)
        assert guest.device.brightness == 0


@virtually
async def test_what_was_left_on_ends_and_is_told() -> None:
    async with visit(lamp(sound_for=timedelta(minutes=10))) as guest:
        _, states = await guest.answers(), await notified(guest)
        await guest.send(set_property(SOUND, ENUM, 1))
        assert (await guest.states())[SOUND].remaining == timedelta(minutes=10)
        await pass_time(601)
        assert changes(states) == [(SOUND, 1, 1), (SOUND, 0, 2)]
        assert (await guest.states())[SOUND].remaining is Hold.UNTIL_CHANGED


@virtually
async def test_what_is_refused_changes_nothing() -> None:
    """Mutant: a volume above the limit is made smaller. The control is at the limit."""
    async with visit(lamp(loudest=60)) as guest:
        answers, states = await guest.answers(), await notified(guest)
        for number, (prop, kind, value) in enumerate(
            (
                (VOLUME, LEVEL, 61),
                (VOLUME, LEVEL, 101),
                (SOUND, ENUM, LULLABY + 1),
                (BRIGHTNESS, PropertyKind.BOOL, True),
                (9, LEVEL, 1),
            )
        ):
            await guest.send(set_property(prop, kind, value, command_id=number))
        assert [answer.result for answer in answers()] == [
            SetPropertyResult.DEVICE_LIMIT,
            SetPropertyResult.OUT_OF_RANGE,
            SetPropertyResult.OUT_OF_RANGE,
            SetPropertyResult.WRONG_KIND,
            SetPropertyResult.UNKNOWN_PROPERTY,
        ]
        assert states == []
        state = answers()[0].state
        assert state is not None
        assert (state.value, state.revision) == (30, 0)
        await guest.send(set_property(VOLUME, LEVEL, 60, command_id=9))
        assert answers()[-1].done
        assert guest.device.volume == 60


@virtually
async def test_a_command_that_waited_too_long_is_refused() -> None:
    """Mutant: it is carried out when nobody expects it. The control was valid for longer."""
    async with visit(lamp()) as guest:
        answers = await guest.answers()
        guest.device.occupy()
        await guest.send(set_property(BRIGHTNESS, LEVEL, 99, command_id=1, valid_for=3))
        await guest.send(set_property(VOLUME, LEVEL, 40, command_id=2, valid_for=60))
        assert answers() == []
        await pass_time(3)
        assert [(a.command_id, a.result) for a in answers()] == [(1, SetPropertyResult.EXPIRED)]
        await pass_time(10)
        guest.device.release()
        await pass_time(0.5)
        assert [(a.command_id, a.result) for a in answers()[1:]] == [(2, SetPropertyResult.DONE)]
        assert (guest.device.brightness, guest.device.volume) == (0, 40)


@virtually
async def test_a_command_that_arrives_twice_is_answered_twice_and_done_once() -> None:
    async with visit(lamp()) as guest:
        answers, states = await guest.answers(), await notified(guest)
        command = set_property(BRIGHTNESS, LEVEL, 40)
        await guest.send(command)
        guest.device.press_button(1)
        await guest.send(command)
        assert [answer.done for answer in answers()] == [True, True]
        assert guest.device.brightness == 0
        assert changes(states) == [(BRIGHTNESS, 40, 1), (BRIGHTNESS, 0, 2)]


@virtually
async def test_bytes_that_are_no_command_get_an_att_error() -> None:
    """Mutant: they are answered, carried out, or one code stands for all."""
    good = bytes(set_property(BRIGHTNESS, LEVEL, 40))
    padded = good[:6] + b"\x01" + good[7:]  # a byte that a level does not use
    async with visit(lamp()) as guest:
        with pytest.raises(att.ATT_Error) as caught:
            await guest.write(COMMAND, good)
        assert caught.value.error_code == 0xFD  # its answer could not be told
        answers = await guest.answers()
        for data, code in ((good[:-1], 0x0D), (good + b"\0", 0x0D), (b"", 0x0D), (padded, 0x13)):
            with pytest.raises(att.ATT_Error) as caught:
                await guest.write(COMMAND, data)
            assert caught.value.error_code == code
        await pass_time(1)
        assert (answers(), guest.device.brightness) == ([], 0)
        await guest.write(COMMAND, good)
        assert guest.device.brightness == 40


@virtually
async def test_a_button_is_an_event_and_changes_the_state() -> None:
    """Mutant: a press is told and does nothing, or does something and is not told."""
    async with visit(lamp()) as guest:
        events, states = await guest.events(), await notified(guest)
        for button in (1, 2, 1):
            guest.device.press_button(button)
            await pass_time(1)
        guest.device.press_button(1, ButtonPress.LONG_PRESS)
        await pass_time(1)
        assert changes(states) == [(BRIGHTNESS, 20, 1), (SOUND, 1, 1), (BRIGHTNESS, 0, 2)]
        assert (await guest.states())[SOUND].remaining == timedelta(seconds=2 * 3600 - 3)
        told = events()
        assert {event.kind for event in told} == {EventKind.BUTTON_PRESSED}
        assert [event.details for event in told] == [
            ButtonPressed(button=1, press=ButtonPress.PRESS),
            ButtonPressed(button=2, press=ButtonPress.PRESS),
            ButtonPressed(button=1, press=ButtonPress.PRESS),
            ButtonPressed(button=1, press=ButtonPress.LONG_PRESS),
        ]
        assert [event.sequence for event in told] == [0, 1, 2, 3]


@virtually
async def test_events_wait_for_somebody_who_listens() -> None:
    """Mutant: an event without a listener is lost, or is told again to the next one."""
    async with visit(lamp()) as guest:
        guest.device.press_button(1)
        await pass_time(10)
        events = await guest.events()  # services are discovered for about a second
        await pass_time(1)
        (event,) = events()
        assert 10 <= float(str(event.age)) < 12
        await guest.connection.disconnect()
        guest.device.press_button(2)
        await pass_time(5)
        async with another_visit(guest, "C0:00:00:00:00:03") as other:
            later = await other.events()
            await pass_time(1)
            assert [event.sequence for event in later()] == [1]


@virtually
async def test_only_the_writer_is_answered_and_everybody_is_told() -> None:
    """Mutant: answers go to every subscriber, or states only to the writer."""
    async with (
        visit(lamp()) as guest,
        another_visit(guest, "C0:00:00:00:00:03") as other,
    ):
        answers, states = await guest.answers(), await notified(guest)
        others, their_states = await other.answers(), await notified(other)
        await guest.send(set_property(BRIGHTNESS, LEVEL, 40))
        assert ([answer.done for answer in answers()], others()) == ([True], [])
        assert changes(states) == changes(their_states) == [(BRIGHTNESS, 40, 1)]
        # The other one has numbers of its own.
        await other.send(set_property(BRIGHTNESS, LEVEL, 50))
        assert (len(answers()), [answer.done for answer in others()]) == (1, [True])
        assert guest.device.brightness == 50


@virtually
async def test_a_client_that_does_not_confirm_holds_nobody_up() -> None:
    """Mutant: states and answers of others wait for its confirmation."""
    async with (
        visit(lamp()) as guest,
        another_visit(guest, "C0:00:00:00:00:03") as other,
    ):
        await guest.answers()
        others, their_states = await other.answers(), await notified(other)
        air = guest.device.controller.air
        silent = guest.central.controller

        def without_confirmations(sender: object, _receiver: object, frame: bytes) -> bytes | None:
            return None if sender is silent and frame[4] == 0x1E else frame

        air.acl_filter = without_confirmations
        await guest.write(COMMAND, bytes(set_property(BRIGHTNESS, LEVEL, 40)))
        await pass_time(0.5)
        await other.send(set_property(VOLUME, LEVEL, 40))
        assert [answer.done for answer in others()] == [True]
        assert changes(their_states) == [(BRIGHTNESS, 40, 1), (VOLUME, 40, 1)]
        air.acl_filter = None
        await pass_time(40)


@virtually
async def test_with_pairing_required_nothing_is_told_or_taken_before_it() -> None:
    """Mutant: a stranger reads, sets or listens. The control does all of it after pairing."""
    command = bytes(set_property(BRIGHTNESS, LEVEL, 40))
    told = (VendorCharacteristic.PROPERTY_DESCRIPTIONS, VendorCharacteristic.PROPERTY_STATES)
    sent = (VendorCharacteristic.PROPERTY_STATES, COMMAND, VendorCharacteristic.DEVICE_EVENT)
    async with visit(lamp(), pairing=Pairing.REQUIRED) as guest:
        refused = pytest.raises(att.ATT_Error, match="INSUFFICIENT_AUTHENTICATION")
        for uuid in told:
            with refused:
                await guest.read(uuid)
        for uuid in sent:
            with refused:
                await guest.subscribe(uuid)
        with refused:
            await guest.write(COMMAND, command)
        assert guest.device.brightness == 0
        await guest.central.device.pair(guest.connection)
        for uuid in told:
            assert await guest.read(uuid)
        for uuid in sent:
            await guest.subscribe(uuid)
        await guest.write(COMMAND, command)
        await pass_time(1)
        assert guest.device.brightness == 40


@virtually
async def test_a_reset_switches_off_and_keeps_settings() -> None:
    """Mutant: it lights again by itself, or its events go on where they were."""
    async with visit(lamp(Entropy(1, "device/lamp"))) as guest:
        device, answers = guest.device, await guest.answers()
        await guest.send(set_property(BRIGHTNESS, LEVEL, 40))
        await guest.send(set_property(VOLUME, LEVEL, 50, command_id=2))
        assert [answer.done for answer in answers()] == [True, True]
        device.press_button(9)
        first = device.events.oldest(device.elapsed)
        await device.reset()
        assert (device.brightness, device.volume) == (0, 50)
        assert device.events.oldest(device.elapsed) is None
        device.press_button(9)
        second = device.events.oldest(device.elapsed)
        assert first is not None
        assert second is not None
        assert first.sequence != second.sequence
        with pytest.raises(RuntimeError, match="no battery"):
            device.set_battery(5)
        await turn(3)
