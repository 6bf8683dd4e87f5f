"""Critics: how much a pair of rows looks as if it had been drawn together."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float32, Int64, Shaped

from ibspec.estimators.variational.networks import Flat, Network

Scores: TypeAlias = Float32[torch.Tensor, "restarts rows others"]
"""The score s of each row with each candidate for its partner."""

Index: TypeAlias = Int64[torch.Tensor, "restarts rows"]
"""Rows of the sample, one batch for each restart."""


class Critic(ABC):
    """A function of pairs with parameters to train, on a sample that it holds; scores are 0 at first."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """Numbers that one restart has."""

    @abstractmethod
    def draw(self, restarts: int, rng: np.random.Generator) -> Flat:
        """Draw parameters."""

    @abstractmethod
    def scores(self, flat: Flat, index: Index) -> tuple[Scores, Any]:
        """Return scores of the rows `index` with all candidates, and what `backward` needs."""

    @abstractmethod
    def backward(self, flat: Flat, gradient: Flat, kept: Any, pull: Scores) -> None:
        """Write into `gradient` what `pull` on the scores asks of the parameters."""

    @abstractmethod
    def partners(self, index: Index) -> Int64[torch.Tensor, "restarts rows 1"]:
        """Return which candidate each row was drawn with."""

    @abstractmethod
    def log_shares(self, batch: int, *, with_partner: bool) -> Float32[torch.Tensor, "... others"]:
        """Return the log of each candidate's share of the product law, for batches of `batch` rows.

        Args:
            batch: Rows.
            with_partner: Whether a row's own partner is a candidate where others of the batch are.
        """


class _OfPairs(Critic):
    """Candidates are the partners of the batch's other rows."""

    def partners(self, index: Index) -> Int64[torch.Tensor, "restarts rows 1"]:
        """The diagonal."""
        restarts, rows = index.shape
        return torch.arange(rows, device=index.device)[None, :, None].expand(restarts, rows, 1)

    def log_shares(self, batch: int, *, with_partner: bool) -> Float32[torch.Tensor, "... others"]:
        """All the same; the diagonal is left out unless it is wanted."""
        if with_partner:
            return torch.full((batch, batch), -math.log(batch), dtype=torch.float32)
        others = torch.full((batch, batch), -math.log(batch - 1), dtype=torch.float32)
        return others.fill_diagonal_(-math.inf)


@final
@dataclass(frozen=True)
class DotProduct(_OfPairs):
    """s(x, t) = g(x) . h(t): two nets, and all pairs of a batch by one product of matrices."""

    x: Float32[torch.Tensor, "samples inputs"]
    t: Float32[torch.Tensor, "samples units"]
    g: Network
    h: Network

    @property
    def parameters(self) -> int:
        """Those of both nets."""
        return self.g.parameters + self.h.parameters

    def draw(self, restarts: int, rng: np.random.Generator) -> Flat:
        """Draw both nets; h is silent."""
        both = self.g.draw(restarts, rng, silent=False), self.h.draw(restarts, rng, silent=True)
        return torch.cat(both, dim=1)

    def scores(self, flat: Flat, index: Index) -> tuple[Scores, Any]:
        """Multiply the outputs of both nets."""
        split = self.g.parameters
        g = self.g.forward(flat[:, :split], self.x[index])
        h = self.h.forward(flat[:, split:], self.t[index])
        return torch.bmm(g[-1], h[-1].mT), (g, h)

    def backward(self, flat: Flat, gradient: Flat, kept: Any, pull: Scores) -> None:
        """Through the product, then through each net."""
        split, (g, h) = self.g.parameters, kept
        self.g.backward(flat[:, :split], gradient[:, :split], g, torch.bmm(pull, h[-1]))
        self.h.backward(flat[:, split:], gradient[:, split:], h, torch.bmm(pull.mT, g[-1]))


