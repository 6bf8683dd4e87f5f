"""Which device a run uses."""

import torch

from ibspec.core import DeviceError


def choose_device(name: str) -> torch.device:
    """Return the device of that name: `auto`, `cpu`, `cuda` or `cuda:N`; never another one silently.

    Raises:
        DeviceError: The device is not on this machine, or the name is none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()) or (kind == "cpu" and number):
        raise DeviceError(f"--device wants auto, cpu, cuda or cuda:N; got '{name}'")
    if kind == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(number or 0) >= count:
            raise DeviceError(
                f"--device {name}: this machine offers torch {count or 'no'} CUDA device"
                f"{'' if count == 1 else 's'}. Use --device cpu, or install a CUDA build of torch"
            )
    return torch.device(name)
