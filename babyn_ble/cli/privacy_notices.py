"""``babyn privacy notices``: who has to be told to delete what they got."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.invocation import Invocation, invocation_of
from babyn_ble.cli.marks import printable
from babyn_ble.cli.running import opened
from babyn_ble.companion import Companion
from babyn_ble.gateway import MqttCredentials, hand_over
from babyn_ble.privacy.rights.notices import DeletionNotice, DeletionNotices, NoticeStatus

WORDS = {
    NoticeStatus.PENDING: "not told yet; it is tried again with 'send'",
    NoticeStatus.SENT: "told; has not said that it has deleted",
    NoticeStatus.ACKNOWLEDGED: "has deleted",
    NoticeStatus.FAILED: "does not take it this way: tell it yourself",
    NoticeStatus.EXEMPT: "has its own permission, and need not delete",
}


def build() -> typer.Typer:
    """Return the commands of ``babyn privacy notices``."""
    app = typer.Typer(help="Who is to be told to delete what they got, and who was.")
    app.command("list")(list_)
    app.command("send")(send)
    app.command("done")(done)
    return app


def list_(context: typer.Context) -> None:
    """List the deletion notices and where each stands."""
    invocation = invocation_of(context)
    with opened(invocation) as companion:
        show(invocation, DeletionNotices(companion.vault).list())


def send(
    context: typer.Context,
    credentials: Annotated[
        Path | None,
        typer.Option(help="File with user name and password, a line each, readable by you only."),
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(help="Authorities to trust for TLS, in PEM.")
    ] = None,
) -> None:
    """Tell those that were not told yet. Nothing else is sent."""
    invocation = invocation_of(context)
    login = (
        MqttCredentials.from_environment()
        if credentials is None
        else MqttCredentials.from_file(credentials)
    )
    with opened(invocation) as companion:
        show(invocation, try_to_send(companion, login, ca_file))


def done(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="Id of a notice.")],  # noqa: A002 - the field's word
) -> None:
    """Note that a recipient has deleted, or that you have told it yourself."""
    invocation = invocation_of(context)
    with opened(invocation) as companion:
        show(invocation, (DeletionNotices(companion.vault).acknowledged(id),))


def try_to_send(
    companion: Companion, login: MqttCredentials | None, ca_file: Path | None
) -> tuple[DeletionNotice, ...]:
    """Try each open notice once."""
    notices = DeletionNotices(companion.vault)
    if not notices.open():
        return ()
    return asyncio.run(hand_over(notices, credentials=lambda _: login, ca_file=ca_file))


def show(invocation: Invocation, notices: tuple[DeletionNotice, ...]) -> None:
    """Show where notices stand."""
    output = invocation.output
    for notice in notices:
        output.emit(
            id=notice.id,
            recipient=notice.recipient_id,
            status=notice.status.value,
            attempts=notice.attempts,
            handed_over=notice.handed_over,
            delete_channel=notice.recipient["delete_channel"],
        )
        style = "due" if notice.open else "good"
        output.line(
            (notice.id, "what"),
            f"  {notice.recipient_id}: ",
            (WORDS[notice.status], style),
        )
        if notice.open:
            channel = str(notice.recipient["delete_channel"])
            output.say("  Its own way: ", printable(channel, limit=200))
    if not notices:
        output.say("Nobody has to be told.")
