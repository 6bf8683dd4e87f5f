"""Which device a run uses."""

import re

import torch

from ibspec.core import DeviceError


def choose_device(name: str) -> torch.device:
    """Return the device of that name: `auto`, `cpu`, `cuda` or `cuda:N`; never another one silently.

    Raises:
        DeviceError: The device is not on this machine, or the name is none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    match = re.fullmatch(r"cpu|cuda(?::([0-9]{1,4}))?", name)
    if match is None:
        raise DeviceError(f"--device wants auto, cpu, cuda or cuda:N; got '{name}'")
    if name != "cpu":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(match[1] or 0) >= count:
            raise DeviceError(
                f"--device {name}: this machine offers torch {count or 'no'} CUDA device"
                f"{'' if count == 1 else 's'}. Use --device cpu, or install a CUDA build of torch"
            )
    return torch.device(name)
