"""Opening the companion for a command, and running what needs an event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Generator

from babyn_ble.cli.invocation import Invocation, UsageError
from babyn_ble.cli.wording import day
from babyn_ble.companion import Companion
from babyn_ble.errors import ConsentRequiredError
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.purposes import ConsentScope, RadioKind, required_scopes
from babyn_ble.radio_providers import provider_for
from babyn_ble.sources.open_profile import MODELS
from babyn_protocol.uuids import Service


@contextlib.contextmanager
def opened(invocation: Invocation, *, attended: bool | None = None) -> Generator[Companion]:
    """Open the companion without an event loop: for all that touches no radio.

    Args:
        invocation: what was asked for.
        attended: whether a person is there while it runs; ``None`` as for
            :meth:`~babyn_ble.companion.Companion.open`.
    """
    _ = invocation.radio_parts  # a radio that is not known is the first thing to say
    companion = Companion.open(invocation.data_dir, radio=invocation.radio, attended=attended)
    invocation.log_ids.make = companion.short_id
    try:
        yield companion
    finally:
        companion.close()


def run(
    invocation: Invocation,
    work: Callable[[Companion], Awaitable[None]],
    *acts: Act | tuple[Act, Act],
    device: str | None = None,
    recipient: str | None = None,
    attended: bool | None = None,
) -> None:
    """Run a command that needs an event loop.

    The gate is asked first, with neither an event loop nor a radio in being: a command that
    is refused opens no socket and imports no Bluetooth library.

    Args:
        invocation: what was asked for.
        work: the command, given the open companion.
        acts: what it is going to do; each is asked for. Of a pair the first concerns the
            child, the second the room: a room sensor takes the second, any other device one
            of both, and its session asks for what it takes.
        device: id of the bound device it is about; ``None`` for the only one.
        recipient: to whom it sends, for :attr:`Act.SHARE`.
        attended: whether a person is there while it runs; ``None`` as for
            :meth:`~babyn_ble.companion.Companion.open`.

    Raises:
        BabynError: the command was refused, or failed.
    """
    with opened(invocation, attended=attended) as companion:
        used: set[ConsentScope] = set()
        for act in acts:
            choices = (act,) if isinstance(act, Act) else _choices(companion, act, device)
            used |= _require_one(companion, choices, recipient)
        announce_ends(invocation, companion, used)
        run_in_loop(invocation, companion, work)


def _choices(companion: Companion, pair: tuple[Act, Act], device: str | None) -> tuple[Act, ...]:
    """Return what of a pair the device can take; if it is not clear which device, the pair."""
    bound = [known for known in companion.devices() if known.id.startswith(device or "")]
    if len(bound) == 1 and bound[0].model == MODELS[Service.ENVIRONMENTAL_SENSING]:
        return pair[1:]
    return pair


def _require_one(
    companion: Companion, acts: tuple[Act, ...], recipient: str | None
) -> frozenset[ConsentScope]:
    """Ask for acts until one is allowed; return the consents that it takes."""
    refused: ConsentRequiredError | None = None
    for act in acts:
        to = recipient if act in (Act.SHARE, Act.SHARE_ROOM) else None
        try:
            companion.require(act, recipient=to)
        except ConsentRequiredError as error:
            refused = refused or error
            continue
        subject_id = companion.subject.subject_id
        country = None if to is None else companion.consent.destination(subject_id, to)
        return required_scopes(*act.value, to, country) or frozenset()
    if refused is not None:
        raise refused
    return frozenset()


def announce_ends(
    invocation: Invocation, companion: Companion, used: Collection[ConsentScope]
) -> None:
    """Say in one line on stderr which of the consents in use end soon."""
    ending = [
        f"{state.scope} on {day(state.ends_at)}"
        for state in companion.consent.expiring(companion.subject.subject_id)
        if state.scope in used and state.ends_at is not None
    ]
    if ending:
        output = invocation.output
        output.note(
            (f"{output.marks.due} ", "due"),
            f"Agreed to, and ending soon: {', '.join(ending)}. Renew it: ",
            (invocation.command("consent", "review"), "command"),
        )


def run_in_loop(
    invocation: Invocation, companion: Companion, work: Callable[[Companion], Awaitable[None]]
) -> None:
    """Run ``work`` on the event loop that the radio wants, and close the companion after it."""

    async def entered() -> None:
        async with companion:
            await work(companion)

    kind, argument = invocation.radio_parts
    factory = None
    if kind is not RadioKind.OS:
        factory = loop_factory(kind, argument)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(entered())


def loop_factory(kind: RadioKind, argument: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return the event loop that a radio wants, or ``None`` for any.

    Raises:
        UsageError: its argument is wrong, such as a scenario that does not exist.
    """
    try:
        return provider_for(kind).loop_factory(argument)
    except (ValueError, OSError) as error:
        # A provider's own words about its argument; they hold nothing but what was typed.
        raise UsageError(f"--radio {kind}: {error}") from None
