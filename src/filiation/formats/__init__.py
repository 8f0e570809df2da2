"""Bytes become headers and values; nothing is ever executed."""
