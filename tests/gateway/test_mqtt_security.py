"""Who is who: the broker proves itself by TLS, this side by a user name and password."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from babyn_ble.errors import BabynError, RecipientError
from babyn_ble.gateway import MqttCredentials, MqttTarget
from babyn_ble.gateway.mqtt_security import (
    PASSWORD_VARIABLE,
    USERNAME_VARIABLE,
    require_safe,
    tls_context,
)


def write(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.touch(mode)
    path.chmod(mode)
    path.write_bytes(content)
    return path


def test_credentials_come_from_a_file_of_two_lines(tmp_path: Path) -> None:
    credentials = MqttCredentials.from_file(write(tmp_path / "c", b"gateway\npass word: 1\n"))

    assert credentials == MqttCredentials("gateway", "pass word: 1")


@pytest.mark.parametrize(
    "content",
    [b"", b"gateway\n", b"gateway\n\n", b"\ncanary\n", b"a\ncanary\nc\n", b"\xff\ncanary"],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecipientError) as caught:
        MqttCredentials.from_file(write(tmp_path / "c", content))
    assert "canary" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipientError, match="cannot be read"):
        MqttCredentials.from_file(tmp_path / "missing")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Mutant: the file's mode is not looked at."""
    with pytest.raises(BabynError, match="open to other users"):
        MqttCredentials.from_file(write(tmp_path / "c", b"gateway\ncanary\n", mode))


def test_credentials_come_from_the_environment() -> None:
    set_both = {USERNAME_VARIABLE: "gateway", PASSWORD_VARIABLE: "canary"}

    assert MqttCredentials.from_environment(set_both) == MqttCredentials("gateway", "canary")
    assert MqttCredentials.from_environment({}) is None
    for only in set_both:
        with pytest.raises(RecipientError) as caught:
            MqttCredentials.from_environment({only: set_both[only]})
        assert "canary" not in str(caught.value)


def test_credentials_are_in_no_text() -> None:
    shown = f"{MqttCredentials('canary-name', 'canary-word')!r}"

    assert "canary" not in shown


@pytest.mark.parametrize("url", ["mqtts://broker.example", "mqtts://192.0.2.7"])
@pytest.mark.requirement("BN-SHR-09")
def test_another_machine_is_never_sent_to_anonymously(url: str) -> None:
    """Mutant: TLS alone is taken for enough."""
    target = MqttTarget.parse(url)

    with pytest.raises(RecipientError, match="must know who connects"):
        require_safe(target, None)
    require_safe(target, MqttCredentials("gateway", "word"))


@pytest.mark.parametrize("url", ["mqtt://127.0.0.1", "mqtts://localhost", "mqtt://[::1]"])
def test_this_machine_may_be_sent_to_anonymously(url: str) -> None:
    require_safe(MqttTarget.parse(url), None)


@pytest.mark.requirement("BN-SEC-01")
def test_tls_verifies_and_is_new_enough() -> None:
    """Mutant: verification off, or an old version allowed."""
    context = tls_context()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.keylog_filename is None


@pytest.mark.parametrize("content", [b"", b"canary", None])
def test_an_unusable_authority_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "canary.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(RecipientError, match="certificate authority") as caught:
        tls_context(path)
    assert "canary" not in str(caught.value)
