"""What is wrong with a spec is said in words: which key, what was wanted, what came."""

import re

import pytest

from ibspec.core import SpecError
from ibspec.spec import apply_overrides, parse_spec
from tests.spec.documents import CNN, TINY, tiny

DATA_KINDS = (
    "boolean, digits, fashion-mnist, gaussian-mixture, linear-teacher, mnist, notmnist, symmetric-bits, "
    "symmetric-channel"
)

ESTIMATORS = (
    "adaptive-kde, as-if-random, binning, edge, exact, gaussian, gaussian-copula, info-nce, kde, "
    "kozachenko-leonenko, ksg, lnn, local-gaussian, mine, nwj, renyi, sample-propagation"
)


def complaints(document, *overrides):
    with pytest.raises(SpecError, match=r"^spec is not a valid spec:\n  ") as caught:
        parse_spec(apply_overrides(document, overrides))
    return str(caught.value).split("\n  ")[1:]


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        # Unknown keys, with the nearest one that is known.
        (
            "trainning={}",
            "trainning: no such key. Did you mean 'training'? Known here: $schema, name, about, "
            "sources, data, model, training, measure, figures, expect",
        ),
        (
            "training.epoch=5",
            "training.epoch: no such key. Did you mean 'epochs'? Known here: epochs, batch_size, "
            "optimiser, loss, replicas, seed",
        ),
        (
            "model.hiden=[3]",
            "model.hiden: no such key. Did you mean 'hidden'? Known here: init, kind, hidden, activation",
        ),
        ("measure.probe.xyz=1", "measure.probe.xyz: no such key. Known here: split, size"),
        (
            "measure.estimators[1].cells.bin=3",
            "measure.estimators[1].cells.bin: no such key. Did you mean 'bins'? "
            "Known here: kind, low, high, bins, outside",
        ),
        # A key of another member of the union is unknown too.
        ("measure.when.per_decade=3", "measure.when.per_decade: no such key. Known here: kind, epochs"),
        # Types.
        ("training.epochs=1.5", "training.epochs: wanted a whole number, got 1.5"),
        ("training.epochs=null", "training.epochs: wanted a whole number, got null"),
        ("training.epochs=[3]", "training.epochs: wanted a whole number, got [3]"),
        (
            'training.optimiser.learning_rate="0.1"',
            'training.optimiser.learning_rate: wanted a number, got "0.1"',
        ),
        (
            "training.optimiser.learning_rate=true",
            "training.optimiser.learning_rate: wanted a number, got true",
        ),
        ("about=5", "about: wanted text, got 5"),
        ("sources=me", 'sources: wanted a list, got "me"'),
        ("sources=[1]", "sources[0]: wanted text, got 1"),
        ("model.hidden=5", "model.hidden: wanted a list, got 5"),
        ('model.hidden=[3, "a"]', 'model.hidden[1]: wanted a whole number, got "a"'),
        ("training=5", "training: wanted an object with epochs, batch_size, optimiser, got 5"),
        ("measure.probe=all", 'measure.probe: wanted an object with split, got "all"'),
        ("$schema=5", "$schema: wanted text, got 5"),
        # Two ways to write one thing.
        ("training.batch_size=big", "training.batch_size: wanted a whole number or 'full', got \"big\""),
        ("training.batch_size=0", "training.batch_size: wanted a number above 0 or 'full', got 0"),
        # Limits.
        ("model.hidden=[-1]", "model.hidden[0]: wanted a number above 0, got -1"),
        ("training.epochs=-1", "training.epochs: wanted a number of at least 0, got -1"),
        ("training.replicas=100001", "training.replicas: wanted a number of at most 100000, got 100001"),
        (
            "training.seed=9223372036854775808",
            "training.seed: wanted a number below 9223372036854775808, got 9223372036854775808",
        ),
        ("data.train_fraction=1", "data.train_fraction: wanted a number below 1, got 1"),
        (
            "measure.estimators[0].noise_variance=0",
            "measure.estimators[0].noise_variance: wanted a number above 0, got 0",
        ),
        (
            "measure.estimators[0].noise_variance=-0.1",
            "measure.estimators[0].noise_variance: wanted a number above 0, got -0.1",
        ),
        (
            "measure.estimators[1].cells.bins=1",
            "measure.estimators[1].cells.bins: wanted a number of at least 2, got 1",
        ),
        ("measure.estimators=[]", "measure.estimators: wanted a list of at least one item, got []"),
        ("measure.layers=[]", "measure.layers: wanted a list of at least one item, got []"),
        # Choices.
        (
            "measure.view=meen",
            "measure.view: wanted 'whole', 'concat', 'mean', 'channels', 'multivariate' or 'pooled', "
            'got "meen". '
            "Did you mean 'mean'?",
        ),
        ("training.loss=mse", "training.loss: wanted 'cross-entropy' or 'squared-error', got \"mse\""),
        # A noise variance is never guessed.
        (
            'measure.estimators=[{"kind": "kde"}]',
            "measure.estimators[0].noise_variance: is missing. Variance of the Gaussian noise, in squared "
            "units of the activity.",
        ),
        # What only the whole object can tell.
        (
            "measure.estimators[1].cells.low=2",
            "measure.estimators[1].cells: low must be below high, both finite in float32; "
            "got low=2.0, high=1.0",
        ),
        (
            'measure.estimators[1]={"kind": "kde", "noise_variance": 0.10}',
            "measure: the same estimator stands twice in estimators: kde(0.1)",
        ),
        # Gradients.
        (
            'measure.gradients={"reading": ["fixed"]}',
            "measure.gradients.reading: no such key. Did you mean 'readings'? Known here: readings, batches, "
            "per_sample, nets, loss_rate, information_rate",
        ),
        (
            'measure.gradients={"readings": ["fixd"]}',
            "measure.gradients.readings[0]: wanted 'fixed', 'moving' or 'parallel', got \"fixd\". "
            "Did you mean 'fixed'?",
        ),
        (
            'measure.gradients={"readings": []}',
            "measure.gradients.readings: wanted a list of at least one item, got []",
        ),
        (
            'measure.gradients={"readings": ["fixed", "moving", "fixed"]}',
            "measure.gradients: the same reading stands twice in readings: fixed",
        ),
        (
            'measure.gradients={"batches": 1}',
            "measure.gradients.batches: wanted a number of at least 2, got 1",
        ),
        (
            'measure.gradients={"batches": 5}',
            'measure.gradients: batches is for the reading "fixed" and for loss_rate, and neither is '
            "asked for",
        ),
        ('measure.gradients={"nets": 1}', "measure.gradients.nets: wanted a number of at least 2, got 1"),
        (
            'measure.gradients={"per_sample": true}',
            'measure.gradients: per_sample looks at weights that stand still: add "fixed" to readings',
        ),
        (
            'measure.gradients={"loss_rate": 1}',
            "measure.gradients.loss_rate: wanted true or false, got 1",
        ),
        (
            'measure={"probe": {"split": "all"}, "estimators": [{"kind": "gaussian"}], '
            '"gradients": {"information_rate": true}}',
            "measure: gradients.information_rate is that of the bounds of a kde: add one to estimators",
        ),
        (
            'measure={"probe": {"split": "all"}, "estimators": [{"kind": "kde", "noise_variance": 0.1}], '
            '"view": "mean", "gradients": {"information_rate": true}}',
            "measure: gradients.information_rate follows all units of a layer together: write view "
            '"whole" or "concat"; got "mean"',
        ),
        (
            'measure={"probe": {"split": "all"}, "estimators": [{"kind": "kde", "noise_variance": 0.1}], '
            '"when": {"kind": "delta-exact", "delta": 0.1}, '
            '"gradients": {"information_rate": true}}',
            "measure: gradients.information_rate needs the weights of the epoch before each measured one, "
            "and an adaptive schedule chooses epochs that lie behind: write another `when`",
        ),
        # Unions: kind missing, unknown, of the wrong type; no object at all.
        (
            'data={"subset": "all"}',
            f'data: wanted an object with a "kind", one of {DATA_KINDS}, got {{"subset": "all"}}',
        ),
        ("data.kind=mnst", f"data.kind: wanted one of {DATA_KINDS}, got \"mnst\". Did you mean 'mnist'?"),
        ("data.kind=qqq", f'data.kind: wanted one of {DATA_KINDS}, got "qqq"'),
        ("data.kind=5", f"data.kind: wanted one of {DATA_KINDS}, got 5"),
        ("data.kind=null", f"data.kind: wanted one of {DATA_KINDS}, got null"),
        ('data.kind=["mnist"]', f'data.kind: wanted one of {DATA_KINDS}, got ["mnist"]'),
        ("data.kind={}", f"data.kind: wanted one of {DATA_KINDS}, got {{}}"),
        ("data=mnist", f'data: wanted an object with a "kind", one of {DATA_KINDS}, got "mnist"'),
        ("data=null", f'data: wanted an object with a "kind", one of {DATA_KINDS}, got null'),
        ("data=[]", f'data: wanted an object with a "kind", one of {DATA_KINDS}, got []'),
        (
            "measure.estimators[0].kind=kdee",
            f"measure.estimators[0].kind: wanted one of {ESTIMATORS}, got \"kdee\". Did you mean 'kde'?",
        ),
        (
            "measure.estimators=[3]",
            f'measure.estimators[0]: wanted an object with a "kind", one of {ESTIMATORS}, got 3',
        ),
        ("measure.estimators={}", "measure.estimators: wanted a list, got {}"),
        (
            'measure.estimators[1].cells={"kind": "wdth"}',
            'measure.estimators[1].cells.kind: wanted one of edges, quantiles, range, width, got "wdth". '
            "Did you mean 'width'?",
        ),
        (
            'measure.estimators[1].cells={"width": 1}',
            'measure.estimators[1].cells: wanted an object with a "kind", one of edges, quantiles, range, '
            'width, got {"width": 1}',
        ),
        (
            "training.optimiser.kind=adamw",
            "training.optimiser.kind: wanted one of adadelta, adam, sgd, got \"adamw\". Did you mean 'adam'?",
        ),
    ],
)
def test_one_wrong_key_makes_one_line(override, complaint):
    assert complaints(TINY, override) == [complaint]


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("model.layers=[]", "model.layers: wanted a list of at least one item, got []"),
        ("model.layers[0].channels=-2", "model.layers[0].channels: wanted a number above 0, got -2"),
        ("model.layers[3].rate=1", "model.layers[3].rate: wanted a number below 1, got 1"),
        (
            "model.layers[2].kind=flaten",
            'model.layers[2].kind: wanted one of conv, dense, dropout, flatten, max-pool, got "flaten". '
            "Did you mean 'flatten'?",
        ),
        (
            "model.layers[0].activation=reluu",
            "model.layers[0].activation: wanted 'tanh', 'relu', 'leaky-relu', 'sigmoid', 'softsign', "
            "'softplus' or 'linear', got \"reluu\". Did you mean 'relu'?",
        ),
        ('data.data_dir=""', 'data.data_dir: wanted text that is not empty, got ""'),
    ],
)
def test_layers_and_files_too(override, complaint):
    assert complaints(CNN, override) == [complaint]


