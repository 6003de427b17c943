"""How a broker is recognised (TLS), and how this side is (user name and password)."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from babyn_ble.errors import RecipientError
from babyn_ble.gateway.mqtt_target import MqttTarget
from babyn_ble.store.files import check_private

USERNAME_VARIABLE = "BABYN_MQTT_USERNAME"
PASSWORD_VARIABLE = "BABYN_MQTT_PASSWORD"


@dataclass(frozen=True, slots=True)
class MqttCredentials:
    """A user name and a password. Neither is part of any text."""

    username: str = field(repr=False)
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.username or not self.password:
            raise RecipientError(
                "The broker's user name or password is empty; give both, or none at all"
            )

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> MqttCredentials:
        """Read a file of two lines: the user name, then the password.

        Raises:
            RecipientError: it cannot be read, or is not of that form.
            StoreError: other users can read it.
        """
        check_private(Path(path))
        try:
            lines = Path(path).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise RecipientError(
                "The file with the broker's credentials cannot be read; check its name and "
                "who may read it"
            ) from None
        if len(lines) != 2:
            raise RecipientError(
                "The file with the broker's credentials must have two lines: the user name, "
                "then the password"
            )
        return cls(lines[0], lines[1])

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> MqttCredentials | None:
        """Return what ``BABYN_MQTT_USERNAME`` and ``BABYN_MQTT_PASSWORD`` say, if they do.

        Raises:
            RecipientError: only one of the two is set, or one is empty.
        """
        environ = os.environ if environ is None else environ
        username, password = environ.get(USERNAME_VARIABLE), environ.get(PASSWORD_VARIABLE)
        if username is None and password is None:
            return None
        return cls(username or "", password or "")


def require_safe(target: MqttTarget, credentials: MqttCredentials | None) -> None:
    """Refuse to send a child's readings to another machine anonymously.

    A broker that lets anyone in lets anyone read. TLS is required by the target itself.

    Raises:
        RecipientError: it would be.
    """
    if not target.is_loopback and credentials is None:
        raise RecipientError(
            "A broker on another machine must know who connects, so nothing is sent; give a "
            f"user name and password in a file, or in {USERNAME_VARIABLE} and "
            f"{PASSWORD_VARIABLE}"
        )


class VerifiedContext(ssl.SSLContext):
    """A TLS client context whose handshake can be refused, or ended from outside.

    TLS 1.2 or newer; certificate and host name are verified. No switch turns that off.
    """

    admits: Callable[[], bool]
    """Asked before each handshake: whether it may begin."""
    handshaking: ssl.SSLSocket | None = None
    """The socket that a handshake is under way on."""

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """Wrap a socket, unless that is no longer allowed."""
        wrapped = self.handshaking = super().wrap_socket(
            sock,
            server_side,
            do_handshake_on_connect,
            suppress_ragged_eofs,
            server_hostname,
            session,
        )
        # Asked after the socket is known: whoever forbids it later finds it there.
        if not self.admits():
            self.handshaking = None
            wrapped.close()
            raise ConnectionAbortedError
        return wrapped


class _Handshaking(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise
        finally:
            # Kept no longer than needed: Python does not collect cycles of sockets and contexts.
            cast("VerifiedContext", self.context).handshaking = None


def tls_context(ca_file: str | os.PathLike[str] | None = None) -> VerifiedContext:
    """Return the TLS context for connections to brokers.

    Args:
        ca_file: the authorities to trust, in PEM; ``None`` for the system's.

    Raises:
        RecipientError: the file cannot be used.
    """
    context = VerifiedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _Handshaking
    context.admits = lambda: True
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    if ca_file is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context
    try:
        context.load_verify_locations(cafile=os.fspath(ca_file))
    except OSError:  # an ssl.SSLError is one, too
        raise RecipientError(
            "The file with the certificate authority cannot be used; it must be a readable PEM file"
        ) from None
    return context
