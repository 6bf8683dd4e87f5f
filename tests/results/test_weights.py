"""Weights come back from files as they were, and memory holds no more than was agreed."""

import gc
import weakref
from pathlib import Path

import pytest
import torch

from ibspec.results import DamagedFileError, WeightStore
from ibspec.results.integrity import write_named
from ibspec.results.weights import Weights

ROOM = 10**9


def net(value: float, dtype: torch.dtype = torch.float32) -> Weights:
    """88 bytes in float32."""
    weights = {"layers.0.weight": torch.full((4, 3), value), "layers.0.bias": torch.full((4,), -value)}
    weights["layers.1.weight"] = torch.full((1, 5), value)
    weights["scale"] = torch.tensor(value)
    return {name: tensor.to(dtype) for name, tensor in weights.items()}


def same(a: Weights, b: Weights) -> bool:
    return list(a) == list(b) and all(a[n].dtype == b[n].dtype and torch.equal(a[n], b[n]) for n in a)


def on_disk(store: WeightStore) -> list[str]:
    return sorted(path.name for path in store.directory.iterdir()) if store.directory.exists() else []


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "weights", ROOM)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_round_trip(store: WeightStore, dtype: torch.dtype) -> None:
    """Replicas and epochs whose numbers begin alike, in no order; in memory, in a file, in two."""
    places = [(1, 1), (11, 1), (1, 11), (0, 0), (1, 0), (11, 11), (0, 10), (0, 1)]
    for replica, epoch in places[:5]:
        store.put(replica, epoch, net(replica + epoch / 16, dtype))
    assert on_disk(store) == []
    store.flush()
    for replica, epoch in places[5:]:
        store.put(replica, epoch, net(replica + epoch / 16, dtype))
    for _ in range(2):
        for replica, epoch in reversed(places):
            assert (replica, epoch) in store
            assert same(store.get(replica, epoch), net(replica + epoch / 16, dtype))
        store.flush()
    assert len(on_disk(store)) == 2
    assert store.epochs(1) == [0, 1, 11]
    assert store.epochs(2) == []
    assert (2, 0) not in store
    with pytest.raises(KeyError, match=r"\(2, 0\)"):
        store.get(2, 0)


def test_replicas_may_be_different_nets(store: WeightStore) -> None:
    store.put(0, 0, {"w": torch.ones(2)})
    store.put(1, 0, {"w": torch.ones(3, 3), "b/c": torch.zeros(())})
    store.flush()
    assert same(store.get(0, 0), {"w": torch.ones(2)})
    assert same(store.get(1, 0), {"w": torch.ones(3, 3), "b/c": torch.zeros(())})


def test_the_same_tensors_at_two_places_and_views_of_one(store: WeightStore) -> None:
    """As engines give them that keep all replicas in one tensor, or a net that did not move."""
    stacked = torch.arange(24.0).reshape(2, 4, 3)
    for replica in range(2):
        for epoch in range(2):
            store.put(replica, epoch, {"w": stacked[replica], "tied": stacked[replica], "t": stacked[0].T})
    store.flush()
    for replica in range(2):
        assert torch.equal(store.get(replica, 1)["w"], stacked[replica])
        assert torch.equal(store.get(replica, 0)["t"], stacked[0].T)


def test_what_came_first_stays(store: WeightStore) -> None:
    store.put(0, 0, net(1))
    store.put(0, 0, net(2))
    assert same(store.get(0, 0), net(1))
    store.flush()
    store.put(0, 0, net(2))
    assert same(store.get(0, 0), net(1))
    store.flush()
    assert len(on_disk(store)) == 1


def test_room_is_kept(tmp_path: Path) -> None:
    """Ten nets of 88 bytes, four of which fit."""
    store = WeightStore(tmp_path / "w", room=4 * 88)
    counts = []
    for epoch in range(10):
        store.put(0, epoch, net(epoch))
        counts.append(len(on_disk(store)))
    assert counts == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2]
    assert all(same(store.get(0, epoch), net(epoch)) for epoch in range(10))
    # What is dropped makes room.
    for epoch in range(10, 20):
        store.put(0, epoch, net(epoch))
        store.drop(0, epoch)
    assert len(on_disk(store)) == 2


def test_no_room_at_all(tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "w", room=0)
    store.put(0, 0, net(1))
    assert len(on_disk(store)) == 1
    assert same(store.get(0, 0), net(1))


def test_nothing_is_held_after_it_is_written(store: WeightStore) -> None:
    held = []
    for epoch in range(5):
        weights = net(epoch)
        held += [weakref.ref(tensor) for tensor in weights.values()]
        store.put(0, epoch, weights)
        del weights
    assert all(ref() is not None for ref in held)
    store.drop(0, 4)
    gc.collect()
    assert [ref() is None for ref in held] == [False] * 16 + [True] * 4
    store.flush()
    gc.collect()
    assert all(ref() is None for ref in held)


def test_what_is_read_holds_on_to_no_file(store: WeightStore) -> None:
    """One net out of a file of a thousand must not keep all of them in memory."""
    for epoch in range(1000):
        store.put(0, epoch, net(epoch))
    store.flush()
    found = store.get(0, 7)
    assert all(tensor.untyped_storage().nbytes() == tensor.nbytes for tensor in found.values())
    found["scale"] += 1  # nor does it change what the next one gets
    assert same(store.get(0, 7), net(7))


