"""The device asked for, or an error; never another one."""

import re

import pytest
import torch

from ibspec.core import DeviceError
from ibspec.runner.device import choose_device


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:7"])
def test_without_a_gpu_cuda_is_refused(name):
    message = (
        f"--device {name}: this machine offers torch no CUDA devices. Use --device cpu, or install a CUDA "
        "build of torch"
    )
    with pytest.raises(DeviceError, match=f"^{re.escape(message)}$"):
        choose_device(name)


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_auto_is_the_processor():
    assert choose_device("auto") == choose_device("cpu") == torch.device("cpu")


@pytest.mark.usefixtures("two_gpus")
def test_with_gpus():
    assert choose_device("auto").type == "cuda"
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    assert choose_device("cpu") == torch.device("cpu")
    with pytest.raises(DeviceError, match="--device cuda:2: this machine offers torch 2 CUDA devices"):
        choose_device("cuda:2")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gpu",
        "CUDA",
        "cuda:",
        "cuda:x",
        "cuda:-1",
        "cuda:0:0",
        "cuda:99999999999999999999",
        "cpu:0",
        " cpu",
        "mps",
    ],
)
def test_other_names_are_refused(name):
    with pytest.raises(
        DeviceError, match=f"^{re.escape(f'--device wants auto, cpu, cuda or cuda:N; got {name!r}')}$"
    ):
        choose_device(name)
