"""Registries that are watched as they change: listed, looked into, and told apart from what is gone."""
