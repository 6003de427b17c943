"""Programs: what people, a program that uses the companion, and the world do, at random.

A program is data, so that one that fails can be made shorter and printed. The same seed and
number give the same program anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

from babyn_ble.privacy import ConsentStatus, SubjectKind
from babyn_ble.privacy.events import TRANSITIONS, Earlier
from tests.privacy.trace.lives import earlier_after
from tests.privacy.trace.oracle import BACKGROUND, CROSS_BORDER, SHARING, VALID_FOR
from tests.privacy.trace.patch import PARTS
from tests.privacy.trace.people import ABROAD

DAY = 86_400.0

AGES = (0.0, 0.0, 1.0, 60.0, 90.0)
"""How old what the device tells may be, in seconds. What is older it keeps in its log."""

LOGGED = (0.0, 0.0, 60.0, DAY)
"""How old what it keeps there may be."""

_ALWAYS = ("location", "bluetooth", "health_monitoring", "history_storage")
_GIVEN = {CROSS_BORDER: 0.8, BACKGROUND: 0.8, "device_control": 0.8}
"""How often a consent is given at first, if not nearly always."""

_FOR_PARTS = {"room": "environment", "light": "device_control"}
_ANY, _OWN = "any", "own"
"""In the place of a scope: any that is of interest in a program, or any of its own ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens.

    Attributes:
        do: what (a name in :mod:`tests.privacy.trace.play`).
        scope: which consent it is about.
        seconds: how long, how far, how old.
        where: what it happens in or to.
        by: through which companion.
    """

    do: str
    scope: str = ""
    seconds: float = 0.0
    where: str = ""
    by: int = 0

    def __repr__(self) -> str:
        said = [repr(self.do)]
        said += [
            f"{each.name}={getattr(self, each.name)!r}"
            for each in fields(self)[1:]
            if getattr(self, each.name) != each.default
        ]
        return f"Step({', '.join(said)})"


@dataclass(frozen=True, slots=True)
class Program:
    """What happens in one world.

    Attributes:
        number: which program it is; every random number of its world follows from it.
        kind: whose data it is about.
        os: whether the companion believes that its radio is the system's, and reaches it with
            the retrying connector; else it is given an open radio.
        companions: how many of them work on the store.
        sqlite: whether the store is a file, opened anew by each; else it is in memory.
        parts: what the device has besides (:data:`tests.privacy.trace.patch.PARTS`).
        unattended: whether nobody is at the companions.
        recipient: which edition of the recipient there is at first.
        steps: what happens.
    """

    number: int
    kind: SubjectKind = SubjectKind.CHILD
    os: bool = False
    companions: int = 1
    sqlite: bool = False
    parts: tuple[str, ...] = ()
    unattended: bool = False
    recipient: int = 0
    steps: tuple[Step, ...] = field(default=())

    def own(self) -> tuple[str, ...]:
        """Return the consents of interest that are about nobody else."""
        more = (_FOR_PARTS[part] for part in self.parts if part in _FOR_PARTS)
        return (*_ALWAYS, *more, *([BACKGROUND] if self.unattended else ()))

    def scopes(self, *, publishes: bool) -> tuple[str, ...]:
        """Return every consent that is of interest."""
        if not publishes:
            return self.own()
        abroad = (CROSS_BORDER,) if self.recipient >= ABROAD else ()
        return (*self.own(), SHARING, *abroad)


def program(seed: int, number: int) -> Program:
    """Return one program."""
    dice = random.Random(f"{seed}/{number}")
    if dice.random() < 0.15:
        return _paperwork(dice, number)
    kind = dice.choice(
        (SubjectKind.CHILD, SubjectKind.CHILD, SubjectKind.TEST_ARTICLE, SubjectKind.SYNTHETIC)
    )
    os = kind is not SubjectKind.SYNTHETIC and dice.random() < 0.35
    companions = 2 if not os and dice.random() < 0.25 else 1
    publishes = companions == 1 and kind is SubjectKind.CHILD and dice.random() < 0.5
    made = Program(
        number,
        kind,
        os,
        companions,
        sqlite=dice.random() < (0.2 if companions > 1 else 0.02),
        parts=tuple(part for part in PARTS if dice.random() < 0.25),
        unattended=dice.random() < 0.15,
        recipient=dice.choice((0, ABROAD)) if publishes else 0,
    )
    scopes = made.scopes(publishes=publishes)
    steps = [*_beginning(dice, made.parts, scopes)]
    if "log" in made.parts and dice.random() < 0.5:
        steps += _interlude(dice, scopes)
    for _ in range(dice.randint(4, 12)):
        ((_, make),) = dice.choices(_STEPS, weights=[weight for weight, _ in _STEPS])
        step = make(dice, dice.randrange(companions))
        if step.scope in (_ANY, _OWN):
            step = replace(step, scope=dice.choice(scopes if step.scope == _ANY else made.own()))
        steps.append(step)
    return replace(made, steps=tuple(steps))


def _beginning(dice: random.Random, parts: Sequence[str], scopes: Sequence[str]) -> Iterator[Step]:
    """Yield what brings a world to where something can happen; now and then only a part."""
    if dice.random() < 0.1:
        return
    if dice.random() < 0.2:
        yield Step("copy")
    if "log" in parts and dice.random() < 0.3:
        yield _record(dice)
    for scope in scopes:
        if dice.random() < _GIVEN.get(scope, 0.93):
            yield Step("give", scope)
    yield Step("bind", where=dice.choice(("handed", "")))
    yield Step("wait", seconds=2.0)
    if dice.random() < 0.1:
        yield Step("copy")
    if "log" in parts:
        yield _record(dice)
    if dice.random() < 0.7:
        yield Step("publish") if SHARING in scopes else _connect(dice, 0)
        yield Step("wait", seconds=2.0)
        yield Step("measure")
        if "light" in parts:
            yield Step("set", seconds=50.0)
    if dice.random() < 0.15:
        yield Step("restore")


def _interlude(dice: random.Random, scopes: Sequence[str]) -> Iterator[Step]:
    """Yield what happens when a device measures while something is not agreed to.

    It is agreed to again before anybody fetches what the device has stored meanwhile.
    """
    yield Step("end", where="session")
    scope = SHARING if SHARING in scopes and dice.random() < 0.4 else dice.choice(scopes)
    changed = dice.choice(
        (
            Step("withdraw", scope),
            Step("withdraw", scope),
            Step("controller"),
            Step("policy", where="material"),
            Step("policy", seconds=20 * DAY, where="material"),
            Step("recipient", seconds=float(dice.randint(0, 3))),
        )
    )
    yield changed
    yield dice.choice((Step("wait", seconds=3.0), Step("jump", seconds=40 * DAY)))
    yield Step("record")
    yield Step("wait", seconds=3.0)
    for ended in [scope] if changed.scope else scopes:
        yield Step("give", ended)
    yield Step("publish") if SHARING in scopes else _connect(dice, 0)
    yield Step("wait", seconds=5.0)


def _paperwork(dice: random.Random, number: int) -> Program:
    """Return a program in which people decide to and fro about one consent."""
    own = [scope for scope in VALID_FOR if scope not in (SHARING, CROSS_BORDER)]
    scope = dice.choice(own)
    steps: list[Step] = []
    status, earlier = ConsentStatus.UNKNOWN, Earlier.NONE
    for _ in range(dice.randint(15, 30)):
        possible = sorted(TRANSITIONS[status, earlier])
        decided = dice.choices(possible, [_weight(earlier, each) for each in possible])[0]
        steps.append(_DECIDED.get(decided) or Step("ended from above", where=decided.value))
        steps[-1] = replace(steps[-1], scope=scope)
        status, earlier = decided, earlier_after(earlier, decided)
        if scope == "diagnostics":
            steps.append(Step("count faults"))
    steps.append(Step("scan", seconds=3.0))
    return Program(number, steps=tuple(steps))


def _weight(earlier: Earlier, decided: ConsentStatus) -> int:
    """Return how likely a decision is: what stands is more often asked for again, and put off."""
    goes_on = decided in (ConsentStatus.REQUESTED, ConsentStatus.DEFERRED)
    return 6 if goes_on and earlier is Earlier.STANDING else 1


_DECIDED = {
    ConsentStatus.REQUESTED: Step("ask"),
    ConsentStatus.GIVEN: Step("agree"),
    ConsentStatus.RENEWED: Step("agree"),
    ConsentStatus.REFUSED: Step("refuse"),
    ConsentStatus.DEFERRED: Step("defer"),
    ConsentStatus.WITHDRAWN: Step("withdraw"),
}


def _connect(dice: random.Random, by: int) -> Step:
    return Step("connect", where=dice.choice(("handed", "handed live", "", "live")), by=by)


def _record(dice: random.Random) -> Step:
    unset = dice.random() < 0.1
    return Step("record", seconds=dice.choice(LOGGED), where="unset" if unset else "")


def _policy(dice: random.Random, by: int) -> Step:
    kind = dice.choice(("material", "material", "editorial"))
    return Step("policy", seconds=dice.choice((0.0, 0.0, 20 * DAY)), where=kind, by=by)


def _expire(dice: random.Random) -> Step:
    return Step("jump", seconds=dice.choice((181.0, 366.0)) * DAY)


def _wait(dice: random.Random) -> Step:
    return Step("wait", seconds=dice.choice((0.0, 0.2, 1.0, 3.0, 7.0, 30.0)))


_BROKER = ("away", "silent", "hangs up", "back")

_Make = Callable[[random.Random, int], Step]

_STEPS: Sequence[tuple[int, _Make]] = (
    (10, lambda dice, by: _wait(dice)),
    (10, lambda dice, by: Step("measure", seconds=dice.choice(AGES))),
    (6, lambda dice, by: Step("give", _ANY, by=by)),
    (1, lambda dice, by: Step("ask", _ANY, by=by)),
    (1, lambda dice, by: Step("agree", _ANY, by=by)),
    (2, lambda dice, by: Step("refuse", _ANY, by=by)),
    (9, lambda dice, by: Step("withdraw", _ANY, by=by)),
    (
        5,
        lambda dice, by: Step(
            "withdraw inside", _OWN, where=dice.choice(("scan", "session")), by=by
        ),
    ),
    (1, lambda dice, by: Step("controller", by=by)),
    (3, _policy),
    (4, lambda dice, by: _record(dice)),
    (4, lambda dice, by: Step("set", seconds=float(dice.randint(0, 100)), by=by)),
    (1, lambda dice, by: Step("count faults", by=by)),
    (6, lambda dice, by: Step("scan", seconds=dice.choice((3.0, 30.0, 0.0)), by=by)),
    (4, lambda dice, by: Step("bind", where=dice.choice(("handed", "")), by=by)),
    (8, lambda dice, by: _connect(dice, by)),
    (2, lambda dice, by: Step("end", where=dice.choice(("scan", "session", "bind")), by=by)),
    (2, lambda dice, by: Step("inspect", by=by)),
    (4, lambda dice, by: Step("publish", by=by)),
    (2, lambda dice, by: Step("broker", where=dice.choice(_BROKER))),
    (1, lambda dice, by: Step("recipient", seconds=float(dice.randint(0, 3)), by=by)),
    (1, lambda dice, by: Step("recipient", where="forgotten", by=by)),
    (3, lambda dice, by: Step("look back", by=by)),
    (1, lambda dice, by: Step("unbind", by=by)),
    (2, lambda dice, by: Step("device off")),
    (2, lambda dice, by: Step("device on")),
    (1, lambda dice, by: Step("lose link")),
    (2, lambda dice, by: Step("jump", seconds=dice.choice((-1.0, 1.0, -DAY, 40.0, 7 * DAY)))),
    (2, lambda dice, by: _expire(dice)),
    (1, lambda dice, by: Step("jump", seconds=-200 * DAY)),
    (2, lambda dice, by: Step("sleep", seconds=dice.choice((0.5, 10.0, 3600.0, 181 * DAY)))),
    (3, lambda dice, by: Step("hang", where=dice.choice(("stop", "connect", "disconnect")), by=by)),
    (2, lambda dice, by: Step("unhang", by=by)),
    (1, lambda dice, by: Step("adapter off", by=by)),
    (1, lambda dice, by: Step("adapter on", by=by)),
    (3, lambda dice, by: Step(dice.choice(("crash", "close")), by=by)),
    (1, lambda dice, by: Step("upgrade", _OWN)),
    (1, lambda dice, by: Step("damage", seconds=float(dice.randint(0, 7)))),
    (1, lambda dice, by: Step("copy")),
    (2, lambda dice, by: Step("restore")),
    (3, lambda dice, by: Step("put back")),
)
