"""Canaries: every part of bumble that the simulator replaces or stands on is still there.

bumble is younger than 1.0 and changes. Where one of these fails, the part of the simulator
that is named has to be looked at before the tested range of versions is widened.
"""

from __future__ import annotations

import inspect
from typing import Any, cast

import pytest
from bumble import (
    controller,
    crypto,
    device,
    gatt,
    gatt_client,
    gatt_server,
    hci,
    host,
    keys,
    l2cap,
    link,
    smp,
)

from babyn_simulator import host as ours
from babyn_simulator.controller import VirtualController, advertising
from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.radio import Air
from babyn_simulator.security import PolicySession

REPLACED: list[tuple[type[Any], type[Any], set[str]]] = [
    (Air, link.LocalLink, {"add_controller", "remove_controller"}),
    (
        VirtualConnection,
        controller.Connection,
        {"on_acl_pdu", "on_hci_acl_data_packet", "send_ll_control_pdu"},
    ),
    (
        VirtualController,
        controller.Controller,
        {
            "on_hci_packet",
            "on_packet",
            "send_hci_packet",
            "on_hci_command_packet",
            "on_hci_le_add_device_to_filter_accept_list_command",
            "on_hci_le_add_device_to_resolving_list_command",
            "on_hci_le_clear_filter_accept_list_command",
            "on_hci_le_clear_resolving_list_command",
            "on_hci_le_enable_encryption_command",
            "on_hci_le_long_term_key_request_negative_reply_command",
            "on_hci_le_long_term_key_request_reply_command",
            "on_hci_le_read_local_p_256_public_key_command",
            "on_hci_le_remove_device_from_filter_accept_list_command",
            "on_hci_le_set_address_resolution_enable_command",
            "on_hci_le_set_extended_advertising_enable_command",
            "on_hci_le_set_privacy_mode_command",
            "on_hci_le_set_resolvable_private_address_timeout_command",
            "on_hci_disconnect_command",
            "on_hci_le_connection_update_command",
            "on_hci_le_create_connection_cancel_command",
            "on_hci_le_create_connection_command",
            "on_hci_le_extended_create_connection_command",
            "on_hci_le_rand_command",
            "on_hci_le_read_phy_command",
            "on_hci_le_set_advertising_set_random_address_command",
            "on_hci_le_set_extended_advertising_parameters_command",
            "on_hci_le_set_extended_scan_enable_command",
            "on_hci_le_set_extended_scan_parameters_command",
            "on_hci_le_set_scan_enable_command",
            "on_hci_reset_command",
            "on_le_disconnected",
            "on_ll_control_pdu",
        },
    ),
    (advertising.LegacyAdvertiser, controller.LegacyAdvertiser, {"start", "stop"}),
    (advertising.AdvertisingSet, controller.AdvertisingSet, {"start", "stop"}),
    (
        ours.QuietHost,
        host.Host,
        {
            "add_listener",
            "emit",
            "on_command_processed",
            "on_hci_packet",
            "on_packet",
            "remove_listener",
            "send_hci_packet",
            "send_l2cap_pdu",
        },
    ),
    (
        ours.SimulatedDevice,
        device.Device,
        {
            "notify_subscriber",
            "on_advertising_report",
            "on_gatt_pdu",
            "pair",
            "power_off",
            "power_on",
            "update_rpa",
        },
    ),
    (
        PolicySession,
        smp.Session,
        {
            "on_smp_pairing_request_command",
            "on_connection_encryption_change",
            "on_pairing_failure",
        },
    ),
]


def parameters(function: Any) -> list[str]:
    return [name.lstrip("_") for name in inspect.signature(function).parameters]


