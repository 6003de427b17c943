"""``babyn recipients`` and ``babyn publish``: sending readings to one recipient."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from babyn_ble.cli.bind import bound_device, words_of
from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.marks import printable
from babyn_ble.cli.output import words
from babyn_ble.cli.running import opened, run
from babyn_ble.cli.wording import count
from babyn_ble.companion import Companion
from babyn_ble.gateway import (
    MINIMUM_FIELDS,
    MqttCredentials,
    MqttPublisher,
    MqttRecipient,
    MqttRecipients,
    complete,
)
from babyn_ble.gateway.countries import LOCAL
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.recipients import RecipientType
from babyn_ble.privacy.rights.deliveries import Deliveries

if TYPE_CHECKING:
    from babyn_ble.readings import Reading


def build_recipients() -> typer.Typer:
    """Return the commands of ``babyn recipients``."""
    app = typer.Typer(help="Who readings may be sent to.")
    app.command("add")(add)
    app.command("list")(list_)
    app.command("remove")(remove)
    return app


def recipients_of(companion: Companion) -> MqttRecipients:
    """Return the MQTT recipients of a companion's store."""
    return MqttRecipients(companion.consent.recipients, companion.vault)


def add(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Short name: lower-case letters, digits, '-'.")],  # noqa: A002 - the field's word
    endpoint: Annotated[str, typer.Argument(help="mqtt://127.0.0.1 or mqtts://HOST[:PORT].")],
    fields: Annotated[
        str, typer.Option(help="What it gets of each reading, separated by commas.")
    ] = ",".join(MINIMUM_FIELDS),
    type_: Annotated[
        RecipientType, typer.Option("--type", help="What it is to the controller.")
    ] = RecipientType.OWN,
    name: Annotated[str | None, typer.Option(help="Who it is.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What it does with the data.")] = None,
    country: Annotated[
        str | None, typer.Option(help="ISO 3166 code, or 'local' for this machine.")
    ] = None,
    contact: Annotated[str | None, typer.Option(help="How to reach it about privacy.")] = None,
    policy_url: Annotated[str | None, typer.Option(help="Its privacy policy.")] = None,
    agreement: Annotated[str | None, typer.Option(help="The agreement that binds it.")] = None,
    retention: Annotated[
        str | None, typer.Option(help="How long it keeps the data, ISO 8601 (P30D).")
    ] = None,
    delete_channel: Annotated[str | None, typer.Option(help="How it is told to delete.")] = None,
) -> None:
    """Add a recipient, or change one. A broker on this machine needs no more than its URL."""
    invocation = invocation_of(context)
    told: dict[str, object] = {
        "name": name,
        "purpose": purpose,
        "country": country,
        "contact": contact,
        "policy_url": policy_url,
        "agreement_ref": agreement,
        "retention": retention,
        "delete_channel": delete_channel,
    }
    given = {key: value for key, value in told.items() if value is not None}
    chosen = tuple(part.strip() for part in fields.split(",") if part.strip())
    with opened(invocation) as companion:
        recipients = recipients_of(companion)
        entry: dict[str, object] = {"id": id, "endpoint": endpoint, "recipient_type": type_}
        if type_ is RecipientType.OWN and "country" not in given:
            own = MqttRecipient.own_broker(
                endpoint,
                contact=companion.subject.controller.party_contact,
                id=id,
                fields=chosen,
            )
            entry = own.model_dump()
        recipient = complete({**entry, "fields": chosen, **given})
        recipients.add(recipient)
    output = invocation.output
    output.emit(**recipient_fields(recipient))
    output.say(
        (f"{output.marks.yes} ", "good"),
        f"{recipient.id} is in the directory. It gets nothing until that is agreed to.",
    )
    output.following(invocation.command("consent", "give", f"sharing:{recipient.id}"))


def list_(context: typer.Context) -> None:
    """List the recipients, and whether sending to each is agreed to."""
    invocation = invocation_of(context)
    output = invocation.output
    with opened(invocation) as companion:
        found = recipients_of(companion).list()
    for recipient in found:
        output.emit(**recipient_fields(recipient))
    if not found:
        output.say("There are no recipients: nothing can be sent anywhere.")
        return
    table = Table(box=None, pad_edge=False, header_style="quiet")
    for heading in ("id", "endpoint", "country", "gets"):
        table.add_column(heading, overflow="fold")
    for recipient in found:
        table.add_row(
            words((recipient.id, "what")),
            printable(recipient.endpoint, limit=60),
            recipient.country,
            ", ".join(recipient.fields),
        )
    output.show(table)


