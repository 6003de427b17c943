"""Where an MQTT broker is, and whether readings may travel there.

Plaintext stays on this machine. Anything else is TLS; :mod:`babyn_ble.gateway.mqtt_security`
says how. Neither host names nor addresses are part of an error's text: they say where
somebody lives.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, ip_address
from urllib.parse import urlsplit

from babyn_ble.errors import RecipientError

_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LOOPBACK_V4 = IPv4Network("127.0.0.0/8")
_LOOPBACK_V6 = IPv6Address("::1")
_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*")
_NUMBER_AT_THE_END = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class MqttTarget:
    """An MQTT broker's place. Made by :meth:`parse`.

    Attributes:
        host: host name or IP address, without brackets.
        port: TCP port.
        tls: whether the connection is encrypted and the broker's certificate verified.
    """

    host: str = field(repr=False)
    port: int = field(repr=False)
    tls: bool

    @classmethod
    def parse(cls, url: str) -> MqttTarget:
        """Return the place that ``mqtt://HOST[:PORT]`` or ``mqtts://HOST[:PORT]`` names.

        ``mqtt`` is plaintext and leads to this machine only: 127.0.0.0/8, ``::1`` or the
        name ``localhost``, which then is 127.0.0.1 whatever a resolver says. Ports are 1883
        and 8883 unless given.

        Raises:
            RecipientError: it is no such URL, holds credentials, or is plaintext to another
                machine. The text does not repeat the URL.
        """
        if not url.isascii() or not url.isprintable() or " " in url:
            raise _malformed()
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _malformed() from None
        if "@" in parts.netloc:
            raise RecipientError(
                "The recipient's URL holds credentials, so it is not used; give the user name "
                "and password in a file or in the environment"
            )
        if (
            parts.scheme not in _DEFAULT_PORTS
            or parts.path not in ("", "/")
            or "?" in url
            or "#" in url
            or port == 0
        ):
            raise _malformed()
        target = cls(
            host=_checked_host(parts.hostname or "", bracketed=parts.netloc.startswith("[")),
            port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
            tls=parts.scheme == "mqtts",
        )
        if target.tls:
            return target
        if not target.is_loopback:
            raise RecipientError(
                "Plaintext MQTT may not leave this machine, so nothing is sent; "
                "use mqtts:// (TLS), or a broker on 127.0.0.1"
            )
        return target if target.host != "localhost" else cls("127.0.0.1", target.port, tls=False)

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine, as the host is written; no resolver is asked."""
        return self.host == "localhost" or is_loopback(self.host)

    @property
    def url(self) -> str:
        """The place in its canonical form: equal places have equal URLs."""
        scheme = "mqtts" if self.tls else "mqtt"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{host}{port}"


def is_loopback(address: str) -> bool:
    """Return whether an IP address is one of 127.0.0.0/8 or ``::1``; a name is not."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return ip == _LOOPBACK_V6 if isinstance(ip, IPv6Address) else ip in _LOOPBACK_V4


def _checked_host(host: str, *, bracketed: bool) -> str:
    if bracketed:
        try:
            return str(IPv6Address(host)) if "%" not in host else _refuse()
        except ValueError:
            return _refuse()
    if _NUMBER_AT_THE_END.fullmatch(host):
        # Not a name: and 127.1, 0x7f000001 and the like mean something else to each resolver.
        try:
            return str(ip_address(host))
        except ValueError:
            return _refuse()
    return host if len(host) <= 253 and _HOST_NAME.fullmatch(host) else _refuse()


def _refuse() -> str:
    raise _malformed() from None


def _malformed() -> RecipientError:
    return RecipientError(
        "The recipient's URL is not of the form mqtt://HOST[:PORT] or mqtts://HOST[:PORT]; "
        "write it so"
    )
