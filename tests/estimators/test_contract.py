"""What every estimator of the union promises, whatever it computes."""

import inspect
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from jaxtyping import TypeCheckError
from pydantic import TypeAdapter, ValidationError

from ibspec.core import Activity, ActivityError, Estimate, Probe, SampleSizeError, ShapeError
from ibspec.estimators import AnyEstimator, Estimator
from tests.estimators import examples
from tests.estimators.examples import Example, kind_of, union_members
from tests.truths import columns

SPEC: TypeAdapter[Any] = TypeAdapter(AnyEstimator)

each = pytest.mark.parametrize("example", examples.ALL, ids=lambda e: e.estimator.label)

each_of_sample = pytest.mark.parametrize("example", examples.OF_SAMPLE, ids=lambda e: e.estimator.label)

ROWS = 300  # more than one tile of the kernel sums


def quarters(rows: int = ROWS, units: int = 3, seed: int = 0) -> np.ndarray:
    """Multiples of 1/4 in [-1.5, 1.5]: the same numbers in float16, float32 and float64, and in no example
    on an edge that one precision has and another lacks."""
    return np.random.default_rng(seed).integers(-6, 7, size=(rows, units)) / 4.0


def labels(rows: int = ROWS, classes: int = 3, seed: int = 1) -> np.ndarray:
    """Unbalanced classes 0, 1, 2, the last of a single row."""
    y = np.random.default_rng(seed).integers(0, classes - 1, size=rows) ** 2
    y[rows // 2] = classes - 1
    return y


def measure(example: Example, t: Any, probe: Probe) -> Estimate:
    return example.estimator.estimate(t, probe, rng=np.random.default_rng(5))


def fitting(example: Example, rows: int = ROWS) -> tuple[np.ndarray, Probe]:
    """Activity that the estimator takes, two units that depend on the inputs, and a probe with inputs."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 2))
    t = x + 0.5 * rng.normal(size=(rows, 2))
    whole = np.round(2 * t).astype(np.int64)
    return whole if example.whole else t, Probe(x=x, y=labels(rows))


def numbers(estimate: Estimate) -> dict[str, float]:
    return {name: v for name, v in columns(estimate).items() if isinstance(v, float)}


def assert_same(one: Estimate, other: Estimate, rounding: float) -> None:
    """Equal within rounding, with the same columns present and the same warnings."""
    assert numbers(one) == pytest.approx(numbers(other), abs=rounding, rel=0)
    assert one.warnings == other.warnings


# ---- the union ----------------------------------------------------------------------------------------


def test_every_kind_has_an_example() -> None:
    """To add an estimator: its name in the union, an entry of `examples.EXAMPLES`, a truth, a pin."""
    assert set(examples.EXAMPLES) == {kind_of(member) for member in union_members()}
    for kind, own in examples.EXAMPLES.items():
        assert own, f"no example of {kind}"
        assert {example.estimator.kind for example in own} == {kind}  # type: ignore[attr-defined]


@pytest.mark.parametrize("member", union_members())
def test_class_is_final_concrete_and_documented(member: type[Estimator]) -> None:
    assert getattr(member, "__final__", False), "say @final: to vary an estimator, wrap it"
    assert not inspect.isabstract(member)
    assert member.__doc__
    assert "Source:" in member.__doc__
    for name, parameter in member.model_fields.items():
        assert name == "kind" or parameter.is_required() or parameter.description, name


def test_labels_are_unique() -> None:
    """Rows of a table are told apart by the label, so it must hold every digit of every parameter."""
    seen: dict[str, Estimator] = {}
    for example in examples.ALL:
        dump = example.estimator.model_dump()
        for variant in (dump, *_nudged(dump)):
            try:
                estimator = SPEC.validate_python(variant)
            except ValidationError:
                assert variant != dump
                continue  # one step beyond what is allowed
            assert seen.setdefault(estimator.label, estimator) == estimator


def _leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    return [(path, value)]


def _replaced(value: dict[str, Any], path: tuple[str, ...], leaf: Any) -> dict[str, Any]:
    rest = path[1:]
    return value | {path[0]: _replaced(value[path[0]], rest, leaf) if rest else leaf}


def _numeric(dump: dict[str, Any]) -> list[tuple[tuple[str, ...], float]]:
    return [(path, v) for path, v in _leaves(dump) if isinstance(v, int | float) and not isinstance(v, bool)]


def _nudged(dump: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters with one number moved a little, one at a time."""
    step = 1e-7  # beyond the six digits of a plain `:g`, and still visible in float32 at 1
    return [
        _replaced(dump, path, v + 1 if isinstance(v, int) else v * (1 + step)) for path, v in _numeric(dump)
    ]


# ---- parameters ---------------------------------------------------------------------------------------


@each
def test_json_round_trip(example: Example) -> None:
    text = example.estimator.model_dump_json()
    again = SPEC.validate_json(text)
    assert again == example.estimator
    assert type(again) is type(example.estimator)
    assert again.model_dump_json() == text
    assert hash(again) == hash(example.estimator)


@each
def test_parameters_are_frozen(example: Example) -> None:
    for name in type(example.estimator).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(example.estimator, name, getattr(example.estimator, name))


@each
def test_unknown_keys_are_refused(example: Example) -> None:
    dump = example.estimator.model_dump()
    places = {path[:-1] for path, _ in _leaves(dump)}
    for place in places:
        with pytest.raises(ValidationError, match="nonsense"):
            SPEC.validate_python(_replaced(dump, (*place, "nonsense"), 1))


@each
def test_kind_is_needed_and_known(example: Example) -> None:
    dump = example.estimator.model_dump()
    with pytest.raises(ValidationError, match="kind"):
        SPEC.validate_python({name: value for name, value in dump.items() if name != "kind"})
    with pytest.raises(ValidationError, match="crystal-ball"):
        SPEC.validate_python(dump | {"kind": "crystal-ball"})


@each
@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "0.1", True, None, [0.1]], ids=repr)
def test_wrong_numbers_are_refused(example: Example, wrong: Any) -> None:
    """Nothing is guessed: text is no number, true is not 1, and no parameter may be NaN or infinite.

    Where a class writes its own `__init__`, the tests' type checks speak before Pydantic does.
    """
    dump = example.estimator.model_dump()
    for path, _ in _numeric(dump):
        with pytest.raises((ValidationError, TypeCheckError), match=path[-1]):
            SPEC.validate_python(_replaced(dump, path, wrong))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [pytest.param(*refused, id=str(refused[0])) for example in examples.ALL for refused in example.refused],
)
def test_impossible_parameters_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SPEC.validate_python(parameters)


