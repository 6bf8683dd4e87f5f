"""Figures of a run: planes, curves against the epoch, losses, gradients, schedules; PNG, SVG and GIF."""

from ibspec.figures.activations import activations
from ibspec.figures.animation import animation
from ibspec.figures.before_after import before_after
from ibspec.figures.bounds import bounds_vs_epoch
from ibspec.figures.channels import channels
from ibspec.figures.draw import FIGURES, draw, draw_all, draw_together
from ibspec.figures.drawing import Blank, Drawing, Film
from ibspec.figures.gradients import gradients
from ibspec.figures.hypothesis import hypothesis
from ibspec.figures.information import information_vs_epoch
from ibspec.figures.information_rate import information_rate
from ibspec.figures.loss import loss
from ibspec.figures.loss_rate import loss_rate
from ibspec.figures.mean_plane import mean_plane
from ibspec.figures.plane import plane
from ibspec.figures.render import render
from ibspec.figures.schedule import schedule
from ibspec.figures.sensitivity import sensitivity
from ibspec.figures.side_by_side import compare_planes, side_by_side
from ibspec.figures.tables import Run, Tables

__all__ = [
    "FIGURES",
    "Blank",
    "Drawing",
    "Film",
    "Run",
    "Tables",
    "activations",
    "animation",
    "before_after",
    "bounds_vs_epoch",
    "channels",
    "compare_planes",
    "draw",
    "draw_all",
    "draw_together",
    "gradients",
    "hypothesis",
    "information_rate",
    "information_vs_epoch",
    "loss",
    "loss_rate",
    "mean_plane",
    "plane",
    "render",
    "schedule",
    "sensitivity",
    "side_by_side",
]
