"""What a central may do differently from ours, one setting a difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

_T = TypeVar("_T")


def setting(default: _T, about: str) -> _T:
    """Declare a setting.

    Args:
        default: what this package does by itself.
        about: what the setting means, in a sentence.
    """
    return dataclasses.field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of a profile that is not as in ``plain``."""

    setting: str
    value: object
    about: str
    """What the setting means."""

    source: str
    """Where it stands that the platform does so; empty for a profile of one's own."""


@dataclass(frozen=True, kw_only=True)
class CentralProfile:
    """How a central behaves towards a bleak program.

    Each setting stands alone: ``dataclasses.replace`` turns one on or off, in a profile that
    is there or in an empty one. All defaults together are the profile ``plain``.
    """

    name: str = "plain"

    uuid_addresses: bool = setting(
        False, "Peers go by a UUID of this central's own; their addresses stay hidden."
    )

    sources: Mapping[str, str] = dataclasses.field(
        default_factory=dict[str, str], compare=False, repr=False
    )
    """For each setting that differs: where it stands that the platform does so."""

    def differences(self) -> Iterator[Difference]:
        """Yield what is not as in ``plain``, in the order of the settings."""
        for field in dataclasses.fields(self):
            value = cast("Any", getattr(self, field.name))
            if "about" in field.metadata and value != field.default:
                yield Difference(
                    field.name,
                    value,
                    str(field.metadata["about"]),
                    self.sources.get(field.name, ""),
                )
