"""Simulated devices: their signals and behaviour, and the GATT face that shows them."""