@final
@dataclass(frozen=True)
class OfBoth(_OfPairs):
    """s(x, t) = net(x, t): every pair of a batch passes through all layers but the first.

    The first layer is linear in x and in t, so its two halves are taken once a row and added for each pair.
    """

    x: Float32[torch.Tensor, "samples inputs"]
    t: Float32[torch.Tensor, "samples units"]
    of_x: Network
    of_t: Network
    rest: Network

    @property
    def parameters(self) -> int:
        """Those of the halves of the first layer, and the rest."""
        return self.of_x.parameters + self.of_t.parameters + self.rest.parameters

    def _parts(self, flat: Flat) -> tuple[Flat, Flat, Flat]:
        one, two = self.of_x.parameters, self.of_x.parameters + self.of_t.parameters
        return flat[:, :one], flat[:, one:two], flat[:, two:]

    def draw(self, restarts: int, rng: np.random.Generator) -> Flat:
        """Draw all; the last layer is silent."""
        halves = [net.draw(restarts, rng, silent=False) for net in (self.of_x, self.of_t)]
        return torch.cat([*halves, self.rest.draw(restarts, rng, silent=True)], dim=1)

    def scores(self, flat: Flat, index: Index) -> tuple[Scores, Any]:
        """Add the halves for all pairs, and pass these through the rest."""
        of_x, of_t, rest = self._parts(flat)
        a, b = self.of_x.forward(of_x, self.x[index]), self.of_t.forward(of_t, self.t[index])
        pairs = (a[-1][:, :, None] + b[-1][:, None]).tanh_()
        activity = self.rest.forward(rest, pairs.flatten(1, 2))
        restarts, rows = index.shape
        return activity[-1].view(restarts, rows, rows), (a, b, activity)

    def backward(self, flat: Flat, gradient: Flat, kept: Any, pull: Scores) -> None:
        """Through the rest; a row's half of the first layer gets the sum over its pairs."""
        a, b, activity = kept
        (of_x, of_t, rest), slots = self._parts(flat), self._parts(gradient)
        restarts, rows = pull.shape[:2]
        below = self.rest.backward(rest, slots[2], activity, pull.reshape(restarts, rows * rows, 1))
        slope = activity[0].square().neg_().add_(1.0)  # of tanh
        pairs = torch.bmm(below, self.rest.first_weights(rest).mT).mul_(slope).view(restarts, rows, rows, -1)
        self.of_x.backward(of_x, slots[0], a, pairs.sum(dim=2))
        self.of_t.backward(of_t, slots[1], b, pairs.sum(dim=1))


@final
@dataclass(frozen=True)
class OfClasses(Critic):
    """s(t, y) = net(t)[y]: candidates are all classes, each with its share of the probe."""

    t: Float32[torch.Tensor, "samples units"]
    classes: Int64[torch.Tensor, " samples"]
    net: Network

    @property
    def parameters(self) -> int:
        """Those of the net."""
        return self.net.parameters

    def draw(self, restarts: int, rng: np.random.Generator) -> Flat:
        """Draw the net, silent."""
        return self.net.draw(restarts, rng, silent=True)

    def scores(self, flat: Flat, index: Index) -> tuple[Scores, Any]:
        """One output a class."""
        activity = self.net.forward(flat, self.t[index])
        return activity[-1], activity

    def backward(self, flat: Flat, gradient: Flat, kept: Any, pull: Scores) -> None:
        """Through the net."""
        self.net.backward(flat, gradient, kept, pull)

    def partners(self, index: Index) -> Int64[torch.Tensor, "restarts rows 1"]:
        """The class of each row."""
        return self.classes[index][:, :, None]

    def log_shares(self, batch: int, *, with_partner: bool) -> Float32[torch.Tensor, "... others"]:
        """Shares of the classes in the probe; under the product law any of them may come."""
        counts: Shaped[torch.Tensor, " others"] = torch.bincount(self.classes.cpu()).double()
        return (counts / counts.sum()).log().float()