def test_json_schema_names_every_kind() -> None:
    """Editors complete specs from it."""
    mapping = SPEC.json_schema()["discriminator"]["mapping"]
    assert set(mapping) == set(examples.EXAMPLES)


@each
def test_working_memory_grows(example: Example) -> None:
    estimator = example.estimator
    assert 0 < estimator.working_memory(100, 10) < estimator.working_memory(10_000, 10)
    assert estimator.working_memory(100, 10) < estimator.working_memory(100, 1000)


# ---- what is refused ----------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("shape", [(7, 3), (9, 3), (0, 3), (3, 8), ()], ids=str)
def test_wrong_number_of_rows_is_refused(example: Example, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=rf"each of the probe's 8 samples; got shape \({str(shape)[1:-1]}\)"):
        measure(example, np.zeros(shape), Probe(ids=np.arange(8)))


@each
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("bad", [(np.nan,), (np.inf,), (-np.inf,), (np.inf, -np.inf)], ids=str)
def test_values_that_are_not_finite_are_refused(example: Example, dtype: Any, bad: tuple[float, ...]) -> None:
    t = quarters().astype(dtype)
    t[123, : len(bad)] = bad
    with pytest.raises(
        ActivityError, match=rf"{len(bad)} of 900 activity values are not finite, .* row 123$"
    ):
        measure(example, t, Probe(ids=np.arange(ROWS)))


@each
def test_complex_activity_is_refused(example: Example) -> None:
    with pytest.raises(ShapeError, match=r"must be real; got torch\.complex128"):
        measure(example, quarters() + 0j, Probe(ids=np.arange(ROWS)))


@each
@pytest.mark.parametrize(
    "t", [list("abcd"), [object()] * 4, [[1, 2], [3], [4], [5]]], ids=["text", "objects", "ragged"]
)
def test_what_is_no_array_of_numbers_is_refused(example: Example, t: Any) -> None:
    with pytest.raises(ShapeError, match="activity must be"):
        measure(example, t, Probe(ids=np.arange(4)))


