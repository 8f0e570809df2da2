"""Registries that are asked over the network: how patiently, and what their answers mean."""
