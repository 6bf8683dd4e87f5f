"""Sums of Gaussian kernels over all pairs of rows."""

from ibspec.estimators.pairwise.stripes import memory
from ibspec.estimators.pairwise.sums import KernelSums, kernel_sums

__all__ = ["KernelSums", "kernel_sums", "memory"]
