"""Walks over the forest, compiled. Importing this takes a second: import it where it is used."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def breadth_first(parent, child_start, child_of):
    """Return int32[n]: the nodes by depth, and of equals as their parents come."""
    order = np.empty(len(parent), np.int32)
    filled = 0
    for node in range(len(parent)):
        if parent[node] == -1:
            order[filled] = node
            filled += 1
    at = 0
    while at < filled:
        node = order[at]
        at += 1
        for k in range(child_start[node], child_start[node + 1]):
            order[filled] = child_of[k]
            filled += 1
    return order


@njit(cache=True)
def roots_and_weights(order, parent):
    """Return (int32[n] root of each node, int32[n] how many nodes its tree has from here on)."""
    n = len(parent)
    root = np.empty(n, np.int32)
    weight = np.ones(n, np.int32)
    for i in range(n):
        node = order[i]
        root[node] = node if parent[node] == -1 else root[parent[node]]
    for i in range(n - 1, -1, -1):
        node = order[i]
        if parent[node] != -1:
            weight[parent[node]] += weight[node]
    return root, weight


@njit(cache=True)
def gather(order, parent, amount):
    """Add to each node's amount, int64[n], those of all nodes in its tree from here on, in place."""
    for i in range(len(order) - 1, -1, -1):
        node = order[i]
        if parent[node] != -1:
            amount[parent[node]] += amount[node]


@njit(cache=True)
def add_up(order, parent, x, y):
    """Turn offsets from the parent into places, in place; the roots' places are given."""
    for i in range(len(order)):
        node = order[i]
        if parent[node] != -1:
            x[node] += x[parent[node]]
            y[node] += y[parent[node]]


@njit(cache=True)
def name_keys(names, start, salt):
    """Return uint64[n]: a hash of each name (FNV-1a, then mixed) and of its `salt`, uint64[n]."""
    keys = np.empty(len(salt), np.uint64)
    for i in range(len(salt)):
        key = salt[i] ^ np.uint64(0xCBF29CE484222325)
        for k in range(start[i], start[i + 1]):
            key = (key ^ np.uint64(names[k])) * np.uint64(0x100000001B3)
        key = (key ^ (key >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        keys[i] = key ^ (key >> np.uint64(32))
    return keys
