"""Squared distances and products of pairs, a tile at a time."""

import numpy as np
import pytest
import torch

from ibspec.dynamics import kernel_motion as room
from ibspec.dynamics import pair_tiles
from ibspec.dynamics.pair_tiles import Differences, InnerProducts, spans

ROUNDING = 1e-12
"""Relative to the largest: sums over at most a thousand units."""


def cloud(samples, units):
    return torch.randn(2, samples, units, generator=torch.Generator().manual_seed(units), dtype=torch.float64)


@pytest.mark.parametrize("kind", [Differences, InnerProducts])
@pytest.mark.parametrize("units", [1, 33, 600])
def test_as_all_pairs_at_once(kind, units):
    rows, velocity = cloud(9, units)
    apart, moving = rows[:, None] - rows[None], velocity[:, None] - velocity[None]
    above, across = slice(2, 5), slice(1, 9)
    distances, products = kind(rows, velocity).tile(above, across)
    for found, wanted in ((distances, apart * apart), (products, apart * moving)):
        whole = wanted.sum(dim=2)
        off = (found - whole[above, across]).abs().max() / whole.abs().max()
        assert off <= ROUNDING


def test_rounding_of_equal_rows_stays_within_the_slack():
    """Rows that coincide, far from the mean: their product is 0 on paper."""
    rows, velocity = (part.repeat(2, 1) * 1e3 for part in cloud(50, 300))
    pairs = InnerProducts(rows, velocity)
    _, products = pairs.tile(slice(0, 50), slice(50, 100))
    assert 0 < products.diagonal().abs().max() <= pairs.slack


@pytest.mark.parametrize("samples", [1, 5, 12, 13])
def test_tiles_hold_each_pair_once(samples, monkeypatch):
    monkeypatch.setattr(pair_tiles, "TILE_ROWS", 4)
    monkeypatch.setattr(pair_tiles, "TILE_COLUMNS", 5)
    seen = np.zeros((samples, samples), int)
    for above, across in spans(samples):
        block = np.ones((above.stop - above.start, across.stop - across.start), int)
        seen[above, across] += np.triu(block) if above == across else block
    assert (seen == np.triu(np.ones_like(seen))).all()


@pytest.mark.parametrize("place", [(4, 4), (0, 4), (4, 8)])
def test_compiled_and_plain_sums_agree(place):
    rows, velocity = cloud(16, 3)
    top, left = place
    found = []
    for add in (room.add_tile, room.add_tile_plainly):
        sums = torch.zeros((2, 3, 16), dtype=torch.float64)
        tile = Differences(rows, velocity).tile(slice(top, top + 4), slice(left, left + 4))
        given = tile if add is room.add_tile_plainly else [part.numpy() for part in tile]
        add(*given, 2.0, 0.1, top, left, sums if add is room.add_tile_plainly else sums.numpy())
        found.append(sums)
    assert torch.allclose(*found, rtol=ROUNDING, atol=0)
