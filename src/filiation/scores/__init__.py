"""Scores that are claimed and scores that were measured, under the same names, and what holds between them."""
