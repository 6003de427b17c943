"""Playing a program: what each step does to its world."""

from __future__ import annotations

import asyncio

from babyn_ble.privacy import ConsentScope, ConsentStatus
from tests.privacy.trace.programs import Program, Step
from tests.privacy.trace.world import World

STEP = 120.0
"""Seconds of virtual time that a step may take. None takes so long, unless it never ends."""


async def play(program: Program) -> World:
    """Play a program to its end, and return the world with what was seen in it."""
    async with World.open(program) as world:
        for step in program.steps:
            try:
                async with asyncio.timeout(STEP):
                    await _play(world, step)
            except TimeoutError:
                world.object(f"{step!r} does not end")
            await world.settle()
        for member in world.members.values():
            member.hangs.end()
        world.broker.away = world.broker.silent = False
        await world.pass_time(10.0)
    return world


async def _play(world: World, step: Step) -> None:
    member = world.members[step.by if step.by in world.members else 0]
    scope = ConsentScope.parse(step.scope) if step.scope else None
    where = step.where.split()
    match step.do:
        case "wait":
            await world.pass_time(step.seconds)
        case "sleep":
            world.sleep(step.seconds)
        case "jump":
            world.set_clock(step.seconds)
        case "measure":
            world.measure(step.seconds)
        case "record":
            world.patch.record(step.seconds, clock_set="unset" not in where)
        case "device off":
            await world.patch.power_off()
        case "device on":
            await world.patch.power_on()
        case "lose link" if world.patch.peripheral.powered_on:
            world.patch.peripheral.lose_link()
        case "scan":
            member.scan(step.seconds or None)
        case "bind":
            member.bind(handed="handed" in where)
        case "connect":
            member.connect(handed="handed" in where, live="live" in where)
        case "end":
            await member.end(step.where)
        case "publish" if len(world.members) == 1:
            member.publish()
        case "broker":
            world.broker.away = step.where == "away"
            world.broker.silent = step.where == "silent"
            if step.where in ("away", "hangs up"):
                world.broker.hang_up()
        case "recipient":
            member.person.put_recipient(None if step.where == "forgotten" else int(step.seconds))
        case "policy":
            member.person.archive_policy(step.seconds, material="material" in where)
        case "set":
            member.set(int(step.seconds))
        case "count faults":
            member.count_faults()
        case "inspect":
            member.inspect()
        case "look back":
            member.look_back()
        case "unbind":
            await member.unbind()
        case "hang":
            member.hang(step.where)
        case "unhang":
            member.hangs.end()
        case "adapter off":
            await member.central.power_off()
        case "adapter on" if not member.central.powered_on:
            await member.central.power_on()
        case "crash":
            await world.reopen(member, crash=True)
        case "close":
            await world.reopen(member, crash=False)
        case "controller":
            member.person.change_controller()
        case "upgrade" if scope is not None:
            await world.upgrade(scope)
        case "damage":
            await world.damage(int(step.seconds))
        case "copy":
            world.copy_store()
        case "restore":
            await world.restore()
        case "put back":
            await world.put_back()
        case "ask" if scope is not None:
            member.person.ask(scope)
        case "agree" if scope is not None:
            member.person.agree(scope)
        case "give" if scope is not None:
            member.person.ask(scope)
            member.person.agree(scope)
        case "refuse" if scope is not None:
            member.person.refuse(scope)
        case "defer" if scope is not None:
            member.person.defer(scope)
        case "ended from above" if scope is not None:
            member.person.end_from_above(ConsentStatus(step.where), scope)
        case "withdraw" if scope is not None:
            await member.person.withdraw(scope)
        case "withdraw inside" if scope is not None:
            member.withdraw_inside(step.where, scope)
        case _:
            pass