@pytest.mark.parametrize(
    ("mine", "theirs", "name"),
    [(mine, theirs, name) for mine, theirs, names in REPLACED for name in sorted(names)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_what_is_replaced_is_there(mine: type[Any], theirs: type[Any], name: str) -> None:
    """Mutant: a method that bumble has renamed is overridden in vain."""
    assert hasattr(theirs, name), f"bumble's {theirs.__name__} no longer has {name}()"
    assert getattr(mine, name) is not getattr(theirs, name), f"{name}() is not replaced any more"
    assert parameters(getattr(mine, name)) == parameters(getattr(theirs, name)), (
        f"bumble's {theirs.__name__}.{name}() takes other arguments now"
    )


@pytest.mark.parametrize(("mine", "theirs", "names"), REPLACED)
def test_the_list_of_what_is_replaced_is_complete(
    mine: type[Any], theirs: type[Any], names: set[str]
) -> None:
    """Mutant: an override is added without a canary."""
    family = [kind for kind in mine.__mro__ if kind.__module__.startswith("babyn_simulator")]
    replaced = {
        name
        for kind in family
        for name, value in vars(kind).items()
        if inspect.isfunction(value) and hasattr(theirs, name) and not name.startswith("__")
    }
    assert replaced == names


CALLED: list[tuple[Any, str, list[str]]] = [
    (controller.Controller, "_send_hci_command_status", ["self", "status", "op_code"]),
    (controller.Controller, "allocate_connection_handle", ["self"]),
    (controller.Controller, "on_le_encryption_change", ["self", "connection", "status"]),
    (controller.Connection, "__post_init__", ["self"]),
    (crypto, "ah", ["k", "r"]),
    (hci.HCI_Command, "command_name", ["op_code"]),
    (controller.Controller, "find_le_connection_by_handle", ["self", "handle"]),
    (controller.Controller, "set_packet_sink", ["self", "sink"]),
    (device.Connection, "cancel_on_disconnection", ["self", "awaitable"]),
    (device.Device, "send_l2cap_pdu", ["self", "connection_handle", "cid", "pdu"]),
    (gatt_server.Server, "get_attribute", ["self", "handle"]),
    (gatt_server.Server, "read_cccd", ["self", "bearer", "characteristic"]),
    (gatt_server.Server, "send_gatt_pdu", ["self", "bearer", "pdu"]),
    (gatt_client.Client, "on_att_handle_value_notification", ["self", "notification"]),
    (host.DataPacketQueue, "enqueue", ["self", "packet", "connection_handle"]),
    (host.DataPacketQueue, "on_packets_completed", ["self", "packet_count", "connection_handle"]),
    (host.Host, "on_l2cap_pdu", ["self", "connection", "cid", "pdu"]),
    (host.Host, "_emit_run", ["self", "f", "args", "kwargs"]),
    (gatt_server.Server, "write_cccd", ["self", "bearer", "characteristic", "value"]),
    (host.Host, "on_hci_acl_data_packet", ["self", "packet"]),
    (host.Host, "on_hci_event_packet", ["self", "event"]),
    (l2cap.ChannelManager, "register_fixed_channel", ["self", "cid", "handler"]),
    (smp.Session, "on_disconnection", ["self", "_"]),
    (smp.Session, "send_pairing_failed", ["self", "error"]),
]


@pytest.mark.parametrize(
    ("owner", "name", "expected"), CALLED, ids=[f"{row[0].__name__}.{row[1]}" for row in CALLED]
)
def test_what_is_called_takes_what_it_is_given(owner: Any, name: str, expected: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == expected, (
        f"bumble's {owner.__name__}.{name}() has changed"
    )


ATTRIBUTES: list[tuple[Any, set[str]]] = [
    (
        controller.Controller,
        {
            "_random_address",
            "event_mask",
            "event_mask_page_2",
            "filter_accept_list_size",
            "filter_duplicates",
            "hci_sink",
            "hci_version",
            "is_advertising",
            "le_acl_data_packet_length",
            "le_address_resolution",
            "lmp_subversion",
            "manufacturer_company_identifier",
            "le_event_mask",
            "le_features",
            "le_scan_enable",
            "le_scan_own_address_type",
            "le_scan_type",
            "le_scanning_filter_policy",
            "lmp_version",
            "pending_le_connection",
            "suggested_max_tx_octets",
            "suggested_max_tx_time",
            "total_num_le_acl_data_packets",
            "public_address",
            "random_address",
            "resolving_list_size",
            "supported_commands",
            "supported_max_rx_octets",
            "supported_max_rx_time",
            "supported_max_tx_octets",
            "supported_max_tx_time",
        },
    ),
    (controller.LegacyAdvertiser, {"enabled", "timer_handle", "advertising_type"}),
    (keys.PairingKeys, {"ltk", "ltk_central", "ltk_peripheral"}),
    (gatt.Characteristic, {"Properties"}),
    (smp.AuthReq, {"SC"}),
    (smp.ErrorCode, {"AUTHENTICATION_REQUIREMENTS"}),
    (hci.Phy, {"LE_1M"}),
]


@pytest.mark.parametrize(
    ("owner", "name"), [(owner, name) for owner, names in ATTRIBUTES for name in sorted(names)]
)
def test_what_is_read_or_set_is_there(owner: Any, name: str) -> None:
    """Mutant: a value is set under a name that bumble does not read any more."""
    assert hasattr(owner, name), f"bumble's {owner.__name__} no longer has {name}"


def test_what_instances_have_is_there() -> None:
    sets = {field for field in controller.AdvertisingSet.__dataclass_fields__}
    assert {"parameters", "data", "scan_response_data", "random_address", "handle"} <= sets
    made = inspect.getsource(cast("Any", controller.Controller).__init__)
    assert all(f"'{key}': 0" in made for key in ("all_phys", "tx_phys", "rx_phys"))
    assert "self.current_data" in inspect.getsource(hci.HCI_AclDataPacketAssembler)
    source = inspect.getsource(smp.Manager)
    assert "self.sessions[connection.handle]" in source
    assert "self.session_proxy(" in source
    assert "self.connections = {}" in inspect.getsource(host.Host.__init__)
    assert hasattr(host.Host(), "_events")
    assert "send=self.send_hci_packet" in inspect.getsource(host.Host)
    assert "self.current_data = None" in inspect.getsource(hci.HCI_AclDataPacketAssembler.__init__)
    assert "self.on_gatt_pdu" in inspect.getsource(device.Device.__init__)


def test_a_device_listens_to_its_host_with_methods_named_after_the_events() -> None:
    """The host keeps the device for all of them, and finds the method by its name."""
    assert device.device_host_event_handlers
    for event in device.device_host_event_handlers:
        assert getattr(device.Device, f"on_{event}").__name__ == f"on_{event}"
