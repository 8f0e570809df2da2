"""Decisions of people: reviews, waivers, overrides, and the log that proves them."""
