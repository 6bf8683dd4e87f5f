"""Splits and facts of any data set, and what every member of the union has in common."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from pydantic import TypeAdapter, ValidationError

from ibspec.core import DataError, ShapeError
from ibspec.data import AnyData, Data, Dataset, Digits, Mnist, Places, SymmetricBits

MEMBERS = [SymmetricBits(), Digits(), Mnist(subset="first-500-per-class")]
ANY_DATA: TypeAdapter[Data] = TypeAdapter(AnyData)

WRONG = (ShapeError, TypeCheckError)
"""Where the tests check the annotations at every call, those speak first."""


def small(samples: int = 8, **changes) -> Dataset:
    known = Dataset(
        name="small",
        x=np.arange(2 * samples, dtype=np.float32).reshape(samples, 2),
        y=np.arange(samples) % 2,
        classes=2,
        source="made up",
        sha256={},
        train_fraction=0.5,
    )
    return replace(known, **changes)


@pytest.mark.parametrize("data", MEMBERS, ids=lambda data: data.kind)
def test_every_member_keeps_the_contract(data):
    loaded = data.load(Places())
    assert loaded.x.dtype == np.float32
    assert loaded.y.dtype == np.int64
    assert np.unique(loaded.y).tolist() == list(range(loaded.classes))
    assert loaded.x.flags.writeable  # torch.from_numpy warns otherwise
    assert 0 <= loaded.x.min() < loaded.x.max() <= 1
    assert loaded.name.startswith(data.kind)
    assert loaded.source
    assert all(len(digest) == 64 for digest in loaded.sha256.values())
    assert loaded.h_y >= loaded.i_xy > 0
    assert loaded.has_fixed_split == (loaded.train_fraction is None)
    split = loaded.split(np.random.default_rng(0))
    assert sorted([*split.train, *split.test]) == list(range(loaded.samples))


@pytest.mark.parametrize("data", MEMBERS, ids=lambda data: data.kind)
def test_every_member_survives_json(data):
    assert ANY_DATA.validate_json(data.model_dump_json()) == data


@pytest.mark.parametrize("kind", ["symmetric-bits", "digits"])
@pytest.mark.parametrize("fraction", ["0", "1", "-0.1", "1.5", '"0.8"', "true", "NaN"])
def test_train_fraction_is_a_number_between_0_and_1(kind, fraction):
    with pytest.raises(ValidationError, match="train_fraction"):
        ANY_DATA.validate_json(f'{{"kind": "{kind}", "train_fraction": {fraction}}}')


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('{"kind": "mnist", "train_fraction": 0.8}', "train_fraction"),
        ('{"kind": "mnist", "subset": "first-100-per-class"}', "first-500-per-class"),
        ('{"kind": "mnist", "data_dir": ""}', "data_dir"),
        ('{"kind": "mnist", "data_dir": 3}', "data_dir"),
        ('{"kind": "digits", "subset": "all"}', "subset"),
        ('{"kind": "emnist"}', "emnist"),
    ],
)
def test_what_no_member_takes_is_refused(written, problem):
    with pytest.raises(ValidationError, match=problem):
        ANY_DATA.validate_json(written)


@given(
    samples=st.integers(2, 300),
    fraction=st.floats(0, 1, exclude_min=True, exclude_max=True),
    seed=st.integers(0, 2**63),
)
def test_random_split_is_disjoint_and_covers(samples, fraction, seed):
    data = small(samples, train_fraction=fraction)
    train = round(fraction * samples)
    if train in (0, samples):
        with pytest.raises(DataError, match=f"train_fraction={fraction} of the {samples} rows"):
            data.split(np.random.default_rng(seed))
        return
    split = data.split(np.random.default_rng(seed))
    assert (len(split.train), len(split.test)) == (train, samples - train)
    assert np.array_equal(np.sort(np.concatenate([split.train, split.test])), np.arange(samples))


@pytest.mark.parametrize(("fraction", "train"), [(0.8, 3277), (0.5, 2048), (0.85, 3482)])
def test_split_sizes_of_the_twelve_bit_task(fraction, train):
    split = SymmetricBits(train_fraction=fraction).load(Places()).split(np.random.default_rng(0))
    assert (len(split.train), len(split.test)) == (train, 4096 - train)


def test_split_depends_on_the_generator_alone():
    data = small(100)
    first, again, other = (data.split(np.random.default_rng(seed)).train for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_fixed_split_draws_nothing():
    data = small(train=np.array([0, 3]), test=np.array([1]), train_fraction=None)
    rng = np.random.default_rng(5)
    assert data.has_fixed_split
    assert data.split(rng).train.tolist() == [0, 3]
    assert data.split(rng).test.tolist() == [1]
    assert rng.random() == np.random.default_rng(5).random()


def test_facts_of_rows_that_repeat():
    """Inputs a, a, b, b with labels 0, 1, 1, 1: H(X) = 1, I(X;Y) = H(1/4) - 1/2."""
    x = np.array([[0], [0], [1], [1]], dtype=np.float32)
    data = small(4, x=x, y=np.array([0, 1, 1, 1]))
    h_y = 2 - 0.75 * np.log2(3)
    assert data.h_x == pytest.approx(1)
    assert data.h_y == pytest.approx(h_y)
    assert data.i_xy == pytest.approx(h_y - 0.5)


@pytest.mark.parametrize(
    ("changes", "error", "problem"),
    [
        ({"x": np.zeros((8, 2))}, WRONG, r"got float64 and int64|f64\[8,2\]"),
        ({"y": np.zeros(8, dtype=np.int32)}, WRONG, r"got float32 and int32|i32\[8\]"),
        ({"y": np.zeros(7, dtype=np.int64)}, WRONG, r"got \(8, 2\) and \(7,\)|i64\[7\]"),
        ({"x": np.zeros(8, dtype=np.float32)}, ShapeError, r"got \(8,\) and \(8,\)"),
        ({"y": np.full(8, 2)}, DataError, "labels must be 0 to 1 for 2 classes; got 2 to 2"),
        ({"y": np.full(8, -1)}, DataError, "got -1 to -1"),
        ({"train": np.array([1])}, DataError, "got train rows, no test rows, train_fraction=0.5"),
        ({"train_fraction": None}, DataError, "got no train rows, no test rows, train_fraction=None"),
        ({"train": np.array([1]), "test": np.array([1])}, ShapeError, "got 1 and 1"),
        ({"train": np.array([1, 8]), "test": np.array([2])}, ShapeError, "below 8 at most once.*got 2 and 1"),
        ({"train": np.array([1, 2]), "test": np.array([], dtype=np.int64)}, ShapeError, "got 2 and 0"),
    ],
)
def test_parts_that_do_not_belong_together(changes, error, problem):
    with pytest.raises(error, match=problem):
        small(**changes)


def test_importing_data_does_not_import_the_optional_packages():
    code = "import sys, ibspec.data; print(sorted({'sklearn', 'mlxtend', 'torchvision'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