def test_keys_that_are_missing_say_what_belongs_there():
    assert complaints({}) == [
        "name: is missing",
        f'data: is missing; wanted an object with a "kind", one of {DATA_KINDS}',
        'model: is missing; wanted an object with a "kind", one of cnn, mlp, noisy, quantised',
        "training: is missing; wanted an object with epochs, batch_size, optimiser",
        "measure: is missing; wanted an object with probe, estimators",
    ]


def test_every_wrong_key_is_told_in_the_order_of_the_document():
    document = apply_overrides(TINY, ["training.epoch=3", "model.hidden=[0]", "data.kind=x", "name=a/b"])
    assert [line.split(":")[0] for line in complaints(document)] == [
        "name",
        "data.kind",
        "model.hidden[0]",
        "training.epoch",
    ]


def test_hundreds_of_wrong_keys_are_counted():
    lines = complaints({**TINY, **{f"k{number}": 1 for number in range(300)}})
    assert len(lines) == 13
    assert lines[-1] == "and 288 more"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("\x1b[31mred\nline", r'"\u001b[31mred\nline": no such key'),
        ("a b", '"a b": no such key'),
        ("", '"": no such key'),
        ("k" * 1000, f'"{"k" * 49}... (1002 characters): no such key'),
    ],
)
def test_strange_keys_are_shown_as_json_and_cut(key, shown):
    (line,) = complaints({**TINY, key: 1})
    assert line.startswith(shown)


