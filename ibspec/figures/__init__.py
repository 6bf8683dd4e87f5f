"""Figures of a run: information planes, curves against the epoch, bounds, losses, schedules; PNG and SVG."""

from ibspec.figures.before_after import before_after
from ibspec.figures.bounds import bounds_vs_epoch
from ibspec.figures.draw import FIGURES, draw, draw_all
from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.information import information_vs_epoch
from ibspec.figures.loss import loss
from ibspec.figures.plane import plane
from ibspec.figures.render import render
from ibspec.figures.schedule import schedule
from ibspec.figures.tables import Run, Tables

__all__ = [
    "FIGURES",
    "Blank",
    "Drawing",
    "Run",
    "Tables",
    "before_after",
    "bounds_vs_epoch",
    "draw",
    "draw_all",
    "information_vs_epoch",
    "loss",
    "plane",
    "render",
    "schedule",
]
