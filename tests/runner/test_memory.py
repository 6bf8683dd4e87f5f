"""How much memory there is, and what is said when it is not enough."""

from pathlib import Path

import pytest

from ibspec.runner import memory
from ibspec.runner.memory import GIB, Need, available_memory, describe_shortage

NET = Need("the weights of one net", "model.hidden", GIB)
BATCH = Need("a training step", "training.batch_size", 2 * GIB)
PROBE = Need("the probe", "measure.probe.size", 3 * GIB)
COPIES = Need("copies", "measure.probe.size", 3 * GIB)


def test_enough_is_enough():
    assert describe_shortage([NET, BATCH, PROBE], 6 * GIB) is None
    assert describe_shortage([NET, BATCH, PROBE], None) is None


@pytest.mark.parametrize(
    ("needs", "available", "message"),
    [
        # Together too large: the largest is blamed.
        (
            [NET, BATCH, PROBE],
            5 * GIB,
            "measure.probe.size: the run needs about 6 GiB of memory, and 5 GiB are free. Of this take "
            "the probe 3 GiB (measure.probe.size). Lower measure.probe.size",
        ),
        # Each of several too large: all are blamed, a key once.
        (
            [NET, BATCH, PROBE, COPIES],
            GIB + 1,
            "training.batch_size: the run needs about 9 GiB of memory, and 1 GiB are free. Of this take "
            "a training step 2 GiB (training.batch_size), the probe 3 GiB (measure.probe.size), copies 3 GiB "
            "(measure.probe.size). Lower training.batch_size and measure.probe.size",
        ),
        # One net too large: nothing else matters.
        (
            [NET, BATCH, PROBE],
            GIB // 2,
            "model.hidden: the run needs about 6 GiB of memory, and 0.5 GiB are free. Of this take "
            "the weights of one net 1 GiB (model.hidden). Lower model.hidden",
        ),
        (
            [Need("the weights of one net", "model.hidden", 12_345 * GIB)],
            22 * GIB,
            "model.hidden: the run needs about 12,345 GiB of memory, and 22 GiB are free. Of this take "
            "the weights of one net 12,345 GiB (model.hidden). Lower model.hidden",
        ),
    ],
)
def test_a_shortage_in_words(needs, available, message):
    assert describe_shortage(needs, available) == message


def test_this_machine_has_some():
    found = available_memory()
    assert found is None or 2**20 < found < 2**50


@pytest.fixture
def group(tmp_path):
    def write(limit, current, stat):
        for name, content in (("max", limit), ("current", current), ("stat", stat)):
            (tmp_path / f"memory.{name}").write_text(f"{content}\n")
        return tmp_path

    return write


def test_a_container_has_what_its_limit_leaves(group):
    assert memory._left_in_cgroup(group(8 * GIB, 3 * GIB, "anon 3\nfile 0\ninactive_file 0")) == [5 * GIB]


def test_files_kept_in_memory_make_way(group):
    stat = f"anon 1\nfile {2 * GIB}\ninactive_file {2 * GIB}\nactive_file 0"
    assert memory._left_in_cgroup(group(8 * GIB, 7 * GIB, stat)) == [3 * GIB]


def test_a_container_without_a_limit(group):
    assert memory._left_in_cgroup(group("max", 3 * GIB, "anon 3")) == []


def test_a_system_that_tells_nothing(monkeypatch):
    def missing(self, *_, **__):
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.setattr(memory.os, "sysconf_names", {})
    assert available_memory() is None


def test_a_system_that_knows_its_pages_only(monkeypatch):
    def missing(self, *_, **__):
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", missing)
    monkeypatch.setattr(memory.os, "sysconf_names", {"SC_PHYS_PAGES": 0, "SC_PAGE_SIZE": 1})
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert available_memory() == 4_096_000
