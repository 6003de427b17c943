"""How other host stacks are told where their controller is, by the kind of transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babyn_simulator.hci_server import HciServer

BABYN = "babyn"


def commands_for(server: HciServer) -> list[tuple[str, str]]:
    """Return (host stack, command line) for a transport on which controllers are lent.

    The command lines are those of each stack's own documentation: Zephyr's for
    ``native_sim`` and for QEMU, NimBLE's ``transport/socket``, bleno's HCI socket, and
    BlueZ's ``btattach``.
    """
    scheme = server.name.partition(":")[0]
    where = server.client_name.partition(":")[2]
    commands = [(BABYN, f"babyn --radio {server.radio} scan")]
    if scheme == "tcp-server":
        commands += [
            ("Zephyr, native_sim", f"./build/zephyr/zephyr.exe --bt-dev={where}"),
            (
                "NimBLE, on Linux",
                f"newt target set TARGET syscfg=BLE_SOCK_USE_TCP=1:BLE_SOCK_TCP_PORT={server.port}",
            ),
        ]
    elif scheme == "unix-server":
        commands += [("Zephyr, QEMU", f"qemu-system-… -serial unix:{where}")]
    elif scheme == "pty":
        commands += [
            ("bleno", f"BLUETOOTH_HCI_SOCKET_UART_PORT={where} node peripheral.js"),
            ("BlueZ", f"sudo btattach --bredr {where} --protocol h4"),
        ]
    return commands
