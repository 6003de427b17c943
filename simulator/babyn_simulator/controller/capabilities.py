"""What the controller can do, and so what it tells its host that it can do.

Everything else that bumble's virtual controller has a handler for (BR/EDR, isochronous
channels, periodic advertising, channel sounding) is no more than an answer there, and is
refused here as a command that the controller does not know. A host that asks first, as Core
v6.0 - Bluetooth Core Specification - Vol 4 Part E §6.27 has it, is told the truth.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# pyright does not see the types of bumble's op codes.

from __future__ import annotations

from typing import Final

from bumble import hci

COMMANDS: Final[tuple[int, ...]] = (
    # Link control
    hci.HCI_DISCONNECT_COMMAND,
    hci.HCI_READ_REMOTE_VERSION_INFORMATION_COMMAND,
    # Controller and baseband
    hci.HCI_SET_EVENT_MASK_COMMAND,
    hci.HCI_RESET_COMMAND,
    hci.HCI_READ_TRANSMIT_POWER_LEVEL_COMMAND,
    hci.HCI_SET_CONTROLLER_TO_HOST_FLOW_CONTROL_COMMAND,
    hci.HCI_HOST_BUFFER_SIZE_COMMAND,
    hci.HCI_HOST_NUMBER_OF_COMPLETED_PACKETS_COMMAND,
    hci.HCI_SET_EVENT_MASK_PAGE_2_COMMAND,
    hci.HCI_READ_LE_HOST_SUPPORT_COMMAND,
    hci.HCI_WRITE_LE_HOST_SUPPORT_COMMAND,
    # Informational parameters and status parameters
    hci.HCI_READ_LOCAL_VERSION_INFORMATION_COMMAND,
    hci.HCI_READ_LOCAL_SUPPORTED_COMMANDS_COMMAND,
    hci.HCI_READ_LOCAL_SUPPORTED_FEATURES_COMMAND,
    hci.HCI_READ_LOCAL_EXTENDED_FEATURES_COMMAND,
    hci.HCI_READ_BUFFER_SIZE_COMMAND,
    hci.HCI_READ_BD_ADDR_COMMAND,
    hci.HCI_READ_RSSI_COMMAND,
    # Low Energy, the controller itself
    hci.HCI_LE_SET_EVENT_MASK_COMMAND,
    hci.HCI_LE_READ_BUFFER_SIZE_COMMAND,
    hci.HCI_LE_READ_LOCAL_SUPPORTED_FEATURES_COMMAND,
    hci.HCI_LE_READ_SUPPORTED_STATES_COMMAND,
    hci.HCI_LE_SET_RANDOM_ADDRESS_COMMAND,
    hci.HCI_LE_SET_HOST_CHANNEL_CLASSIFICATION_COMMAND,
    hci.HCI_LE_READ_TRANSMIT_POWER_COMMAND,
    # Low Energy, advertising
    hci.HCI_LE_SET_ADVERTISING_PARAMETERS_COMMAND,
    hci.HCI_LE_READ_ADVERTISING_PHYSICAL_CHANNEL_TX_POWER_COMMAND,
    hci.HCI_LE_SET_ADVERTISING_DATA_COMMAND,
    hci.HCI_LE_SET_SCAN_RESPONSE_DATA_COMMAND,
    hci.HCI_LE_SET_ADVERTISING_ENABLE_COMMAND,
    hci.HCI_LE_SET_ADVERTISING_SET_RANDOM_ADDRESS_COMMAND,
    hci.HCI_LE_SET_EXTENDED_ADVERTISING_PARAMETERS_COMMAND,
    hci.HCI_LE_SET_EXTENDED_ADVERTISING_DATA_COMMAND,
    hci.HCI_LE_SET_EXTENDED_SCAN_RESPONSE_DATA_COMMAND,
    hci.HCI_LE_SET_EXTENDED_ADVERTISING_ENABLE_COMMAND,
    hci.HCI_LE_READ_MAXIMUM_ADVERTISING_DATA_LENGTH_COMMAND,
    hci.HCI_LE_READ_NUMBER_OF_SUPPORTED_ADVERTISING_SETS_COMMAND,
    hci.HCI_LE_REMOVE_ADVERTISING_SET_COMMAND,
    hci.HCI_LE_CLEAR_ADVERTISING_SETS_COMMAND,
    # Low Energy, scanning and connecting
    hci.HCI_LE_SET_SCAN_PARAMETERS_COMMAND,
    hci.HCI_LE_SET_SCAN_ENABLE_COMMAND,
    hci.HCI_LE_SET_EXTENDED_SCAN_PARAMETERS_COMMAND,
    hci.HCI_LE_SET_EXTENDED_SCAN_ENABLE_COMMAND,
    hci.HCI_LE_CREATE_CONNECTION_COMMAND,
    hci.HCI_LE_CREATE_CONNECTION_CANCEL_COMMAND,
    hci.HCI_LE_EXTENDED_CREATE_CONNECTION_COMMAND,
    hci.HCI_LE_READ_FILTER_ACCEPT_LIST_SIZE_COMMAND,
    hci.HCI_LE_CLEAR_FILTER_ACCEPT_LIST_COMMAND,
    hci.HCI_LE_ADD_DEVICE_TO_FILTER_ACCEPT_LIST_COMMAND,
    hci.HCI_LE_REMOVE_DEVICE_FROM_FILTER_ACCEPT_LIST_COMMAND,
    # Low Energy, private addresses
    hci.HCI_LE_ADD_DEVICE_TO_RESOLVING_LIST_COMMAND,
    hci.HCI_LE_REMOVE_DEVICE_FROM_RESOLVING_LIST_COMMAND,
    hci.HCI_LE_CLEAR_RESOLVING_LIST_COMMAND,
    hci.HCI_LE_READ_RESOLVING_LIST_SIZE_COMMAND,
    hci.HCI_LE_READ_PEER_RESOLVABLE_ADDRESS_COMMAND,
    hci.HCI_LE_READ_LOCAL_RESOLVABLE_ADDRESS_COMMAND,
    hci.HCI_LE_SET_ADDRESS_RESOLUTION_ENABLE_COMMAND,
    hci.HCI_LE_SET_RESOLVABLE_PRIVATE_ADDRESS_TIMEOUT_COMMAND,
    hci.HCI_LE_SET_PRIVACY_MODE_COMMAND,
    # Low Energy, connections
    hci.HCI_LE_CONNECTION_UPDATE_COMMAND,
    hci.HCI_LE_READ_CHANNEL_MAP_COMMAND,
    hci.HCI_LE_READ_REMOTE_FEATURES_COMMAND,
    hci.HCI_LE_REMOTE_CONNECTION_PARAMETER_REQUEST_REPLY_COMMAND,
    hci.HCI_LE_REMOTE_CONNECTION_PARAMETER_REQUEST_NEGATIVE_REPLY_COMMAND,
    hci.HCI_LE_SET_DATA_LENGTH_COMMAND,
    hci.HCI_LE_READ_SUGGESTED_DEFAULT_DATA_LENGTH_COMMAND,
    hci.HCI_LE_WRITE_SUGGESTED_DEFAULT_DATA_LENGTH_COMMAND,
    hci.HCI_LE_READ_MAXIMUM_DATA_LENGTH_COMMAND,
    hci.HCI_LE_READ_PHY_COMMAND,
    hci.HCI_LE_SET_DEFAULT_PHY_COMMAND,
    hci.HCI_LE_SET_PHY_COMMAND,
    # Low Energy, security
    hci.HCI_LE_ENCRYPT_COMMAND,
    hci.HCI_LE_RAND_COMMAND,
    hci.HCI_LE_ENABLE_ENCRYPTION_COMMAND,
    hci.HCI_LE_LONG_TERM_KEY_REQUEST_REPLY_COMMAND,
    hci.HCI_LE_LONG_TERM_KEY_REQUEST_NEGATIVE_REPLY_COMMAND,
    hci.HCI_LE_READ_LOCAL_P_256_PUBLIC_KEY_COMMAND,
    hci.HCI_LE_GENERATE_DHKEY_COMMAND,
    hci.HCI_LE_GENERATE_DHKEY_V2_COMMAND,
)
"""Commands that a virtual controller carries out, where it has a handler for them."""


def carried_out(controller: type[object]) -> set[int]:
    """Return those of :data:`COMMANDS` that a kind of controller has a handler for."""
    return {
        op_code
        for op_code in COMMANDS
        if op_code == hci.HCI_HOST_NUMBER_OF_COMPLETED_PACKETS_COMMAND
        or hasattr(controller, f"on_{hci.HCI_Command.command_name(op_code).lower()}")
    }


COMMAND_HEADER: Final = 4
"""Octets in front of a command's parameters, with the type of the packet."""

