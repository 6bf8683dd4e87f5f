"""Input made to harm: endless files, devices, escape sequences, markup, paths that lead elsewhere."""

import json
import os
import re
import socket
import stat
import time
from pathlib import Path

import pytest

from ibspec.cli.saying import LONGEST_LINE, MOST_LINES, tame
from ibspec.core import DataError, SpecError
from ibspec.core.bounded import read_bounded
from ibspec.data.mnist import TRAIN_LABELS, Mnist
from ibspec.data.places import Places
from ibspec.spec import parse_spec, read_spec
from tests.cli.conftest import ask
from tests.fuzz.judging import limited
from tests.spec.documents import CNN, TINY

# Files that are not what they seem


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "spec.json"


def sparse(path: Path, size: int) -> Path:
    """A file that says it is long and takes no room."""
    with path.open("wb") as made:
        made.truncate(size)
    return path


def test_a_pipe_that_nobody_writes_to(file):
    os.mkfifo(file)
    start = time.monotonic()
    with limited(10), pytest.raises(TimeoutError, match=r"a pipe in which nothing came for 0\.2 seconds"):
        read_bounded(file, 100, silence=0.2)
    assert time.monotonic() - start < 5


def test_a_pipe_without_end(file):
    """A writer that never stops is cut off at the limit."""
    os.mkfifo(file)
    child = os.fork()
    if child == 0:
        with file.open("wb") as pipe:
            try:
                while True:
                    pipe.write(b"[" * 65536)
            finally:
                os._exit(0)
    try:
        with limited(), pytest.raises(SpecError, match="larger than 16 MiB, so not a spec"):
            read_spec(file)
    finally:
        os.waitpid(child, 0)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/full", "/dev/tty"])
def test_devices_are_not_opened(device):
    if not Path(device).exists():
        pytest.skip(f"no {device} here")
    with limited(), pytest.raises(SpecError, match=f"^{device}: a device, not a file, so not a spec"):
        read_spec(device)


def test_a_link_to_a_device(file):
    file.symlink_to("/dev/zero")
    with limited(), pytest.raises(SpecError, match="a device, not a file"):
        read_spec(file)


def test_a_link_to_itself(file):
    file.symlink_to(file)
    with pytest.raises(SpecError, match="cannot be read: Too many levels"):
        read_spec(file)


def test_a_socket(file):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(file))
        with limited(), pytest.raises(SpecError, match="a device, not a file"):
            read_spec(file)


def test_five_gigabytes_of_nothing(file):
    with limited(5), pytest.raises(SpecError, match=r"spec\.json: larger than 16 MiB, so not a spec"):
        read_spec(sparse(file, 5 * 2**30))


def test_a_file_that_grows_while_it_is_read(file, monkeypatch):
    """The length is believed at no moment: what comes beyond it is counted."""
    file.write_bytes(b"x" * 1000)
    real = os.stat(file)
    monkeypatch.setattr(os, "stat", lambda *_, **__: os.stat_result((*real[:6], 10, *real[7:])))
    monkeypatch.setattr(os, "fstat", lambda *_: os.stat_result((*real[:6], 10, *real[7:])))
    with pytest.raises(OSError, match="larger than 100 bytes"):
        read_bounded(file, 100)


def test_a_directory_and_no_file(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_bounded(tmp_path, 100)
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "x", 100)


def test_bounds_are_exact(file):
    file.write_bytes(b"x" * 100)
    assert read_bounded(file, 100) == b"x" * 100
    with pytest.raises(OSError, match="larger than 99 bytes"):
        read_bounded(file, 99)


def test_a_name_with_a_zero_byte():
    with pytest.raises(SpecError, match=r"'a\\x00b': no such file"):
        read_spec("a\0b")


