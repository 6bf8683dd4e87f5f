"""A state comes back bit for bit, whatever it holds."""

import re
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibspec.results import Checkpoints, pack, unpack

DTYPES = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
)


def same(a: Any, b: Any) -> bool:
    """Equal in type and in every bit, NaN and the sign of zero too."""
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and bits(a) == bits(b)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(k, m) and same(a[k], b[m]) for k, m in zip(a, b, strict=True))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return bool(struct.pack("d", a) == struct.pack("d", b)) or (a != a and b != b)
    return bool(a == b)


def bits(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())


def there_and_back(state: Any, directory: Path) -> Any:
    """Through files, as a run does it."""
    checkpoints = Checkpoints(directory / "checkpoints")
    checkpoints.write({}, state)
    found = checkpoints.newest()
    assert found is not None
    checkpoints.remove()
    return found[1]


STATE: dict[str, Any] = {
    "generator": np.random.PCG64DXSM(np.random.SeedSequence(7)).state,  # integers of 128 bits
    "mersenne": np.random.MT19937(7).state,  # an array of uint32
    "philox": np.random.Philox(7).state,  # arrays of uint64
    "torch": torch.Generator().manual_seed(7).get_state(),
    "odd": [float("nan"), float("inf"), -float("inf"), -0.0, 5e-324, 0.1 + 0.2, 2**200, -(2**63) - 1],
    "counts": {0: 1, 12: [3, None], (1, 2): "pair", True: False, 1.5: {}},
    "$tensor": {"$float": "no float", "$items": [], "$tuple": ()},
    "tuple": (1, (2.5, "x"), []),
    "empty": [{}, [], (), "", torch.empty(0, 3), np.empty((2, 0))],
    "scalars": [torch.tensor(1.5), torch.tensor(True), np.array(3), torch.tensor(float("nan"))],
    "text": "Größe π \udcff \0",
}


def test_round_trip_of_all_that_a_run_remembers(tmp_path: Path) -> None:
    assert same(there_and_back(STATE, tmp_path), STATE)
    assert not same(STATE, STATE | {"tuple": [1, (2.5, "x"), []]})  # the comparison can tell
    assert not same({"a": 0.0}, {"a": -0.0})


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 2), (2, 0, 3)])
def test_every_type_of_tensor(tmp_path: Path, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    tensor = (torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 3).to(dtype)
    assert same(there_and_back([tensor], tmp_path), [tensor])


@pytest.mark.parametrize("name", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"])
def test_every_type_of_array(tmp_path: Path, name: str) -> None:
    array = np.array([[0, 1], [-1, 100]]).astype(np.dtype(name))
    found = there_and_back([array, array[:, 1]], tmp_path)
    assert same(found, [array, np.ascontiguousarray(array[:, 1])])
    found[0][0, 0] = 1  # whoever gets it may go on with it


def test_views_parameters_and_tensors_that_are_one(tmp_path: Path) -> None:
    base = torch.arange(12.0).reshape(3, 4)
    parameter = torch.nn.Parameter(base.clone())
    state = [base, base[1], base.T, base.expand(2, 3, 4), base, parameter]
    found = there_and_back(state, tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(found, state, strict=True))
    assert type(found[-1]) is torch.Tensor


def test_packing_copies(tmp_path: Path) -> None:
    """Training goes on in place, perhaps before all is written."""
    weights = torch.zeros(3)
    packed, tensors = pack([weights])
    weights += 1
    assert unpack(packed, tensors)[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 1j, np.int64(3)])
def test_what_is_no_state(value: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"got {type(value)}")):
        pack({"a": [value]})


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**130), 2**130)
    | st.floats()
    | st.text(max_size=5)
    | st.builds(lambda n: torch.arange(float(n)), st.integers(0, 3)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(
            st.text(max_size=3) | st.integers() | st.sampled_from(["$tensor", "$array", "$tuple", "$items"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(VALUES)
def test_any_state(value: Any) -> None:
    packed, tensors = pack(value)
    assert same(unpack(packed, tensors), value)
