"""What every layout must satisfy, checked the slow way."""

from __future__ import annotations

import numpy as np

from filiation.layout.previous import Layout

TOLERANCE = 1e-9


def assert_lawful(layout: Layout) -> None:
    x, y, r, parent = layout.x, layout.y, layout.r, layout.parent
    assert np.isfinite(x).all()
    assert np.isfinite(y).all()
    assert (r > 0).all()
    assert ((x - r >= -TOLERANCE) & (x + r <= 1 + TOLERANCE) & (y - r >= -TOLERANCE) & (y + r <= 1 + TOLERANCE)).all()
    inner = np.flatnonzero(parent >= 0)
    outer = parent[inner]
    assert (np.hypot(x[inner] - x[outer], y[inner] - y[outer]) + r[inner] <= r[outer] * (1 + TOLERANCE)).all()
    for holder in np.unique(outer):
        assert_apart(*(values[parent == holder] for values in (x, y, r)), TOLERANCE * r[holder])
    roots = parent < 0
    assert_apart(x[roots], y[roots], r[roots], TOLERANCE)
    assert_apart(layout.land_x, layout.land_y, layout.land_r, TOLERANCE, count=layout.land_r > 0)
    land = layout.land[roots]
    away = np.hypot(x[roots] - layout.land_x[land], y[roots] - layout.land_y[land]) + r[roots]
    assert ((away <= layout.land_r[land] + TOLERANCE) | (layout.land_r[land] == 0)).all()


def assert_apart(x: np.ndarray, y: np.ndarray, r: np.ndarray, tolerance: float, count: np.ndarray | None = None) -> None:
    if count is not None:
        x, y, r = x[count], y[count], r[count]
    away = np.hypot(x[:, None] - x, y[:, None] - y) - r[:, None] - r
    np.fill_diagonal(away, np.inf)
    assert away.min(initial=np.inf) >= -tolerance
