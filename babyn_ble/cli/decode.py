"""``babyn decode``: what bytes mean, or what happened in a capture of any stack.

It works on what the user has: no radio, no consent, nothing stored, and no Bluetooth library.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import hexdigits
from typing import Annotated, cast

import typer
from rich.tree import Tree

from babyn_ble.cli.decode_advertisement import BTHOME, LINE, advertisement_tree
from babyn_ble.cli.findings import finding_fields, show_findings
from babyn_ble.cli.invocation import PROGRAM, Invocation, UsageError, invocation_of
from babyn_ble.cli.marks import printable
from babyn_ble.cli.output import Part, words
from babyn_ble.cli.wording import count
from babyn_protocol.advertisement import Advertisement
from babyn_protocol.advertisement_linter import lint
from babyn_protocol.bthome import EncryptedBroadcast, address_from, parse
from babyn_protocol.capture import Event, Phase, Story, read_story
from babyn_protocol.capture.values import plain
from babyn_protocol.errors import AuthenticationFailedError, MalformedMessageError
from babyn_protocol.gatt import characteristic as known_characteristic
from babyn_protocol.uuids import full, name_of, short

LARGEST = 256 << 20
"""Bytes of a capture that are read: all of it is held in memory."""


def decode(
    context: typer.Context,
    capture: Annotated[
        Path | None,
        typer.Argument(
            help="A btsnoop, pcap or pcapng file with HCI packets, of any stack; - for the input."
        ),
    ] = None,
    characteristic: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="UUID HEX", help="The value of a characteristic: 2A1C 006C0100FF."),
    ] = None,
    written: Annotated[
        bool, typer.Option("--written", help="The value was written to it, not sent by it.")
    ] = False,
    service_data: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="UUID HEX", help="Service data of an advertisement; FCD2 is BTHome."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="HEX", help="With it: the key, if it is encrypted.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="With it: the address that it was sent from.")
    ] = None,
    advertisement: Annotated[
        str | None, typer.Option(metavar="HEX", help="Advertising data, and what is wrong with it.")
    ] = None,
    scan_response: Annotated[
        str | None, typer.Option(metavar="HEX", help="With it: the scan response.")
    ] = None,
) -> None:
    """Say what bytes mean, or tell the story of a capture.

    No radio and no consent are needed: it reads what you give it, and keeps nothing. Keys of
    pairing in a capture are not shown; everything else in it is.
    """
    invocation = invocation_of(context)
    given = [
        what for what in (capture, characteristic, service_data, advertisement) if what is not None
    ]
    if len(given) != 1:
        raise UsageError(
            "Give one thing to decode: a capture, --characteristic, --service-data or "
            "--advertisement",
            next_command=f"{PROGRAM} decode --help",
        )
    for options, goes_with, there in (
        ("--key and --address", "--service-data", service_data is None and (key or address)),
        ("--written", "--characteristic", characteristic is None and written),
        ("--scan-response", "--advertisement", advertisement is None and scan_response),
    ):
        if there:
            raise UsageError(f"{options} say something of {goes_with} only")
    if capture is not None:
        _capture(invocation, capture)
    elif characteristic is not None:
        _characteristic(invocation, *characteristic, written=written)
    elif service_data is not None:
        _service_data(invocation, *service_data, key=key, address=address)
    elif advertisement is not None:
        _advertisement(invocation, advertisement, scan_response)


def _characteristic(invocation: Invocation, uuid: str, text: str, *, written: bool) -> None:
    known = known_characteristic(uuid)
    if known is None:
        raise UsageError(
            f"Nothing here decodes the characteristic {printable(uuid)}; those that are known "
            "stand in protocol/README.md"
        )
    message = (known.written if written else None) or known.message
    with _refused(known.uuid.label):
        value = message.parse(_bytes(text))
    output = invocation.output
    fields = _plain_fields(value)
    output.emit(
        uuid=str(known.uuid),
        name=known.uuid.label,
        message=message.__name__,
        text=str(value),
        fields=fields,
        extra=value.extra.hex(),
    )
    tree = _tree(known.uuid.label, short(known.uuid), f": {printable(str(value), limit=LINE)}")
    _branches(tree, fields)
    if value.extra:
        tree.add(words(("after the last field known here: ", "due"), value.extra.hex(" ").upper()))
    output.show(tree)


def _service_data(
    invocation: Invocation, uuid: str, text: str, *, key: str | None, address: str | None
) -> None:
    if full(uuid) != BTHOME:
        raise UsageError(f"Nothing here decodes service data of {printable(uuid)}; BTHome is FCD2")
    output = invocation.output
    with _refused("BTHome v2"):
        found = parse(_bytes(text))
    encrypted = isinstance(found, EncryptedBroadcast)
    if isinstance(found, EncryptedBroadcast) and key is None:
        output.emit(uuid=BTHOME, name="BTHome v2", encrypted=True, counter=found.counter)
        output.show(_tree("BTHome v2", "0xFCD2", f", encrypted, counter {found.counter}"))
        output.say("Its objects need --key, and --address, the address that it was sent from.")
        return
    if isinstance(found, EncryptedBroadcast):
        sender = found.address if address is None else _address(address)
        if sender is None:
            raise UsageError("Give --address too: BTHome encrypts with the sender's address")
        try:
            with _refused("BTHome v2"):
                found = found.decrypt(key=_bytes(key or ""), address=sender)
        except ValueError as error:
            raise UsageError(str(error)) from None
    objects = [
        {
            "id": item.type.id,
            "name": item.type.name,
            "value": plain(item.value),
            "unit": item.type.unit,
            "text": str(item),
        }
        for item in found.objects
    ]
    output.emit(
        uuid=BTHOME,
        name="BTHome v2",
        encrypted=encrypted,
        trigger_based=found.trigger_based,
        objects=objects,
    )
    tree = _tree("BTHome v2", "0xFCD2", ", encrypted" if encrypted else ", not encrypted")
    for item in objects:
        tree.add(words(printable(str(item["text"]), limit=LINE)))
    output.show(tree)
    if key is not None and not encrypted:
        output.say(("! ", "due"), "It is not encrypted: a device that has a key sends no such.")


def _advertisement(invocation: Invocation, text: str, response: str | None) -> None:
    output = invocation.output
    data = _bytes(text)
    more = None if response is None else _bytes(response)
    findings = lint(data, more, connectable=True)
    parts: dict[str, Advertisement | None] = {}
    wrong: MalformedMessageError | None = None
    for name, part in (("advertising data", data), ("scan response", more)):
        try:
            with _refused(name):
                parts[name] = None if part is None else Advertisement.parse(part)
        except MalformedMessageError as error:
            parts[name], wrong = None, wrong or error
    output.emit(
        advertising_data=plain(parts["advertising data"]),
        scan_response=plain(parts["scan response"]),
        findings=[finding_fields(finding) for finding in findings],
    )
    for name, said in parts.items():
        if said is not None:
            output.show(advertisement_tree(name, said))
    show_findings(output, findings)
    if not findings:
        output.say((f"{output.marks.yes} ", "good"), "Nothing wrong was found.")
    if wrong is not None:
        raise wrong


def _capture(invocation: Invocation, file: Path) -> None:
    data = _read(file)
    story = read_story(data)
    output = invocation.output
    for event in story.events:
        output.emit(**event_fields(event))
    for parts in story_lines(story):
        output.line(*parts)
    if story.mirrored:
        output.say(
            f"{count(story.mirrored, 'connection')} left out: the file has both ends, and the "
            "central's is told."
        )
    if not story.events:
        output.say("Nothing that is told here happened in it.")
    if story.error is not None:
        raise story.error


def event_fields(event: Event) -> dict[str, object]:
    """Return an event as plain JSON types; bytes are hexadecimal."""
    told = event.told
    value = told.value
    return {
        "packet": event.packet,
        "offset": event.offset,
        "microseconds": event.microseconds,
        "host": event.host,
        "connection": event.connection,
        "phase": str(told.phase),
        "kind": told.kind,
        "text": told.text,
        "uuid": told.uuid,
        "name": None if told.uuid is None else name_of(told.uuid),
        "handle": told.handle,
        "data": None if told.data is None else told.data.hex(),
        "message": None if value is None else value.message,
        "fields": None if value is None else value.fields,
        "refused": None if value is None else value.refused,
    }


def story_lines(story: Story) -> Iterator[tuple[Part, ...]]:
    """Yield what happened, indented below its connection and phase; a line an event."""
    start = story.events[0].microseconds if story.events else 0
    yield (story.format, "what"), (f"  {count(story.packets, 'HCI packet')}", "quiet")
    before: Event | None = None
    for event in story.events:
        new = before is None or event.connection != before.connection
        if new and event.connection is not None:
            yield ((f"connection {event.connection}", "what"),)
        indent = "" if event.connection is None else "  "
        if new or before is None or event.told.phase != before.told.phase:
            yield ((f"{indent}{event.told.phase}", "what"),)
        before = event
        seconds = (event.microseconds - start) / 1_000_000
        value = event.told.value
        wrong = event.told.phase is Phase.PROBLEM or (value is not None and value.refused)
        yield (
            (f"{indent}  #{event.packet} {seconds:+.3f} s  ", "quiet"),
            (printable(event.told.text, limit=LINE), "bad" if wrong else ""),
        )


def _read(file: Path) -> bytes:
    """Return what stands in a file, or on standard input, which may have no end."""
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"The file cannot be read: {error.strerror or 'no reason given'}"
        ) from None
    if len(data) > LARGEST:
        raise UsageError(
            f"The file has more than {LARGEST >> 20} MiB; cut a part out of it, "
            "for example with editcap -r"
        )
    return data


@contextmanager
def _refused(what: str) -> Generator[None]:
    """Say what is wrong with bytes to a person, who typed them, and not to a program."""
    try:
        yield
    # Authentic or not is said by the error itself.
    except AuthenticationFailedError:
        raise
    except MalformedMessageError as error:
        field = "" if error.field is None else f"field {error.field}, "
        where = f"byte {error.offset} of {len(error.data)}"
        error.args = (f"This is no {what}: {field}{where}: {error.reason}",)
        raise


def _tree(name: str, what: str, more: str) -> Tree:
    return Tree(words((name, "what"), (f"  {what}", "quiet"), more), guide_style="quiet")


def _branches(tree: Tree, fields: Mapping[str, object]) -> None:
    for name, value in fields.items():
        if value is None:
            continue
        if isinstance(value, dict):
            _branches(tree.add(words(name)), _mapping(cast("object", value)))
            continue
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        if items and all(isinstance(item, dict) for item in items):
            for item in items:
                _branches(tree.add(words(name)), _mapping(item))
        else:
            shown = ", ".join(map(str, items))
            tree.add(words(f"{name}: ", printable(shown, limit=LINE)))


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value)


def _plain_fields(value: object) -> Mapping[str, object]:
    return _mapping(plain(value))


def _bytes(text: str) -> bytes:
    """Return bytes from hexadecimal digits, with or without spaces, colons or hyphens.

    Raises:
        UsageError: they are no whole bytes.
    """
    digits = text.removeprefix("0x")
    for mark in ":- ":
        digits = digits.replace(mark, "")
    wrong = [number for number, digit in enumerate(digits, 1) if digit not in hexdigits]
    if not wrong and len(digits) % 2 == 0:
        return bytes.fromhex(digits)
    reason = f"digit {wrong[0]} is not hexadecimal" if wrong else f"{len(digits)} digits are odd"
    raise UsageError(
        f"These are no bytes, two hexadecimal digits each: {reason}",
        next_command=f"{PROGRAM} decode --help",
    )


def _address(text: str) -> bytes:
    try:
        return address_from(text)
    except ValueError as error:
        reason = str(error)
    raise UsageError(reason)