@each_of_sample
@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        (dtype, size)
        for dtype, sizes in {
            np.float16: (6e-8, 6e4),
            np.float32: (1e-45, 1e-20, 1e20, 3e38),
            np.float64: (5e-324, 1e-300, 1e-160, 1e160, 1e200, 1.7e308),
        }.items()
        for size in sizes
    ],
)
def test_extreme_values_are_measured_or_refused(example: Example, dtype: Any, size: float) -> None:
    """A finite number or an ActivityError, but never NaN, and no warning from inside."""
    signs = np.random.default_rng(3).integers(-1, 2, size=(50, 40)).astype(dtype)
    try:
        estimate = measure(example, signs * dtype(size), Probe(y=np.arange(50) % 2))
    except ActivityError as error:
        said = str(error)
    else:
        said = ""
        assert all(math.isfinite(number) for number in numbers(estimate).values())
    assert not said or "width" in said or "noise_variance" in said  # the knob to turn


# ---- what is accepted ---------------------------------------------------------------------------------


def _noncontiguous(t: np.ndarray) -> torch.Tensor:
    spread = torch.zeros(2 * t.shape[0], t.shape[1] + 2, dtype=torch.float64)
    spread[::2, 1:-1] = torch.from_numpy(t)
    view = spread[::2, 1:-1]
    assert not view.is_contiguous()
    return view


def _read_only(t: np.ndarray) -> np.ndarray:
    copy = t.copy()
    copy.setflags(write=False)
    return copy


FORMS = {
    "nested list": lambda t: t.tolist(),
    "list of rows": list,
    "float16": lambda t: t.astype(np.float16),
    "float32": lambda t: t.astype(np.float32),
    "big-endian": lambda t: t.astype(">f8"),
    "column order": np.asfortranarray,
    "negative strides": lambda t: t[::-1].copy()[::-1],
    "read-only": _read_only,
    "data frame": pd.DataFrame,
    "tensor": torch.from_numpy,
    "float32 tensor": lambda t: torch.from_numpy(t).float(),
    "bfloat16 tensor": lambda t: torch.from_numpy(t).bfloat16(),
    "transposed tensor": lambda t: torch.from_numpy(t.T.copy()).T,
    "strided tensor": _noncontiguous,
    "tensor with gradient": lambda t: torch.from_numpy(t).requires_grad_(),
    "result of a computation": lambda t: torch.from_numpy(t).requires_grad_() * 1.0,
    "activity": lambda t: Activity(values=torch.from_numpy(t), layer="dense1", epoch=3),
    "image": lambda t: t.reshape(len(t), 1, 3, 1),
    "image activity": lambda t: Activity(values=torch.from_numpy(t).reshape(len(t), 3, 1, 1)),
}


@each_of_sample
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms_of_the_same_activity_agree(example: Example, form: Any) -> None:
    """Bit for bit: the numbers are the same in every precision used here."""
    probe = Probe(y=labels())
    assert measure(example, form(quarters()), probe) == measure(example, quarters(), probe)


@each_of_sample
def test_lists_keep_all_digits(example: Example) -> None:
    """Python floats have 53 bits; torch would read them as float32."""
    t, probe = np.random.default_rng(0).normal(size=(50, 3)), Probe(y=labels(50))
    assert measure(example, t.tolist(), probe) == measure(example, t, probe)


@each_of_sample
@pytest.mark.parametrize(
    "dtype", [np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]
)
def test_whole_numbers_are_read_as_reals(example: Example, dtype: Any) -> None:
    whole = np.random.default_rng(0).integers(0, 2, size=(ROWS, 3))
    probe = Probe(y=labels())
    assert measure(example, whole.astype(dtype), probe) == measure(example, whole.astype(float), probe)


@each_of_sample
def test_a_vector_is_one_unit(example: Example) -> None:
    t, probe = quarters(units=1), Probe(y=labels())
    assert measure(example, t[:, 0], probe) == measure(example, t, probe)


