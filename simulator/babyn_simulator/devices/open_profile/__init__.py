"""Simulated devices in the open profile: GATT services, as the SIG has them where it has any."""
