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

from ibspec.core import DataError, ShapeError, group_rows
from ibspec.data import (
    AnyData,
    Boolean,
    Data,
    Dataset,
    Digits,
    FashionMnist,
    GaussianMixture,
    LinearTeacher,
    Mnist,
    NotMnist,
    Places,
    Stochastic,
    SymmetricBits,
    SymmetricChannel,
)

FABRICATED = [
    Boolean(relevant=3, irrelevant=2, rule="majority"),
    Boolean(relevant=3, irrelevant=2, rule=[0, 1, 1, 0, 1, 0, 0, 1], flip=0.1, hidden=True, samples=500),
    Boolean(relevant=6, irrelevant=2, rule="mux", shadow=0.1, samples=500, seed=1),
    GaussianMixture(relevant=2, irrelevant=3, distance=1.0, samples=500),
    GaussianMixture(relevant=2, irrelevant=3, distance=1.0, samples=500, hidden=True),
    LinearTeacher(relevant=2, irrelevant=3, label_noise=0.5, samples=500),
    LinearTeacher(relevant=2, weights=[1.0, 2.0], label_noise=0.5, samples=500, hidden=True),
    SymmetricChannel(classes=4, channels=2, flip=0.1, nuisance=3, samples=500),
]
MEMBERS = [
    SymmetricBits(),
    SymmetricBits(stochastic=Stochastic(gain=10)),
    Digits(),
    Mnist(subset="first-500-per-class"),
    *FABRICATED,
]
FROM_FILES = [Mnist(), FashionMnist(), NotMnist()]
"""Their contract is checked on made-up files and on their own, where there are any."""

ANY_DATA: TypeAdapter[Data] = TypeAdapter(AnyData)

WRONG = (ShapeError, TypeCheckError)
"""Where the tests check the annotations at every call, those speak first."""


def small(samples: int = 8, **changes) -> Dataset:
    known = Dataset(
        name="small",
        x=np.arange(2 * samples, dtype=np.float32).reshape(samples, 2),
        y=np.arange(samples) % 2,
        class_count=2,
        source="made up",
        sha256={},
        train_fraction=0.5,
    )
    return replace(known, **changes)


def test_every_kind_is_here():
    kinds = {data.kind for data in [*MEMBERS, *FROM_FILES]}
    assert kinds == set(ANY_DATA.json_schema()["discriminator"]["mapping"])


@pytest.mark.parametrize("data", MEMBERS, ids=lambda data: data.kind)
def test_every_member_keeps_the_contract(data):
    keeps_the_contract(data, data.load(Places()))


def test_fashion_mnist_keeps_the_contract(small_fashion, tmp_path):
    for made in small_fashion:
        made.write(tmp_path)
    keeps_the_contract(FashionMnist(), FashionMnist().load(Places(tmp_path)))


def test_notmnist_keeps_the_contract(real_notmnist):
    keeps_the_contract(NotMnist(), NotMnist().load(Places(real_notmnist)))


def keeps_the_contract(data: Data, loaded: Dataset) -> None:
    assert loaded.x.dtype == np.float32
    assert loaded.x.flags.writeable  # torch.from_numpy warns otherwise
    assert loaded.y.flags.writeable
    assert np.isfinite(loaded.x).all()
    is_gaussian = isinstance(data, GaussianMixture | LinearTeacher)
    assert is_gaussian or 0 <= loaded.x.min() < loaded.x.max() <= 1
    assert loaded.name.startswith(data.kind)
    assert loaded.source
    assert loaded.sha256
    assert all(len(digest) == 64 for digest in loaded.sha256.values())
    if loaded.class_count is None:
        assert loaded.y.dtype == np.float64
        assert loaded.h_y is loaded.i_xy is None
    else:
        assert loaded.y.dtype == np.int64
        assert np.unique(loaded.y).tolist() == list(range(loaded.classes))
        assert loaded.h_y >= loaded.i_xy > 0
    assert loaded.has_fixed_split == (loaded.train_fraction is None)
    split = loaded.split(np.random.default_rng(0))
    assert sorted([*split.train, *split.test]) == list(range(loaded.samples))


@pytest.mark.parametrize("data", [*MEMBERS, *FROM_FILES], ids=lambda data: data.kind)
def test_every_member_survives_json(data):
    assert ANY_DATA.validate_json(data.model_dump_json()) == data


@pytest.mark.parametrize("data", [*MEMBERS, *FROM_FILES], ids=lambda data: data.kind)
def test_every_member_is_frozen_and_hashable(data):
    with pytest.raises(ValidationError, match="frozen"):
        data.kind = "another"
    assert len({data, data.model_copy()}) == 1


# Fabricated sets


@pytest.mark.parametrize("data", FABRICATED, ids=lambda data: data.kind)
def test_every_fabricated_member_knows_the_truth(data):
    loaded = data.load(Places())
    truth = loaded.truth
    assert {"i_xy", "i_relevant_y", "i_irrelevant_y", "i_irrelevant_y_given_relevant"} <= truth.keys()
    assert {"h_x", "differential_h_x"} & truth.keys()
    assert truth["i_xy"] == truth["i_relevant_y"] + truth["i_irrelevant_y_given_relevant"]
    assert truth["i_irrelevant_y_given_relevant"] == 0
    assert 0 <= truth["i_irrelevant_y"] < truth["i_xy"]
    if loaded.class_count is not None:
        assert truth["i_xy"] <= truth["h_y"] <= np.log2(loaded.classes) + 1e-12


@pytest.mark.parametrize("data", FABRICATED, ids=lambda data: data.kind)
def test_every_fabricated_member_has_its_parts(data):
    loaded = data.load(Places())
    parts = np.concatenate([loaded.relevant, loaded.irrelevant], axis=1)
    assert parts.shape == loaded.x.shape
    hides = getattr(data, "hidden", False)
    assert hides == (loaded.mixing is not None)
    assert np.array_equal(parts, loaded.x) != hides
    assert np.array_equal(loaded.relevant_ids, group_rows(loaded.relevant))
    assert np.array_equal(loaded.irrelevant_ids, group_rows(loaded.irrelevant))


@pytest.mark.parametrize("data", FABRICATED, ids=lambda data: data.kind)
def test_every_fabricated_member_is_drawn_from_its_seed(data):
    first, again = data.load(Places()), data.load(Places())
    other = data.model_copy(update={"seed": data.seed + 1}).load(Places())
    assert first.sha256 == again.sha256
    assert np.array_equal(first.x, again.x)
    assert np.array_equal(first.y, again.y)
    is_drawn = getattr(data, "samples", None) is not None
    assert (first.sha256 != other.sha256) == is_drawn


def test_parts_are_not_known_of_other_data():
    loaded = SymmetricBits().load(Places())
    assert loaded.relevant_ids is loaded.irrelevant_ids is loaded.mixing is None


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
        ({"class_count": None}, ShapeError, "y float64; got float32 and int64"),
        ({"y": np.zeros(8)}, ShapeError, "y int64; got float32 and float64"),
        ({"y": np.full(8, np.inf), "class_count": None}, DataError, "small: labels must be finite numbers"),
        ({"relevant": np.zeros((7, 1), np.float32)}, WRONG, r"must be \(8, columns\); got \(7, 1\)"),
        ({"irrelevant": np.zeros(8, np.float32)}, WRONG, r"must be \(8, columns\); got \(8,\)"),
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