def test_long_values_are_cut():
    (line,) = complaints(TINY, "about=[" + "1, " * 500 + "1]")
    assert re.fullmatch(r"about: wanted text, got \[1, .{40,60}\.\.\. \(\d+ characters\)", line)


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "", ".", "..", "-x", "x y", "a\\b", "é", "a\n", "a\0", "/etc", "~", "x" * 101]
)
def test_a_name_is_no_path(name):
    document = tiny()
    document["name"] = name
    (line,) = complaints(document)
    assert line == (
        "name: wanted a name of at most 100 letters, digits, '.', '_' and '-', the first a letter or digit, "
        f"not a path; got {name!r}"
    )


@pytest.mark.parametrize("name", ["x", "0", "a.b", "A-b_c.9", "x" * 100])
def test_a_plain_name_is_fine(name):
    assert parse_spec({**TINY, "name": name}).name == name


def test_a_very_long_name_is_cut():
    (line,) = complaints({**TINY, "name": "x" * 100_000})
    assert line.endswith(f"got '{'x' * 50}... (100000 characters)'")


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        ({"what": "i_xt"}, "expect[0]: an expected i_xt needs layer and estimator"),
        (
            {"what": "test_accuracy", "layer": "output"},
            "expect[0]: an expected test_accuracy has neither layer nor estimator",
        ),
        (
            {"what": "test_accuracy", "tolerance": -1},
            "expect[0].tolerance: wanted a number of at least 0, got -1",
        ),
        ({"what": "test_accuracy", "source": None}, "expect[0].source: wanted text, got null"),
    ],
)
def test_expectations_name_what_they_mean(expectation, complaint):
    full = {"value": 0.5, "tolerance": 0.1, "source": "a paper", **expectation}
    assert complaints({**TINY, "expect": [full]}) == [complaint]


def test_unions_inside_lists_inside_unions():
    segments = '{"kind": "segments", "segments": [{"every": 0}, {"every": 2, "untill": 3}]}'
    assert complaints(TINY, f"measure.when={segments}") == [
        "measure.when.segments[0].every: wanted a number above 0, got 0",
        "measure.when.segments[1].untill: no such key. Did you mean 'until'? Known here: every, until",
    ]
