"""In which language a notice is shown: the one that is asked for, or that of the system.

POSIX.1-2024 - Base Definitions - §8.2 (Internationalization Variables)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, TypeAlias

import typer

from babyn_ble.cli.invocation import UsageError
from babyn_ble.privacy.notices import LANGUAGES

LanguageOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help=f"Language of what is to be read: {', '.join(LANGUAGES)}; by default the system's."
    ),
]

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def chosen_language(given: str | None) -> str:
    """Return the language to show a notice in.

    Raises:
        UsageError: there are no notices in the one that was asked for.
    """
    if given is None:
        return language_of(os.environ)
    if given not in LANGUAGES:
        raise UsageError(f"--language: there are notices in {', '.join(LANGUAGES)}")
    return given


def accepted_languages(given: str | None) -> tuple[str, ...]:
    """Return the languages that a hash may be of, the likeliest first.

    A hash says itself which text it is of; only ``--language`` narrows that down.
    """
    first = chosen_language(given)
    if given is not None:
        return (first,)
    return (first, *(language for language in LANGUAGES if language != first))


def language_of(variables: Mapping[str, str]) -> str:
    """Return the language of the locale that environment variables name.

    The first of them that is set decides; English where it names one without notices.
    """
    locale = next((variables[name] for name in _VARIABLES if variables.get(name)), "")
    language = locale.partition(".")[0].partition("_")[0].partition("-")[0].casefold()
    return language if language in LANGUAGES else LANGUAGES[0]
