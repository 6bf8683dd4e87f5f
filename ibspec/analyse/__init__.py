"""The events of a run: phases of layers, kink of the loss, drop of the SNR, and whether they go together."""

from ibspec.analyse.finding import Finding
from ibspec.analyse.layer import Absence, LayerAnalysis
from ibspec.analyse.net import SnrAnalysis
from ibspec.analyse.run_analysis import EstimatorAnalysis, RunAnalysis, analyse_run
from ibspec.analyse.stored import is_current, read_analysis, write_analysis
from ibspec.analyse.together import Together
from ibspec.analyse.words import Sheet, Words, in_words

__all__ = [
    "Absence",
    "EstimatorAnalysis",
    "Finding",
    "LayerAnalysis",
    "RunAnalysis",
    "Sheet",
    "SnrAnalysis",
    "Together",
    "Words",
    "analyse_run",
    "in_words",
    "is_current",
    "read_analysis",
    "write_analysis",
]