def remove(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of a recipient.")],  # noqa: A002 - the field's word
) -> None:
    """Remove a recipient. What was agreed to for it is no longer valid."""
    invocation = invocation_of(context)
    with opened(invocation) as companion:
        recipients = recipients_of(companion)
        recipients.get(id)  # says so if there is none
        recipients.remove(id)
    invocation.output.emit(removed=id)
    invocation.output.say(
        (f"{invocation.output.marks.yes} ", "good"), f"{id} is removed; nothing is sent to it."
    )


def recipient_fields(recipient: MqttRecipient) -> dict[str, object]:
    """Return a recipient as plain JSON types."""
    return recipient.model_dump(mode="json")


def publish(
    context: typer.Context,
    device: Annotated[str, typer.Argument(help="Id of a bound device.")],
    url: Annotated[str, typer.Argument(help="Endpoint of a recipient: mqtt://127.0.0.1.")],
    recipient: Annotated[
        str | None, typer.Option(help="Which recipient, where several have that endpoint.")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--count", "-n", min=1, help="End after this many readings.")
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option(help="File with user name and password, a line each, readable by you only."),
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Authorities to trust for TLS, in PEM.")
    ] = None,
) -> None:
    """Send readings to one recipient, while that is agreed to.

    Needs consent to sharing:RECIPIENT, and to what watch needs.
    """
    invocation = invocation_of(context)
    with opened(invocation) as companion:
        recipients = recipients_of(companion)
        entry = recipients.get(recipient) if recipient else recipients.by_endpoint(url)
        if recipient and entry.endpoint != entry.target.parse(url).url:
            raise UsageError(
                f"{entry.id} has another endpoint; consent covers the one in its entry",
                next_command=invocation.command("recipients", "list"),
            )
        login = (
            MqttCredentials.from_environment()
            if credentials is None
            else MqttCredentials.from_file(credentials)
        )

    async def work(companion: Companion) -> None:
        output = invocation.output
        bound = bound_device(invocation, companion, device, "publish")
        if Deliveries(companion.vault).find(bound.subject, entry.id) is None:
            warn_before_the_first(invocation, entry)
        publisher = MqttPublisher(
            companion.gate,
            recipients_of(companion),
            entry.id,
            subject=bound.subject,
            device=bound.id,
            credentials=login,
            ca_file=ca_file,
        )
        output.say(f"Sending {words_of(bound)} to {entry.id}{output.marks.ellipsis} Ctrl-C ends.")
        try:
            async with companion.connect(bound) as session:
                await publisher.publish(first(session.readings(), number))
        finally:
            sent = {
                "published": publisher.published,
                "repeated": publisher.repeated,
                "dropped": publisher.dropped,
            }
            output.emit(recipient=entry.id, **sent)
            output.say(
                f"{count(publisher.published, 'reading')} acknowledged, "
                f"{publisher.repeated} sent again, {publisher.dropped} not sent."
            )

    run(
        invocation,
        work,
        Act.SCAN,
        (Act.READ, Act.READ_ROOM),
        (Act.SHARE, Act.SHARE_ROOM),
        device=device,
        recipient=entry.id,
        attended=invocation.attended,
    )


def warn_before_the_first(invocation: Invocation, entry: MqttRecipient) -> None:
    """Say plainly what is about to leave, and to whom, before anything ever has."""
    output = invocation.output
    where = "stay on this computer" if entry.country == LOCAL else f"go to {entry.country}"
    output.emit(first_to=entry.id, fields=list(entry.fields), country=entry.country)
    output.say(
        (f"{output.marks.due} ", "due"),
        f"For the first time, data of the child are sent to {entry.id} ({entry.name}).",
    )
    output.say(f"  It gets of each reading: {', '.join(entry.fields)}. They {where}.")
    output.say("  It also sees that this runs, and how many consents are to be renewed.")
    output.say("  What was sent cannot be called back; you can only ask for its deletion.")


async def first(
    readings: AsyncGenerator[Reading, None], number: int | None
) -> AsyncGenerator[Reading, None]:
    """Yield the first readings only, or all with ``None``."""
    taken = 0
    async with contextlib.aclosing(readings):
        async for reading in readings:
            yield reading
            taken += 1
            if taken == number:
                return
