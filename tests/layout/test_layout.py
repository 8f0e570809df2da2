from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from laws import assert_lawful

from filiation.layout.continents import OCEAN, UNDECLARED
from filiation.layout.forest import forest_of
from filiation.layout.layout import lay_out
from filiation.layout.previous import Layout
from filiation.layout.write import kept_share
from filiation.lineage.arrays import NULL


def same(one: Layout, other: Layout) -> bool:
    return all(np.array_equal(value, getattr(other, name)) for name, value in vars(one).items())


@pytest.mark.parametrize("seed", range(6))
def test_every_circle_lies_in_its_parent_apart_from_its_siblings(make, grow, seed):
    layout = lay_out(*make(**grow(700, seed)), "t")
    assert len(layout.x) == 700
    assert_lawful(layout)


@pytest.mark.parametrize("size", ["downloads", "subtree", "count"])
def test_the_laws_hold_whatever_size_means(make, grow, size):
    assert_lawful(lay_out(*make(**grow(300, 3)), "t", size=size))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_smallest_registries_have_a_map(make, count):
    assert_lawful(lay_out(*make(count), "t"))


def test_datasets_nest_on_a_land_of_their_own(make):
    layout = lay_out(*make(3, [(1, 0, 1.0), (4, 3, 1.0)], datasets=3), "t")
    assert_lawful(layout)
    assert layout.parent.tolist() == [NULL, 0, NULL, NULL, 3, NULL]
    assert [str(layout.land_name[land]) for land in layout.land] == [UNDECLARED] * 2 + [OCEAN] + ["datasets"] * 3


def test_a_second_run_and_shuffled_edges_give_the_same_layout(make, grow):
    lineage, traits = make(**grow(500, 1))
    order = np.random.default_rng(0).permutation(len(lineage.child))
    edges = {name: getattr(lineage, name)[order] for name in ("child", "parent", "relation", "confidence")}
    layout = lay_out(lineage, traits, "t")
    assert same(layout, lay_out(lineage, traits, "t"))
    shuffled = lay_out(dataclasses.replace(lineage, **edges), traits, "t")
    assert same(dataclasses.replace(layout, edge=shuffled.edge), shuffled)


def test_the_primary_parent_is_the_surest_then_the_one_with_most_descendants_then_the_first(make):
    edges = [(4, 0, 0.5), (4, 1, 0.9), (5, 0, 0.9), (5, 2, 0.9), (6, 1, 0.9), (6, 3, 0.9), (7, 2, 0.9)]
    lineage, _ = make(8, edges)
    assert lineage.descendants.tolist()[:4] == [2, 2, 2, 1]
    assert forest_of(lineage).parent.tolist()[4:] == [1, 0, 1, 2]


def test_nothing_new_leaves_everything_in_place(make, grow):
    registry = make(**grow(600, 2))
    before = lay_out(*registry, "t")
    after = lay_out(*registry, "t", before)
    assert np.abs(after.x - before.x).max() < 1e-12
    assert np.abs(after.r - before.r).max() < 1e-12


@pytest.mark.parametrize("seed", range(6))
def test_the_laws_hold_while_a_registry_grows(make, grow, seed):
    arguments = grow(600, seed)
    layout = None
    for count in (500, 510, 520, 560, 600):
        part = arguments | {
            "models": count,
            "parents": [edge for edge in arguments["parents"] if edge[0] < count],
            "downloads": arguments["downloads"][:count],
            "tasks": arguments["tasks"][:count],
        }
        now = lay_out(*make(**part), "t", layout)
        assert_lawful(now)
        layout = now


@pytest.mark.parametrize("seed", range(4))
def test_most_stay_when_a_hundredth_joins(make, grow, seed):
    arguments = grow(4000, seed, share_alone=0.7)
    fewer = arguments | {
        "models": 3960,
        "parents": [edge for edge in arguments["parents"] if edge[0] < 3960],
        "downloads": arguments["downloads"][:3960],
        "tasks": arguments["tasks"][:3960],
    }
    before = lay_out(*make(**fewer), "t")
    assert kept_share(before, lay_out(*make(**arguments), "t", before), 0.03) > 0.9


@pytest.mark.parametrize("seed", range(4))
def test_the_laws_hold_when_models_leave_and_downloads_change(make, grow, seed):
    arguments = grow(500, seed)
    before = lay_out(*make(**arguments), "t")
    rng = np.random.default_rng(seed)
    stays = np.flatnonzero(rng.random(500) < 0.7)
    number = {int(old): new for new, old in enumerate(stays)}
    after = lay_out(
        *make(
            len(stays),
            [(number[c], number[p], w) for c, p, w in arguments["parents"] if c in number and p in number],
            downloads=[int(arguments["downloads"][old] * rng.lognormal()) for old in stays],
            tasks=[arguments["tasks"][old] for old in stays],
            names=[f"o/{old:06d}" for old in stays],
        ),
        "t",
        before,
    )
    assert_lawful(after)


def test_a_long_line_of_descent_keeps_its_laws_while_it_grows_in_the_middle(make):
    chain = [(node, node - 1, 1.0) for node in range(1, 60)]
    layout = lay_out(*make(60, chain), "t")
    for extra in range(1, 8):
        edges = [*chain, *((60 + k, 30 + k, 1.0) for k in range(extra))]
        layout = lay_out(*make(60 + extra, edges), "t", layout)
        assert_lawful(layout)
    assert 1 / layout.unit < 200


def test_a_layout_of_another_size_is_forgotten(make, grow):
    registry = make(**grow(200, 1))
    assert same(lay_out(*registry, "t", lay_out(*registry, "t"), "count"), lay_out(*registry, "t", size="count"))


def test_a_layout_reads_as_written(make, grow, tmp_path):
    layout = lay_out(*make(**grow(100, 1)), "t")
    layout.save(tmp_path / "layout.npz")
    assert same(layout, Layout.load(tmp_path / "layout.npz"))
