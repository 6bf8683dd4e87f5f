"""Entropy of densities: how it differs from entropy of symbols."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import integrate, stats

QUADRATURE = 1e-9
"""Bits: adaptive quadrature of smooth densities, asked for 1e-12."""


def density_entropy(density, low: float, high: float) -> float:
    """Integrate -f log2 f over [low, high], by quadrature."""

    def integrand(x):
        f = density(x)
        return -f * np.log2(f) if f > 0 else 0.0

    return integrate.quad(integrand, low, high, epsabs=1e-12, epsrel=1e-12, limit=200)[0]


@pytest.mark.claim(
    "entropy.differential",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.2.2",
    says="Differential entropy may be negative: h is log₂ w for the uniform law on [0, w] and "
    "log₂(2πe s²) / 2 for a normal law of variance s².",
)
def test_closed_forms(evidence):
    """Quadrature against closed forms; the chain rule for a bivariate normal; none for a singular law."""

    @given(width=st.floats(0.05, 20.0), deviation=st.floats(0.05, 20.0), rho=st.floats(-0.95, 0.95))
    def search(width, deviation, rho):
        evidence.case(width=width, deviation=deviation, rho=rho)
        uniform = density_entropy(lambda x: 1.0 / width, 0.0, width)
        evidence.equal(uniform, np.log2(width), within=QUADRATURE, what="uniform")
        # Beyond 12 standard deviations the density is below 1e-31.
        normal = density_entropy(stats.norm(scale=deviation).pdf, -12 * deviation, 12 * deviation)
        closed = gaussian_entropy(deviation**2)
        target(evidence.equal(normal, closed, within=QUADRATURE, what="normal"))
        joint = np.log2(2 * np.pi * np.e) + np.log2(deviation**2 * (1 - rho**2)) / 2
        given_first = gaussian_entropy(1 - rho**2)  # of the unit normal second variable
        evidence.equal(closed + given_first, joint, within=QUADRATURE, what="chain rule")
        # As the second variable becomes a function of the first, h(Y|X) leaves every bound.
        evidence.at_most(gaussian_entropy(1e-30), -47.0, what="nearly singular")

    search()
    evidence.equal(
        density_entropy(lambda x: 2.0, 0.0, 0.5), -1.0, within=QUADRATURE, what="uniform on [0, 1/2]"
    )
    evidence.equal(gaussian_entropy(1.0), 2.047095585, within=1e-9, what="standard normal")  # nine places
    evidence.equal(gaussian_entropy(0.0585498315), 0.0, within=1e-8, what="h = 0")  # variance to ten places
    evidence.number(**{"h of U[0, 1/2]": -1.0, "h of N(0, 1)": gaussian_entropy(1.0)})


def gaussian_entropy(variance: float) -> float:
    """log2(2 pi e s2) / 2."""
    return float(np.log2(2 * np.pi * np.e * variance) / 2)
