"""What the variational estimators share: critics, their training, and values on rows held out."""

from ibspec.estimators.variational.architecture import Architecture, Joint, Separable
from ibspec.estimators.variational.objectives import DonskerVaradhan, Objective, OneAmongMany, ShiftedRatio
from ibspec.estimators.variational.variational import Variational

__all__ = [
    "Architecture",
    "DonskerVaradhan",
    "Joint",
    "Objective",
    "OneAmongMany",
    "Separable",
    "ShiftedRatio",
    "Variational",
]
