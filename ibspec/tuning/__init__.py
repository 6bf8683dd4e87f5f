"""What is decided before measuring: the variance of the noise, and how many samples."""

from ibspec.tuning.labels import Bound, LabelCriterion, Quantity, Representation, Unit, label_rows
from ibspec.tuning.layer_share import LayerShare, tune_to_share
from ibspec.tuning.nets import activity_of, choose_layer, net_of, train_net
from ibspec.tuning.probing import Swept, sizes_up_to, sweep
from ibspec.tuning.roots import NoRootError, Root, find_roots
from ibspec.tuning.sample_size import Growth, grow

__all__ = [
    "Bound",
    "Growth",
    "LabelCriterion",
    "LayerShare",
    "NoRootError",
    "Quantity",
    "Representation",
    "Root",
    "Swept",
    "Unit",
    "activity_of",
    "choose_layer",
    "find_roots",
    "grow",
    "label_rows",
    "net_of",
    "sizes_up_to",
    "sweep",
    "train_net",
    "tune_to_share",
]
