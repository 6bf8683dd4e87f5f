"""Downloads from a loopback server that is right, wrong, slow or silent."""

import hashlib
import socket
import threading
import time

import numpy as np
import pytest

from ibspec.core import DataError
from ibspec.data.download import SILENCE_SECONDS, download

CONTENT = np.random.default_rng(1).bytes(200_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_right_bytes(server):
    server.files["/file"] = CONTENT
    assert download(f"{server.url}/file", len(CONTENT), SHA256) == CONTENT


def test_patience_is_five_seconds():
    assert SILENCE_SECONDS == 5.0


def test_wrong_bytes_of_the_right_length(server):
    wrong = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    server.files["/file"] = wrong
    found = hashlib.sha256(wrong).hexdigest()
    with pytest.raises(DataError, match=f"{server.url}/file: wanted SHA-256 {SHA256}, got {found}"):
        download(f"{server.url}/file", len(CONTENT), SHA256)


def test_too_few_bytes(server):
    server.files["/file"] = CONTENT[:1234]
    with pytest.raises(DataError, match=f"wanted {len(CONTENT)} bytes, got 1234"):
        download(f"{server.url}/file", len(CONTENT), SHA256)


def test_too_many_bytes_are_cut_off(server):
    server.files["/file"], server.piece, server.pause = CONTENT, 10_000, 0.5
    started = time.monotonic()
    with pytest.raises(DataError, match="wanted 5000 bytes, and the server sends more"):
        download(f"{server.url}/file", 5000, SHA256)
    assert time.monotonic() - started < 5  # the whole file would have taken ten seconds


def test_absent_file(server):
    with pytest.raises(DataError, match=f"{server.url}/nothing: HTTP Error 404"):
        download(f"{server.url}/nothing", len(CONTENT), SHA256)


def test_nobody_there(closed_url):
    with pytest.raises(DataError, match=f"{closed_url}/file: .*refused"):
        download(f"{closed_url}/file", len(CONTENT), SHA256)


def test_silent_server():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/file"
        with pytest.raises(DataError, match=f"{url}: timed out"):
            download(url, len(CONTENT), SHA256, silence=0.2)


def test_server_that_falls_silent(server):
    server.files["/file"], server.piece, server.pause = CONTENT, 1000, 2.0
    with pytest.raises(DataError, match="timed out after 1000 of 200000 bytes"):
        download(f"{server.url}/file", len(CONTENT), SHA256, silence=0.2)


def test_server_that_trickles(server):
    server.files["/file"], server.piece, server.pause = CONTENT, 100, 0.02
    with pytest.raises(DataError, match=r"only \d+ of 200000 bytes after 0.3 seconds"):
        download(f"{server.url}/file", len(CONTENT), SHA256, total=0.3)


def test_something_else_than_a_web_server():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/file"

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(b"220 mail.example ESMTP\r\n")
            connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(DataError, match=f"{url}: 220 mail.example"):
            download(url, len(CONTENT), SHA256, silence=2.0)