@each_of_sample
@pytest.mark.parametrize("shape", [(ROWS, 0), (ROWS, 0, 4)], ids=str)
def test_no_units_say_nothing(example: Example, shape: tuple[int, ...]) -> None:
    """All rows are equal: like a constant layer."""
    estimate = measure(example, np.zeros(shape), Probe(y=labels()))
    assert estimate.i_xt == pytest.approx(0.0, abs=example.rounding)


LABELS = {
    "list": lambda y: y.tolist(),
    "int8": lambda y: y.astype(np.int8),
    "tensor": torch.from_numpy,
    "column": lambda y: y[:, None],
    "one-hot": lambda y: np.eye(3)[y],
    "one-hot booleans": lambda y: np.eye(3, dtype=bool)[y],
    "one-hot tensor": lambda y: torch.eye(3)[torch.from_numpy(y)],
    "strings": lambda y: np.array(["cat", "dog", "owl"])[y],
    "list of strings": lambda y: [("cat", "dog", "owl")[k] for k in y],
    "object strings": lambda y: np.array(["cat", "dog", "owl"], dtype=object)[y],
    "series of strings": lambda y: pd.Series(["cat", "dog", "owl"])[y].reset_index(drop=True),
    "categories": lambda y: pd.Series(np.array(["cat", "dog", "owl"])[y], dtype="category"),
}


@each_of_sample
@pytest.mark.parametrize("form", LABELS.values(), ids=LABELS)
def test_forms_of_the_same_classes_agree(example: Example, form: Any) -> None:
    """Bit for bit, as these forms keep the order of the classes."""
    y = labels()
    estimate = measure(example, quarters(), Probe(y=form(y)))
    assert estimate.i_ty is not None
    assert estimate == measure(example, quarters(), Probe(y=y))


@each_of_sample
def test_classes_may_be_booleans(example: Example) -> None:
    y = labels() == 1
    assert measure(example, quarters(), Probe(y=y)) == measure(example, quarters(), Probe(y=y.astype(int)))


# ---- what comes back ----------------------------------------------------------------------------------


@each
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_numbers_are_plain_floats(example: Example, form: Any) -> None:
    t, probe = fitting(example)
    estimate = measure(example, form(t), probe)
    assert isinstance(estimate, Estimate)
    plain = [estimate.i_xt, estimate.i_ty, estimate.h_t, *estimate.extras.values()]
    plain += [*(estimate.i_xt_bounds or ()), *(estimate.i_ty_bounds or ())]
    assert {type(number) for number in plain if number is not None} == {float}
    assert {type(name) for name in estimate.extras} <= {str}
    assert list(estimate.warnings) == sorted(set(estimate.warnings))


@each_of_sample
def test_bounds_are_in_order_and_hold_the_headline(example: Example) -> None:
    estimate = measure(example, quarters(), Probe(y=labels()))
    pairs = ((estimate.i_xt, estimate.i_xt_bounds), (estimate.i_ty, estimate.i_ty_bounds))
    for headline, bounds in pairs:
        if bounds is not None:
            assert bounds[0] - example.rounding <= headline <= bounds[1] + example.rounding


@each
def test_inputs_are_left_alone(example: Example) -> None:
    t, known = fitting(example)
    assert known.x is not None
    x, y, ids = known.x.copy(), labels(), np.arange(ROWS) // 2
    tensor = torch.from_numpy(t.copy())
    if not example.whole:
        tensor.requires_grad_()
    before = [array.tobytes() for array in (t, x, y, ids)]
    probe = Probe(x=x, y=y, ids=ids)
    measure(example, t, probe)
    measure(example, tensor, probe)
    measure(example, t, Probe(x=x, y=y))
    assert [array.tobytes() for array in (t, x, y, ids)] == before
    assert tensor.detach().numpy().tobytes() == t.tobytes()
    assert tensor.grad is None


@each
def test_no_global_randomness(example: Example) -> None:
    """Neither drawn from nor seeded."""
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    measure(example, *fitting(example))
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002


@each
def test_twice_is_the_same_bit_for_bit(example: Example) -> None:
    t, probe = fitting(example, 700)
    once = measure(example, t, probe)
    assert measure(example, t, probe) == once
    assert measure(example, t.copy(), fitting(example, 700)[1]) == once


