"""What a scenario can say of a ``[[device]]`` of kind ``custom``: somebody's own GATT device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from babyn_simulator.devices.settings.device import DeviceSettings
from babyn_simulator.devices.settings.table import Table

UUID = r"^(0x)?[0-9A-Fa-f]{4}$|^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
LONGEST_VALUE = 512
"""Octets of an attribute value (Core v6.0 - Vol 3 Part F §3.2.9)."""

Property: TypeAlias = Literal["read", "write", "write-without-response", "notify", "indicate"]
"""What can be done with a characteristic, in bleak's words."""


def _hexadecimal(text: str) -> str:
    try:
        length = len(bytes.fromhex(text))
    except ValueError:
        raise ValueError("must be octets in hexadecimal, as in '57' or '01 FF'") from None
    if length > LONGEST_VALUE:
        raise ValueError(f"must have at most {LONGEST_VALUE} octets")
    return text


Hexadecimal = Annotated[str, AfterValidator(_hexadecimal)]
Company = Annotated[str, Field(pattern=r"^(0x)?[0-9A-Fa-f]{4}$")]
Uuid = Annotated[str, Field(pattern=UUID)]


class AdvertisementSettings(Table):
    """The table ``advertisement`` of a custom device: what it tells everybody."""

    service_uuids: tuple[Uuid, ...] = Field(default=(), strict=False)
    """The services that it lists."""
    service_data: Mapping[Uuid, Hexadecimal] = Field(default_factory=dict)
    """Data by service UUID, in hexadecimal."""
    manufacturer_data: Mapping[Company, Hexadecimal] = Field(default_factory=dict)
    """Data by company identifier, both in hexadecimal."""
    connectable: bool = True
    """Whether a central may connect."""


class CharacteristicSettings(Table):
    """A table ``[[device.service.characteristic]]``."""

    uuid: Uuid
    """Its UUID: 16 bits in hexadecimal, or 128 bits."""
    properties: tuple[Property, ...] = Field(default=("read",), strict=False, min_length=1)
    """What can be done with it."""
    value: Hexadecimal | None = None
    """Its value at first, in hexadecimal. What is written takes its place."""
    text: str | None = Field(default=None, max_length=LONGEST_VALUE)
    """Or its value as text, in UTF-8."""
    values: tuple[Hexadecimal, ...] = Field(default=(), strict=False)
    """Or several, in hexadecimal, one after the other and from the beginning again."""
    notify_every: float | None = Field(default=None, gt=0)
    """Seconds until the next value, which is notified or indicated; without it, each read
    takes the next."""
    protected: bool = False
    """Whether the device's pairing stands before it."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = [name for name in ("value", "text", "values") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"a characteristic has one of {' and '.join(given)}, not both")
        if self.notify_every is not None and not {"notify", "indicate"} & set(self.properties):
            raise ValueError("notify_every needs 'notify' or 'indicate' in properties")
        if self.text is not None and len(self.text.encode()) > LONGEST_VALUE:
            raise ValueError(f"text must have at most {LONGEST_VALUE} octets in UTF-8")
        return self


class ServiceSettings(Table):
    """A table ``[[device.service]]``."""

    uuid: Uuid
    """Its UUID: 16 bits in hexadecimal, or 128 bits."""
    characteristic: tuple[CharacteristicSettings, ...] = Field(default=(), strict=False)
    """What it holds, in the order of the attribute table."""


class CustomSettings(DeviceSettings):
    """A ``[[device]]`` of kind ``custom``: any services, declared here."""

    kind: Literal["custom"]
    local_name: str = Field(default="Custom", max_length=29)
    """Its advertised name, and its Device Name."""
    pairing: Literal["none", "required", "reject"] = "none"
    """What it asks for before it tells a protected value."""
    advertisement: AdvertisementSettings = AdvertisementSettings()
    """What it tells everybody."""
    service: tuple[ServiceSettings, ...] = Field(default=(), strict=False)
    """Its services, beside the two generic ones."""

    @model_validator(mode="after")
    def _advertisement_fits(self) -> Self:
        from babyn_simulator.devices.custom import advertisement_of  # it loads bumble

        said = advertisement_of(self)
        said.data()
        said.scan_response(self.local_name)
        return self