PARAMETER_LENGTHS: Final[dict[int, int]] = {
    hci.HCI_READ_TRANSMIT_POWER_LEVEL_COMMAND: 3,
    hci.HCI_LE_SET_HOST_CHANNEL_CLASSIFICATION_COMMAND: 5,
    hci.HCI_LE_READ_CHANNEL_MAP_COMMAND: 2,
    hci.HCI_LE_ENCRYPT_COMMAND: 32,
    hci.HCI_LE_REMOVE_DEVICE_FROM_RESOLVING_LIST_COMMAND: 7,
    hci.HCI_LE_READ_PEER_RESOLVABLE_ADDRESS_COMMAND: 7,
    hci.HCI_LE_READ_LOCAL_RESOLVABLE_ADDRESS_COMMAND: 7,
    hci.HCI_LE_GENERATE_DHKEY_COMMAND: 64,
    hci.HCI_LE_GENERATE_DHKEY_V2_COMMAND: 65,
}
"""Octets of parameters of those commands that bumble does not parse."""

FEATURES: Final = (
    hci.LeFeatureMask.LE_ENCRYPTION
    | hci.LeFeatureMask.CONNECTION_PARAMETERS_REQUEST_PROCEDURE
    | hci.LeFeatureMask.EXTENDED_REJECT_INDICATION
    | hci.LeFeatureMask.PERIPHERAL_INITIATED_FEATURE_EXCHANGE
    | hci.LeFeatureMask.LE_DATA_PACKET_LENGTH_EXTENSION
    | hci.LeFeatureMask.LL_PRIVACY
    | hci.LeFeatureMask.LE_2M_PHY
    | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
)
"""What the link layer can do (Vol 6 Part B §4.6)."""

VERSION: Final = hci.HCI_VERSION_BLUETOOTH_CORE_5_1
"""The newest specification that a command or a feature here is from."""