def test_dropping(store: WeightStore) -> None:
    for epoch in range(3):
        store.put(0, epoch, net(epoch))
    store.drop(0, 0)
    store.flush()
    store.drop(0, 1)
    store.drop(5, 5)  # was never there
    assert store.epochs(0) == [2]
    assert (0, 1) not in store
    with pytest.raises(KeyError, match=r"\(0, 1\)"):
        store.get(0, 1)
    store.put(0, 1, net(9))
    assert same(store.get(0, 1), net(9))


def test_a_file_goes_with_its_last_weights(store: WeightStore) -> None:
    for epoch in range(4):
        store.put(0, epoch, net(epoch))
        if epoch % 2:
            store.flush()
    first, second = on_disk(store)
    store.drop(0, 0)
    store.sweep(())
    assert on_disk(store) == [first, second]
    store.drop(0, 1)
    store.sweep({first})  # some checkpoint names it
    assert on_disk(store) == [first, second]
    store.sweep(())
    assert on_disk(store) == [second]
    (store.directory / "notes.txt").write_text("mine")
    store.sweep(())
    assert on_disk(store) == [second, "notes.txt"]


def test_going_back_to_a_record(store: WeightStore) -> None:
    """A new process knows what the record knows, and numbers its files after all that there are."""
    store.put(0, 0, net(0))
    store.put(1, 0, net(1))
    store.flush()
    record = store.record()
    assert record == [[0, 0, on_disk(store)[0]], [1, 0, on_disk(store)[0]]]
    store.put(0, 1, net(2))
    store.flush()
    store.drop(1, 0)
    again = WeightStore(store.directory, ROOM)
    again.put(7, 7, net(7))  # forgotten
    again.restore(record)
    assert ((7, 7) in again, (0, 1) in again, (1, 0) in again) == (False, False, True)
    assert same(again.get(1, 0), net(1))
    again.put(0, 1, net(3))
    again.flush()
    assert [name[:6] for name in on_disk(again)] == ["000000", "000001", "000002"]
    assert same(again.get(0, 1), net(3))
    again.sweep(())
    assert [name[:6] for name in on_disk(again)] == ["000000", "000002"]


def test_a_record_leads_to_no_other_directory(store: WeightStore, tmp_path: Path) -> None:
    store.put(0, 0, net(0))
    store.flush()
    (name,) = on_disk(store)
    elsewhere = WeightStore(tmp_path / "elsewhere", ROOM)
    elsewhere.restore([[0, 0, f"../weights/{name}"]])
    with pytest.raises(DamagedFileError, match=rf"elsewhere/{name} cannot be read"):
        elsewhere.get(0, 0)


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_a_damaged_file_is_named(store: WeightStore, how: str) -> None:
    store.put(0, 0, net(1))
    store.flush()
    (name,) = on_disk(store)
    path = store.directory / name
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:-1] + (b"\x7f" if how == "flipped" else b""))
    with pytest.raises(DamagedFileError, match=rf"weights/{name} (is damaged|cannot be read)"):
        store.get(0, 0)
    path.write_bytes(content)
    assert same(store.get(0, 0), net(1))


@pytest.mark.parametrize(
    "tensors",
    [
        {"0": torch.tensor([5]), "0/000000/w": torch.ones(1, 2)},
        {"0": torch.tensor([0]), "0/000000/w": torch.ones(0, 2)},
        {"x": torch.tensor([0])},
        {"0/000000/w": torch.ones(1, 2)},
        {"0": torch.tensor(0)},
        {},
        None,
    ],
    ids=str,
)
def test_a_strangers_file(tmp_path: Path, tensors: Weights | None) -> None:
    from safetensors.torch import save

    (tmp_path / "w").mkdir()
    content = b"no weights" if tensors is None else save(tensors)
    name = write_named(tmp_path / "w", "000000", ".safetensors", content)
    store = WeightStore(tmp_path / "w", ROOM)
    store.restore([[0, 0, name]])
    with pytest.raises(DamagedFileError, match=rf"{name} holds no weights"):
        store.get(0, 0)


def test_nothing_is_written_where_there_is_nothing(store: WeightStore) -> None:
    store.flush()
    store.sweep(())
    store.restore([])
    store.remove()
    assert not store.directory.exists()


def test_a_directory_that_vanished_is_an_error_and_the_weights_stay(tmp_path: Path) -> None:
    store = WeightStore(tmp_path / "gone" / "w", ROOM)
    store.put(0, 0, net(1))
    with pytest.raises(FileNotFoundError, match="gone/w"):
        store.flush()
    assert same(store.get(0, 0), net(1))
    assert not list(tmp_path.iterdir())


def test_remove(store: WeightStore) -> None:
    store.put(0, 0, net(1))
    store.flush()
    store.put(0, 1, net(1))
    store.remove()
    assert not store.directory.exists()
    assert store.epochs(0) == []
    store.put(0, 0, net(2))
    store.flush()
    assert same(store.get(0, 0), net(2))
