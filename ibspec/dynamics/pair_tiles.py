"""Squared distances of pairs of rows, and how fast they change, a tile of pairs at a time."""

from collections.abc import Iterator
from typing import final

import torch
from jaxtyping import Float, Float64

TILE_ROWS, TILE_COLUMNS = 256, 1024
"""Pairs at a time on a processor: a few of such arrays fit its cache."""

PORTION = 512
"""Units of a layer, in float64 and centred, at a time."""

Rows = Float[torch.Tensor, "samples units"]
Tile = Float64[torch.Tensor, "rows columns"]


def spans(samples: int) -> Iterator[tuple[slice, slice]]:
    """Yield rows and columns of tiles that hold each pair once; those on the diagonal are square."""
    for top in range(0, samples, TILE_ROWS):
        above = slice(top, min(top + TILE_ROWS, samples))
        yield above, above
        for left in range(above.stop, samples, TILE_COLUMNS):
            yield above, slice(left, min(left + TILE_COLUMNS, samples))


@final
class Differences:
    """Squared distances and products of differences, unit by unit: exact for close and for equal rows."""

    slack = 0.0

    def __init__(self, rows: Rows, velocity: Rows) -> None:
        self._rows, self._velocity = rows, velocity

    def tile(self, above: slice, across: slice) -> tuple[Tile, Tile]:
        """Return |a_i - a_j|^2 and (a_i - a_j) . (da_i - da_j) of some rows i and j."""
        shape = above.stop - above.start, across.stop - across.start
        distances = torch.zeros(shape, dtype=torch.float64, device=self._rows.device)
        products = torch.zeros_like(distances)
        rows = self._rows[above].T.double(), self._rows[across].T.double()
        speeds = self._velocity[above].T.double(), self._velocity[across].T.double()
        for a, b, da, db in zip(*rows, *speeds, strict=True):
            apart = a[:, None] - b[None]
            distances.addcmul_(apart, apart)
            products.addcmul_(apart, da[:, None] - db[None])
        return distances, products


@final
class InnerProducts:
    """The same of wide rows by matrix products of the centred rows.

    Attributes:
        largest: Squared norm of the row farthest from the mean.
        slack: What rounding may make of a product of equal rows.
    """

    def __init__(self, rows: Rows, velocity: Rows) -> None:
        self._rows, self._velocity = rows, velocity
        self._mean, self._mean_velocity = _mean(rows), _mean(velocity)
        squares, crossed, speeds = [], [], []
        for start in range(0, len(rows), TILE_ROWS):
            a, da = self._portion(slice(start, start + TILE_ROWS), slice(0, rows.shape[1]))
            squares.append(a.square().sum(dim=1))
            crossed.append((a * da).sum(dim=1))
            speeds.append(da.square().sum(dim=1))
        self._squares, self._crossed = torch.cat(squares), torch.cat(crossed)
        self.largest = float(self._squares.max())
        # Each of four inner products is off by at most about that of a sum in any order, sqrt(units) of them.
        fastest = float(torch.cat(speeds).max())
        self.slack = 4 * 2**-53 * rows.shape[1] ** 0.5 * (self.largest * fastest) ** 0.5

    def tile(self, above: slice, across: slice) -> tuple[Tile, Tile]:
        """Return |a_i - a_j|^2 and (a_i - a_j) . (da_i - da_j) of some rows i and j."""
        distances = (self._squares[above, None] + self._squares[None, across]) / 2
        products = self._crossed[above, None] + self._crossed[None, across]
        for start in range(0, self._rows.shape[1], PORTION):
            units = slice(start, start + PORTION)
            a, da = self._portion(above, units)
            b, db = self._portion(across, units)
            distances.addmm_(a, b.T, alpha=-1.0)
            products.addmm_(a, db.T, alpha=-1.0).addmm_(da, b.T, alpha=-1.0)
        return distances.mul_(2.0).clamp_(min=0.0), products

    def _portion(self, rows: slice, units: slice) -> tuple[torch.Tensor, torch.Tensor]:
        a = self._rows[rows, units].double() - self._mean[units]
        return a, self._velocity[rows, units].double() - self._mean_velocity[units]


def _mean(rows: Rows) -> Float64[torch.Tensor, " units"]:
    """Return the mean row in float64, without a copy of all of them in float64."""
    parts = [part.double().sum(dim=0) for part in torch.split(rows, TILE_ROWS)]
    return torch.stack(parts).sum(dim=0) / len(rows)
