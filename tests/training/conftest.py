"""Training of tiny nets: waiting for a second thread takes longer than the step itself."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _one_thread(threads: None) -> None:
    torch.set_num_threads(1)
