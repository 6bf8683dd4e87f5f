"""Made-up channels and activities with the shape of real ones."""

import numpy as np
import pandas as pd

from ibspec.results import Activities
from tests.figures.examples import measurements


def channel_measurements(
    channels: dict[str, int] | None = None, *, epochs: tuple[int, ...] = (0, 1, 3), replicas: int = 1
) -> pd.DataFrame:
    """Channels that lie side by side, behind them a dense layer without any."""
    counts = channels or {"conv1": 3, "conv2": 5}
    whole = measurements(layers=(*counts, "output"), epochs=epochs, replicas=replicas, view="channels")
    parts = []
    for layer, count in counts.items():
        for channel in range(count):
            mine = whole[whole["layer"] == layer]
            share = (channel + 1) / count
            parts.append(mine.assign(channel=channel, i_xt=mine["i_xt"] * share, i_ty=mine["i_ty"] * share))
    rest = whole[whole["layer"] == "output"].assign(view="whole")
    table = pd.concat([*parts, rest], ignore_index=True)
    return table.astype({"channel": "Int64"})


def activities() -> Activities:
    """A small net of convolutions and dense layers, for a picture of a ring."""
    rng = np.random.default_rng(6)
    shapes: dict[str, tuple[int, ...]] = {
        "conv1": (40, 6, 6),
        "pool": (4, 3, 3),
        "dense1": (70,),
        "output": (3,),
    }
    before, after = ({name: rng.random(shape) for name, shape in shapes.items()} for _ in range(2))
    y, x = np.mgrid[:8, :8] - 3.5
    return Activities(
        before, after, first=0, last=12, input=np.exp(-((x**2 + y**2 - 6) ** 2) / 40)[None], row=17, label="3"
    )
