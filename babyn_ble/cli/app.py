"""The commands of ``babyn``, its global options, and what becomes of errors."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer
from typer.main import get_command

from babyn_ble.cli import (
    bind,
    consent,
    consent_export,
    consent_files,
    consent_key,
    controls,
    decode,
    demo,
    diagnostics,
    doctor,
    inspect,
    policy,
    privacy,
    publish,
    scan,
    setup,
    watch,
)
from babyn_ble.cli.exit_codes import MEANINGS, ExitCode, exit_code
from babyn_ble.cli.invocation import (
    PROGRAM,
    Invocation,
    UsageError,
    invocation_of,
    place_options,
    split_globals,
)
from babyn_ble.cli.output import Output, OutputClosedError, discard_output, logs_on_stderr, no_logs
from babyn_ble.cli.remedies import next_command
from babyn_ble.errors import BabynError, ConsentRenewalRequiredError, ConsentRequiredError

HELP = """Find, bind and read BabyN baby devices and standard ones, with consent.

The options below hold for every command, and may stand after it too.
"""

# typer brings its own copy of click since 0.20 and used the installed one before; the bases of
# its one public error are right in both.
_TyperUsageError, _TyperError = cast(
    "tuple[type[Exception], type[Exception]]", typer.BadParameter.__mro__[1:3]
)


def run(argv: Sequence[str]) -> int:
    """Run one command; report whatever goes wrong in one line, and return the exit code."""
    taken, rest = split_globals(argv)
    output = Output(as_json="--json" in taken)
    try:
        with contextlib.ExitStack() as closing:
            invocation = Invocation(output, closing, given=place_options(taken))
            code = _run(invocation, [*taken, *rest])
        output.flush()
    except OutputClosedError:
        discard_output()
        return ExitCode.FAILURE
    return code


def _run(invocation: Invocation, arguments: Sequence[str]) -> int:
    output = invocation.output
    command = get_command(build_app(rich_help=output.console.is_terminal))
    try:
        result = command.main(
            list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=invocation
        )
    except UsageError as error:
        output.error(
            str(error),
            kind="UsageError",
            exit_code=ExitCode.USAGE,
            next_command=error.next_command,
        )
        return ExitCode.USAGE
    except _TyperUsageError as error:
        return _usage(invocation, error, arguments)
    except BabynError as error:
        return _failed(invocation, error)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(output)
    except OutputClosedError:
        raise
    # The last resort: a fault of ours must not end in a traceback, which may show values.
    except Exception as error:  # noqa: BLE001
        return _fault(output, error)
    if result == ExitCode.INTERRUPTED:  # typer's own answer to Ctrl-C
        return _interrupted(output)
    return result if isinstance(result, int) else ExitCode.OK


def _usage(invocation: Invocation, error: Exception, arguments: Sequence[str]) -> int:
    format_message = getattr(error, "format_message", None)
    message = str(format_message() if callable(format_message) else error)
    path = str(getattr(getattr(error, "ctx", None), "command_path", PROGRAM))
    if not message:  # a group without a command: typer has shown its help
        return ExitCode.USAGE
    invocation.output.error(
        message, kind="UsageError", exit_code=ExitCode.USAGE, next_command=f"{path} --help"
    )
    return ExitCode.USAGE


def _failed(invocation: Invocation, error: BabynError) -> int:
    code = exit_code(error)
    invocation.output.error(
        str(error),
        kind=type(error).__name__,
        exit_code=code,
        next_command=next_command(invocation, error),
        missing=error.missing if isinstance(error, ConsentRequiredError) else (),
        changes=error.changes if isinstance(error, ConsentRenewalRequiredError) else (),
    )
    return code


def _interrupted(output: Output) -> int:
    output.error(
        "Interrupted; everything was closed",
        kind="Interrupted",
        exit_code=ExitCode.INTERRUPTED,
    )
    return ExitCode.INTERRUPTED


def _fault(output: Output, error: Exception) -> int:
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "babyn" in frame.filename
    ]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    output.error(
        f"A fault in babyn itself ({type(error).__name__}{where}); please report it",
        kind="Fault",
        exit_code=ExitCode.FAILURE,
    )
    return ExitCode.FAILURE


def build_app(*, rich_help: bool = False) -> typer.Typer:
    """Return the whole command line.

    Args:
        rich_help: draw the help for a terminal; plain text otherwise.
    """
    app = typer.Typer(
        name=PROGRAM,
        help=HELP,
        epilog=_epilog(rich_help=rich_help),
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if rich_help else None,
    )
    app.callback(invoke_without_command=True)(_globals)
    app.command()(setup.setup)
    app.command()(demo.demo)
    consents = consent.build()
    consent_files.add_to(consents)
    consents.command()(consent_export.export)
    consents.command(consent_key.NAME)(consent_key.replace_key)
    app.add_typer(consents, name="consent")
    app.command()(scan.scan)
    app.command()(inspect.inspect)
    app.command()(bind.bind)
    app.command()(bind.devices)
    app.command()(watch.watch)
    app.command()(controls.properties)
    app.command("set")(controls.set_property)
    app.command()(controls.events)
    app.command()(bind.unbind)
    app.add_typer(publish.build_recipients(), name="recipients")
    app.add_typer(privacy.build(), name="privacy")
    app.command()(publish.publish)
    app.add_typer(policy.build(), name="policy")
    app.command()(decode.decode)
    app.add_typer(doctor.build(), name="doctor")
    app.command()(diagnostics.diagnostics)
    return app


def _globals(
    context: typer.Context,
    radio: Annotated[
        str,
        typer.Option(
            envvar="BABYN_RADIO",
            help="os (the system's Bluetooth), sim:SCENARIO or hci:TRANSPORT.",
        ),
    ] = "os",
    data_dir: Annotated[
        Path | None,
        typer.Option(
            envvar="BABYN_DATA_DIR",
            help="Where consents and devices are kept; by default the user's data directory.",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Results as JSON lines on stdout; an error as one on stderr."),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Show logs, without anything personal, on stderr."),
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Take the options that hold for every command."""
    invocation = invocation_of(context)
    if version:
        from importlib.metadata import version as version_of

        number = version_of("babyn-ble")
        invocation.output.emit(version=number)
        invocation.output.say(f"{PROGRAM} {number}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        if invocation.output.json:
            raise UsageError("No command was given", next_command=f"{PROGRAM} --help")
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)
    invocation.radio = radio
    invocation.data_dir = data_dir
    from babyn_ble.privacy.redaction import redact_logging

    invocation.closing.enter_context(redact_logging(invocation.log_ids))
    logs = logs_on_stderr(invocation.output) if verbose else no_logs()
    invocation.closing.enter_context(logs)


def _epilog(*, rich_help: bool) -> str:
    """Return the exit codes, a line each."""
    lines = ["Exit codes:", *(f"{code:>3}  {meaning}" for code, meaning in MEANINGS.items())]
    return "\n".join(lines if rich_help else ["\b", *lines])  # \b: keep the lines as they are
