"""What a scenario can say of a device that broadcasts its readings."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from babyn_simulator.devices.settings.table import Table


class BroadcastSettings(Table):
    """The table ``broadcast`` of a device: it tells its readings to everybody, in BTHome v2."""

    key: str | None = Field(default=None, pattern=r"^[0-9A-Fa-f]{32}$")
    """Encrypted with this key: 16 octets in hexadecimal."""
    plaintext: bool = False
    """Or in the clear: anybody in reach reads them."""

    @model_validator(mode="after")
    def _said_how(self) -> Self:
        if self.plaintext is (self.key is not None):
            raise ValueError("a broadcast has either a key or plaintext = true")
        return self
