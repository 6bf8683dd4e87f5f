"""Inputs and first weights are the same in every test."""

import pytest
import torch

from tests.activity import examples


@pytest.fixture
def x() -> torch.Tensor:
    return examples.rows()


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(7)