@each_of_sample
def test_threads_only_round(example: Example, threads: None) -> None:
    t = np.random.default_rng(0).normal(size=(700, 40))
    probe = Probe(y=labels(700))
    torch.set_num_threads(1)
    one = measure(example, t, probe)
    torch.set_num_threads(2)
    assert_same(measure(example, t, probe), one, example.rounding)


@each_of_sample
def test_order_of_rows_does_not_matter(example: Example) -> None:
    t, y, ids = np.random.default_rng(0).normal(size=(ROWS, 4)), labels(), np.arange(ROWS) // 3
    order = np.random.default_rng(1).permutation(ROWS)
    shuffled = measure(example, t[order], Probe(y=y[order], ids=ids[order]))
    assert_same(shuffled, measure(example, t, Probe(y=y, ids=ids)), example.rounding)


@each_of_sample
def test_names_of_classes_and_inputs_do_not_matter(example: Example) -> None:
    y, ids = labels(), np.arange(ROWS) // 2
    named = Probe(y=np.array(["z", "m", "a"])[y], ids=(1 - ids) * 17)
    assert_same(
        measure(example, quarters(), named),
        measure(example, quarters(), Probe(y=y, ids=ids)),
        example.rounding,
    )


# ---- edges of the probe -------------------------------------------------------------------------------


@each_of_sample
@pytest.mark.parametrize("samples", [1, 2, 3])
def test_few_samples(example: Example, samples: int) -> None:
    """Nothing can be learnt from one sample; a method that needs more says so."""
    t, probe = quarters(samples), Probe(y=np.arange(samples))
    if samples < example.fewest:
        with pytest.raises(SampleSizeError, match=rf"got {samples}"):
            measure(example, t, probe)
        return
    estimate = measure(example, t, probe)
    assert all(math.isfinite(number) for number in numbers(estimate).values())
    if samples == 1:
        assert estimate.i_xt == pytest.approx(0.0, abs=example.rounding)
        assert estimate.i_ty == pytest.approx(0.0, abs=example.rounding)
        assert estimate.warnings == ()


@each_of_sample
@pytest.mark.parametrize("value", [0.0, -0.3, 1e6])
def test_constant_layer_says_nothing(example: Example, value: float) -> None:
    estimate = measure(example, np.full((ROWS, 3), value), Probe(y=labels()))
    assert estimate.i_xt == pytest.approx(0.0, abs=example.rounding)
    assert estimate.i_ty == pytest.approx(0.0, abs=example.rounding)


@each_of_sample
def test_one_class_leaves_nothing_to_know(example: Example) -> None:
    estimate = measure(example, quarters(), Probe(y=np.full(ROWS, 3)))
    assert estimate.i_ty == pytest.approx(0.0, abs=example.rounding)


@each_of_sample
def test_without_labels_there_is_no_i_ty(example: Example) -> None:
    without = measure(example, quarters(), Probe(ids=np.arange(ROWS)))
    with_labels = measure(example, quarters(), Probe(y=labels()))
    assert without.i_ty is None
    assert without.i_ty_bounds is None
    assert not [name for name in without.extras if "ty" in name]
    assert without.i_xt == pytest.approx(with_labels.i_xt, abs=example.rounding, rel=0)


@each_of_sample
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_real_targets_are_no_classes(example: Example, dtype: Any) -> None:
    """Binning and kernels have no I(T;Y) for them; an estimator that has says so in its example."""
    y = np.random.default_rng(0).normal(size=ROWS).astype(dtype)
    estimate = measure(example, quarters(), Probe(y=y))
    assert estimate.i_ty is None
    assert estimate.i_ty_bounds is None


@each_of_sample
def test_without_inputs_every_row_is_another_input(example: Example) -> None:
    y = labels()
    absent = measure(example, quarters(), Probe(y=y))
    assert absent == measure(example, quarters(), Probe(y=y, x=np.arange(ROWS)))
    assert absent == measure(example, quarters(), Probe(y=y, ids=np.arange(ROWS)))


@each_of_sample
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_gpu_agrees(example: Example) -> None:
    """Within 1e-9 bits: another order of sums and another exp, both in float64."""
    t, probe = torch.from_numpy(quarters()), Probe(y=labels())
    on_gpu = numbers(measure(example, t.cuda(), probe))
    assert on_gpu == pytest.approx(numbers(measure(example, t, probe)), abs=1e-9, rel=0)