def test_image_files_of_another_sort(tmp_path):
    """Of a terabyte by its length nothing is read; a pipe does not count as a file."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    path = sparse(folder / f"{TRAIN_LABELS.name}.gz", 2**40)
    with limited(5), pytest.raises(DataError, match=r"cannot be read: larger than .*IBSPEC_DATA_DIR"):
        TRAIN_LABELS.read(path)
    path.unlink()
    os.mkfifo(path)
    assert TRAIN_LABELS.name not in Places(tmp_path)._ordered(None)[0].find("mnist", [TRAIN_LABELS.name])


# Documents


def timed_out_of(text: str, match: str, file: Path) -> None:
    file.write_text(text)
    with limited(), pytest.raises(SpecError, match=match) as caught:
        read_spec(file)
    assert len(str(caught.value)) < 5000


MIB = 2**20


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('[NaN, "' + '\\"' * MIB, "NaN is not a number"),  # a text that never ends, full of quotes
        ('{"a": "' + "\\\\" * (4 * MIB) + '", "a": 1}', "'a' stands twice"),
        ('{"a": ' + "1" * (8 * MIB) + "}", r"the number 1+\.\.\. \(8388608 characters\) is too large"),
        ('{"a": 1e' + "9" * MIB + "}", "is too large"),
        ('{"a": 0.' + "0" * (8 * MIB) + "1}", "is not a valid spec"),
        ('{"a": [' + "0," * (2 * MIB) + "0]}", "more than 100,000 values"),
        ('{"a": [' + "[]," * MIB + "0]}", "more than 100,000 values"),
        ("{" + ",".join(f'"{k}": 1' for k in range(150_000)) + "}", "more than 100,000 values"),
        ("{" + ",".join(f'"{k}": 1' for k in range(60_000)) + "}", "and 59993 more"),
        ('{"' + "k" * (12 * MIB) + '": 1}', "kkk.*characters.*no such key"),
        ('{"name": "' + "n" * (12 * MIB) + '"}', r"got 'n+\.\.\. \(12582912 characters\)'"),
        ("[" * (8 * MIB), "brackets nested too deeply"),
        ('{"a":' * (2 * MIB), "brackets nested too deeply"),
    ],
    ids=range(13),
)
def test_large_documents_are_refused_in_seconds(text, match, file):
    timed_out_of(text, match, file)


@pytest.mark.parametrize("key", ["hidden", "sources", "estimators"])
def test_a_list_of_many_wrong_items(key, file):
    """Each wrong item is an error in memory; a message has a dozen."""
    document = json.loads(json.dumps(TINY))
    place = {"hidden": document["model"], "sources": document, "estimators": document["measure"]}[key]
    place[key] = [None] * 99_000
    timed_out_of(json.dumps(document), "and 98988 more", file)


def test_many_equal_estimators(file):
    document = json.loads(json.dumps(TINY))
    document["measure"]["estimators"] *= 8_000
    timed_out_of(json.dumps(document), "the same estimator stands twice", file)


@pytest.mark.parametrize("item", [2, "x", None])
def test_a_truth_table_with_a_million_wrong_labels(item, file):
    data = {"kind": "boolean", "relevant": 20, "rule": [item] * 2**20, "samples": 9, "seed": 0}
    timed_out_of(json.dumps({**TINY, "data": data}), r"data\.rule\[0\]: wanted 0 or 1", file)


def test_a_truth_table_may_be_a_million_labels_long():
    data = {"kind": "boolean", "relevant": 20, "rule": [0, 1] * 2**19, "samples": 9, "seed": 0}
    assert len(parse_spec({**TINY, "data": data}).data.rule) == 2**20


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (10**5000, "a number of more than 30 digits is too large"),
        (-(10**31), "a number of more than 30 digits is too large"),
        (float("nan"), "nan is not a number in JSON"),
        (float("-inf"), "-inf is not a number in JSON"),
        ({1, 2}, "set is not a JSON value"),
        (b"x", "bytes is not a JSON value"),
        ({1: 2}, "keys are text in JSON, got int"),
        ("\ud800", "is half a character"),
    ],
    ids=range(8),
)
def test_values_that_json_does_not_have(value, match):
    """For those who call `parse_spec` from Python."""
    with pytest.raises(SpecError, match=match):
        parse_spec({**TINY, "about": value})
    with pytest.raises(SpecError, match=match):
        parse_spec({**TINY, "sources": [value]})


def test_a_document_that_contains_itself():
    document = {**TINY}
    document["data"] = document
    with limited(), pytest.raises(SpecError, match=r"nested too deeply|more than 100,000 values"):
        parse_spec(document)


# Paths


@pytest.mark.parametrize("place", ["/etc", "..", "a/../../b", "~", "~root/x", "/"])
def test_a_spec_file_names_no_directory_elsewhere(place, file):
    file.write_text(json.dumps({**CNN, "data": {**CNN["data"], "data_dir": place}}))
    with pytest.raises(SpecError, match=r"data\.data_dir: a spec file may only name a directory below"):
        read_spec(file)


def test_below_here_or_by_an_argument_it_may(file, tmp_path):
    file.write_text(json.dumps({**CNN, "data": {**CNN["data"], "data_dir": "some/data"}}))
    assert read_spec(file).data.data_dir == "some/data"
    assert read_spec(file, [f"data.data_dir={tmp_path}"]).data.data_dir == str(tmp_path)
    assert Mnist(data_dir="/data").data_dir == "/data"


@pytest.mark.parametrize(
    "name", ["..", ".", "/x", "a/b", "a\\b", "-rf", "a\0", "a\n", "", "é", "~", "x" * 101]
)
def test_names_that_are_paths_or_worse(name, file):
    file.write_text(json.dumps({**TINY, "name": name}))
    with pytest.raises(SpecError, match="name: wanted a name of at most 100 letters"):
        read_spec(file)


# The terminal


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("over\rwritten", "over\\rwritten"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("\0\x7f\b", "\\x00\\x7f\\x08"),
        ("tab\tand\u2028line", "tab\\tand\\u2028line"),
        ("two\nlines", "two\nlines"),
        ("Ἰλιάς 😀 ≤ 3", "Ἰλιάς 😀 ≤ 3"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_obey_is_spelled(raw, shown):
    assert tame(raw) == shown


def test_a_message_never_fills_the_screen():
    assert len(tame("x" * 10**7)) < LONGEST_LINE + 100
    assert tame("x" * 10**7).endswith("... (10,000,000 characters)")
    assert len(tame("\n" * 10**6).split("\n")) == MOST_LINES + 1
    assert tame("\n" * 10**6).endswith("... and 999921 more lines")


ESCAPE = "\x1b[2J\x1b]0;x\x07\r\x9b[red]\u202e"


def harmless(text: str) -> bool:
    return all(letter == "\n" or letter.isprintable() for letter in text)


@pytest.mark.parametrize(
    "change",
    [
        {ESCAPE: 1},
        {"name": ESCAPE},
        {"data": {"kind": ESCAPE}},
        {"measure": {**TINY["measure"], "layers": [ESCAPE]}},
        {"measure": {**TINY["measure"], "view": ESCAPE}},
        {"data": {**CNN["data"], "data_dir": f"../{ESCAPE}"}},
    ],
    ids=range(6),
)
def test_escapes_in_a_spec_do_not_reach_the_terminal(change, file):
    file.write_text(json.dumps({**TINY, **change}))
    said = ask("validate", file)
    assert said.code == 2
    assert harmless(said.out + said.err)
    assert "x1b" in said.err or "u001b" in said.err


def test_escapes_in_names_of_files_do_not_either(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / f"{ESCAPE}.json").write_text(json.dumps({"about": f"{ESCAPE}\n\n\nof {ESCAPE}"}))
    for arguments in (["list", "specs"], ["validate", "specs/x.json"], ["validate", ESCAPE]):
        said = ask(*arguments)
        assert harmless(said.out + said.err), arguments
        assert "\\x1b[2J" in said.out + said.err, arguments


def test_a_list_of_runs_with_odd_manifests(tmp_path, monkeypatch):
    """A list goes on to the next: it never waits for a pipe, and obeys no escape."""
    monkeypatch.chdir(tmp_path)
    contents = {
        "a": json.dumps({"state": ESCAPE, "measurements": [1]}),
        "b": "[" * 100_000,
        "c": "[]",
        "d": '{"measurements": {"made": "x"}}',
        "e": "{",
    }
    for name, content in contents.items():
        (tmp_path / "runs" / "one" / name).mkdir(parents=True)
        (tmp_path / "runs" / "one" / name / "manifest.json").write_text(content)
    (tmp_path / "runs" / "one" / "f").mkdir()
    os.mkfifo(tmp_path / "runs" / "one" / "f" / "manifest.json")
    with limited():
        said = ask("list", "runs")
    assert said.code == 0
    assert len(said.out.splitlines()) == 6
    assert harmless(said.out)


# Code


FORBIDDEN = re.compile(
    r"\b(?:pickle|cloudpickle|joblib|dill|shelve|marshal)\b|allow_pickle|torch\.load\(|np\.load\(|read_pickle|"
    r"\beval\(|\bexec\(|__import__|yaml\.load|weights_only|trust_remote_code|load_module|exec_module"
)

PACKAGE = Path(__file__).parents[2] / "ibspec"


def test_nothing_is_unpickled_or_evaluated():
    """Read as text: no module of the package has the means to run what it reads."""
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if FORBIDDEN.search(line.replace("model.eval(", "").replace(".eval()", ""))
    ]
    assert found == []


def test_modules_are_imported_by_fixed_names_only():
    """`ibspec.load` and its kin are found lazily, by a table in the package itself; nothing else is."""
    users = [
        path for path in sorted(PACKAGE.rglob("*.py")) if "import_module" in path.read_text(encoding="utf-8")
    ]
    assert [str(path.relative_to(PACKAGE)) for path in users] == ["__init__.py"]


def test_files_that_are_written_cannot_be_run(made_run):
    modes = [path.stat().st_mode for path in made_run.rglob("*") if path.is_file()]
    assert modes
    assert not any(mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH) for mode in modes)
