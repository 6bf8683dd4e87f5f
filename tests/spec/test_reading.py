"""A spec file is read, or refused in words."""

import json
import os
import re
import threading

import pytest

from ibspec.core import SpecError
from ibspec.spec import ExperimentSpec, parse_spec, read_spec
from ibspec.spec.reading import LARGEST_FILE
from tests.spec.documents import TINY, tiny


@pytest.fixture
def file(tmp_path):
    return tmp_path / "spec.json"


def test_a_file_gives_the_spec_that_its_document_says(file):
    file.write_text(json.dumps(TINY))
    assert read_spec(file) == parse_spec(TINY) == read_spec(str(file))


def test_a_byte_order_mark_is_no_part_of_the_spec(file):
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(TINY).encode())
    assert read_spec(file) == parse_spec(TINY)


def test_a_pipe_is_a_file_too(file):
    os.mkfifo(file)
    writer = threading.Thread(target=lambda: file.write_text(json.dumps(TINY)), daemon=True)
    writer.start()
    assert read_spec(file).name == "tiny"
    writer.join(5)


def test_a_read_only_file_is_read(file):
    file.write_text(json.dumps(TINY))
    file.chmod(0o444)
    assert read_spec(file, ["training.epochs=1"]).training.epochs == 1
    assert json.loads(file.read_text()) == TINY


def test_a_missing_file_names_its_neighbours(tmp_path):
    for name in ("digits_mlp.json", "tishby_tanh.json", "schema.json"):
        (tmp_path / name).write_text("{}")
    wanted = tmp_path / "digit_mlp.json"
    message = (
        f"{wanted}: no such file. Did you mean {tmp_path / 'digits_mlp.json'}? "
        f"{tmp_path} holds digits_mlp.json, tishby_tanh.json"
    )
    with pytest.raises(SpecError, match=f"^{re.escape(message)}$"):
        read_spec(wanted)


def test_a_bare_name_is_looked_for_among_the_specs(tmp_path, monkeypatch):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "digits_mlp.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match=r"^digits_mlp: no such file\. Did you mean specs/digits_mlp\.json\?"):
        read_spec("digits_mlp")


def test_a_missing_file_in_an_empty_or_missing_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError, match=r"a\.json: no such file$"):
        read_spec(tmp_path / "a.json")
    with pytest.raises(SpecError, match=r"a\.json: no such file$"):
        read_spec(tmp_path / "nowhere" / "a.json")


def test_a_directory_is_no_spec(tmp_path):
    (tmp_path / "one.json").write_text("{}")
    with pytest.raises(SpecError, match=r": a directory, not a spec file\. .* holds one\.json$"):
        read_spec(tmp_path)


def test_a_file_below_a_file_is_refused(file):
    file.write_text("{}")
    with pytest.raises(SpecError, match="cannot be read: Not a directory"):
        read_spec(file / "x.json")


def test_a_name_too_long_is_refused(tmp_path):
    with pytest.raises(SpecError, match="cannot be read: File name too long"):
        read_spec(tmp_path / ("x" * 300))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89PNG\r\n\x1a\n", "wanted a JSON file in UTF-8, got other bytes (the first at byte 0)"),
        (bytes(range(32, 256)), "wanted a JSON file in UTF-8, got other bytes (the first at byte 96)"),
        (json.dumps(TINY).encode("utf-16"), "wanted a JSON file in UTF-8, got other bytes"),
        (b"\0" * 100, "not valid JSON: expecting value, line 1 column 1"),
        (b"", "not valid JSON: it is empty, line 1 column 1"),
        (b"[1, 2]", "wanted a JSON object with name, data, model, training and measure, got a list"),
        (b"3", "wanted a JSON object with name, data, model, training and measure, got a number"),
        (b'"x"', "wanted a JSON object with name, data, model, training and measure, got text"),
        (b"null", "wanted a JSON object with name, data, model, training and measure, got null"),
        (b"false", "wanted a JSON object with name, data, model, training and measure, got true or false"),
        (b"[" * 100_000, "brackets nested too deeply to be a spec"),
    ],
)
def test_other_files_are_refused(file, content, message):
    file.write_bytes(content)
    with pytest.raises(SpecError, match=f"^{re.escape(f'{file}: {message}')}"):
        read_spec(file)


def test_overrides_of_what_is_no_spec_do_not_hide_that(file):
    file.write_text("[1]")
    with pytest.raises(SpecError, match="wanted a JSON object with name"):
        read_spec(file, ["training.epochs=1"])


def test_an_endless_file_is_not_read_to_its_end():
    with pytest.raises(SpecError, match=r"^/dev/zero: a device, not a file, so not a spec$"):
        read_spec("/dev/zero")


def test_a_file_may_be_so_large_and_no_larger(file):
    text = json.dumps(TINY).encode()
    file.write_bytes(text + b" " * (LARGEST_FILE - len(text)))
    assert read_spec(file) == parse_spec(TINY)
    file.write_bytes(text + b" " * (LARGEST_FILE - len(text) + 1))
    with pytest.raises(SpecError, match="larger than 16 MiB"):
        read_spec(file)


@pytest.mark.parametrize("change", [{"about": "\ud800"}, {"name": "\udfff"}, {"\ud800": 1}])
def test_half_a_character_is_refused(file, change):
    file.write_text(json.dumps({**TINY, **change}))
    with pytest.raises(SpecError, match=r"'\\ud[8f][0f][0f]' is half a character; write the whole one"):
        read_spec(file)


def test_texts_may_be_in_any_language(file):
    file.write_text(json.dumps({**TINY, "about": "Ἰλιάς 😀"}, ensure_ascii=False), encoding="utf-8")
    assert read_spec(file).about == "Ἰλιάς 😀"


def test_what_a_spec_writes_it_reads():
    spec = parse_spec(TINY)
    assert parse_spec(spec.document()) == spec
    assert isinstance(spec, ExperimentSpec)


def test_validating_does_not_change_the_document():
    document = tiny()
    parse_spec(document)
    assert document == TINY
