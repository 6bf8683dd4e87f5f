"""Truths of the estimators that count codes, neighbours or kernels of means; see `tests/truths.py`."""

import math

import numpy as np

from ibspec.estimators import Exact, Fixed, Ksg, Renyi, SamplePropagation
from tests.truths import IDENTITY, Truth

ALL: tuple[Truth, ...] = (
    Truth(
        name="alternating-bits",
        law="four codes, even; the label is the lower bit",
        estimator=Exact(),
        t=np.arange(8) % 4,
        exact={"i_xt": 2.0, "i_ty": 1.0, "h_t": 2.0},
        y=np.arange(8) % 2,
        tolerance=IDENTITY,
    ),
    Truth(
        name="far-means",
        law="eight means 10,000 sigmas apart: noise confuses none",
        estimator=SamplePropagation(sigma=1.0),
        t=np.arange(8.0)[:, None] * 1e4,
        exact={"i_xt": 3.0, "i_ty": 1.0},
        y=np.arange(8) % 2,
    ),
    Truth(
        name="far-clusters",
        law="two far clusters of nine rows and one: -log2 of the sum of squares",
        estimator=Renyi(alpha=2.0, width=Fixed(sigma=1.0)),
        t=np.repeat([0.0, 1e3], [9, 1])[:, None],
        exact={"i_ty": -math.log2(0.82)},
        y=np.repeat([0, 1], [9, 1]),
    ),
    Truth(
        name="copy-at-the-ceiling",
        law="T = Y, real, six rows: every count is k, so psi(6) - psi(3) = 1/3 + 1/4 + 1/5 nats",
        estimator=Ksg(),
        t=(2.0 ** np.arange(6) - 1)[:, None],
        exact={"i_ty": 47 / 60 / math.log(2)},
        y=2.0 ** np.arange(6) - 1,
        tolerance=IDENTITY,
    ),
)
