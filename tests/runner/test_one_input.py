"""The activity of one input before and after training, as a run keeps it for its figure."""

import numpy as np
import torch

from ibspec.runner import prepare
from tests.runner.tiny import run_tiny, tiny


def test_a_run_keeps_it_where_the_figure_is_asked_for(tmp_path):
    """Against the nets themselves: the untrained one, and the one with the weights of the end."""
    found = run_tiny(tmp_path, 'figures=["activations"]')
    prepared, shown = prepare(tiny(), device="cpu"), found.activities
    net, x = prepared.build_net(0), torch.from_numpy(prepared.probe.x[:1])
    assert (shown.first, shown.last, shown.row) == (0, 3, 0)
    assert shown.label == str(prepared.probe.y[0])
    assert (shown.input == prepared.probe.x[0]).all()
    with torch.no_grad():
        for values, weights in ((shown.before, None), (shown.after, found.final_weights[0])):
            if weights is not None:
                net.load_state_dict(weights)
            assert list(values) == ["dense1", "dense2", "output"]
            wanted = torch.softmax(net.logits(x), 1)[0].numpy()
            # Alone or among others, a row's products may be added in another order: float32.
            assert np.allclose(values["output"], wanted, atol=1e-6)
    assert not np.allclose(shown.before["dense1"], shown.after["dense1"], atol=1e-3)


def test_other_runs_keep_none(finished):
    assert finished.activities is None
    assert "activations.safetensors" not in finished.manifest["files"]
