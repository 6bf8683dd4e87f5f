"""Estimators of I(X;T) and I(T;Y), one a file."""

from typing import Annotated

from pydantic import Field

from ibspec.estimators.adaptive_kde import AdaptiveKde
from ibspec.estimators.as_if_random import AsIfRandom
from ibspec.estimators.binning import Binning
from ibspec.estimators.cells import Cells, Range, Width
from ibspec.estimators.edge import Edge
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.exact import Exact
from ibspec.estimators.gaussian import Gaussian
from ibspec.estimators.gaussian_copula import GaussianCopula
from ibspec.estimators.info_nce import InfoNce
from ibspec.estimators.kde import Kde
from ibspec.estimators.kernel_widths import Fixed, KernelWidth, Tapia, WickstromKernel, Yu
from ibspec.estimators.kozachenko_leonenko import KozachenkoLeonenko
from ibspec.estimators.ksg import Ksg
from ibspec.estimators.lnn import Lnn
from ibspec.estimators.local_gaussian import LocalGaussian
from ibspec.estimators.mine import Mine
from ibspec.estimators.nwj import Nwj
from ibspec.estimators.quantiles import Edges, Quantiles
from ibspec.estimators.renyi import Renyi
from ibspec.estimators.sample_propagation import SamplePropagation
from ibspec.estimators.session import Dated, Reach, Session
from ibspec.estimators.variational import Joint, Separable

AnyEstimator = Annotated[
    Kde
    | Binning
    | AdaptiveKde
    | Exact
    | SamplePropagation
    | Ksg
    | KozachenkoLeonenko
    | Lnn
    | Gaussian
    | GaussianCopula
    | LocalGaussian
    | Renyi
    | Edge
    | InfoNce
    | Nwj
    | Mine
    | AsIfRandom,
    Field(discriminator="kind"),
]
"""The estimators that a spec can name, told apart by `kind`."""

__all__ = [
    "AdaptiveKde",
    "AnyEstimator",
    "AsIfRandom",
    "Binning",
    "Cells",
    "Dated",
    "Edge",
    "Edges",
    "Estimator",
    "Exact",
    "Fixed",
    "Gaussian",
    "GaussianCopula",
    "InfoNce",
    "Joint",
    "Kde",
    "KernelWidth",
    "KozachenkoLeonenko",
    "Ksg",
    "Lnn",
    "LocalGaussian",
    "Mine",
    "Nwj",
    "Quantiles",
    "Range",
    "Reach",
    "Renyi",
    "SamplePropagation",
    "Separable",
    "Session",
    "Tapia",
    "WickstromKernel",
    "Width",
    "Yu",
]
