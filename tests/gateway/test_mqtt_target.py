"""Where readings may travel: plaintext stays on this machine, whatever the URL looks like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babyn_ble.errors import RecipientError
from babyn_ble.gateway import MqttTarget
from babyn_ble.gateway.mqtt_target import is_loopback


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "canonical"),
    [
        ("mqtt://127.0.0.1", "127.0.0.1", 1883, False, "mqtt://127.0.0.1"),
        ("MQTT://127.0.0.1:1883/", "127.0.0.1", 1883, False, "mqtt://127.0.0.1"),
        ("mqtt://127.9.9.9:2000", "127.9.9.9", 2000, False, "mqtt://127.9.9.9:2000"),
        ("mqtt://localhost", "127.0.0.1", 1883, False, "mqtt://127.0.0.1"),
        ("mqtt://LocalHost:1884", "127.0.0.1", 1884, False, "mqtt://127.0.0.1:1884"),
        ("mqtt://[::1]", "::1", 1883, False, "mqtt://[::1]"),
        ("mqtt://[0:0:0:0:0:0:0:1]:1", "::1", 1, False, "mqtt://[::1]:1"),
        ("mqtts://localhost", "localhost", 8883, True, "mqtts://localhost"),
        ("mqtts://Broker.Example:8883", "broker.example", 8883, True, "mqtts://broker.example"),
        ("mqtts://192.0.2.7:443", "192.0.2.7", 443, True, "mqtts://192.0.2.7:443"),
        ("mqtts://[2001:db8::1]", "2001:db8::1", 8883, True, "mqtts://[2001:db8::1]"),
    ],
)
def test_equal_places_have_equal_urls(
    url: str, host: str, port: int, tls: bool, canonical: str
) -> None:
    target = MqttTarget.parse(url)

    assert (target.host, target.port, target.tls, target.url) == (host, port, tls, canonical)
    assert MqttTarget.parse(target.url) == target
    assert host not in repr(target)


@pytest.mark.parametrize(
    "host",
    [
        "canary.example",
        "192.0.2.7",
        "10.0.0.1",
        "0.0.0.0",
        "128.0.0.1",
        "[2001:db8::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "localhost.canary.example",
        "canary-localhost",
        "127.0.0.1.canary.example",
    ],
)
@pytest.mark.requirement("BN-SHR-09")
def test_plaintext_leads_to_this_machine_only(host: str) -> None:
    """Mutant: the host is resolved, or looked at by its beginning, instead of as it is."""
    with pytest.raises(RecipientError, match="may not leave this machine") as caught:
        MqttTarget.parse(f"mqtt://{host}")
    assert host.strip("[]") not in str(caught.value)
    if host != "[::ffff:127.0.0.1]":
        assert MqttTarget.parse(f"mqtts://{host}").tls


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1",
        "//127.0.0.1",
        "mqtt:127.0.0.1",
        "mqtt://",
        "mqtt://:1883",
        "http://127.0.0.1",
        "mqtt+tls://127.0.0.1",
        "ws://127.0.0.1",
        "mqtt://127.0.0.1/canary",
        "mqtt://127.0.0.1?tls=canary",
        "mqtt://127.0.0.1?",
        "mqtt://127.0.0.1#canary",
        "mqtt://127.0.0.1:0",
        "mqtt://127.0.0.1:65536",
        "mqtt://127.0.0.1:canary",
        "mqtt://127.1",
        "mqtt://0x7f.1",
        "mqtt://0x7f000001",
        "mqtt://2130706433",
        "mqtt://127.0.0.01",
        "mqtt://127.0.0.1.",
        "mqtt://localhost.",
        "mqtt://local host",
        " mqtt://127.0.0.1",
        "mqtt://127.0.0.1\n",
        "mqtt://127.0.0.1\tcanary",
        "mqtt://[::1%eth0]",
        "mqtt://[::1",
        "mqtt://[127.0.0.1]",
        "mqtt://::1",
        "mqtts://-canary.example",
        "mqtts://canary..example",
        "mqtts://canary_1.example",
        f"mqtts://{'canary.' * 40}example",
        "mqtts://кроха.example",
        "mqtt://\uff11\uff12\uff17.0.0.1",
        "mqtts://canary.example\\@127.0.0.1",
    ],
)
def test_anything_else_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(RecipientError) as caught:
        MqttTarget.parse(url)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url", ["mqtt://user:canary@127.0.0.1", "mqtts://canary@broker.example", "mqtt://@127.0.0.1"]
)
def test_credentials_in_the_url_are_refused_and_not_repeated(url: str) -> None:
    """Mutant: the text repeats the URL, and so the password."""
    with pytest.raises(RecipientError, match="holds credentials") as caught:
        MqttTarget.parse(url)
    assert "canary" not in str(caught.value)


@given(
    st.one_of(
        st.text(),
        st.builds(
            "{}://{}:{}".format,
            st.sampled_from(["mqtt", "mqtts", "MQTT"]),
            st.one_of(
                st.text(),
                st.ip_addresses().map(str),
                st.ip_addresses(v=6).map(lambda ip: f"[{ip}]"),
                st.from_regex(r"[a-z0-9.-]+", fullmatch=True),
            ),
            st.integers(-1, 70000),
        ),
    )
)
def test_any_text_is_a_safe_place_or_our_error(url: str) -> None:
    try:
        target = MqttTarget.parse(url)
    except RecipientError:
        return
    assert target.tls or is_loopback(target.host)
    assert MqttTarget.parse(target.url) == target
