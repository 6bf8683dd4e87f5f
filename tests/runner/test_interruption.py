"""Putting things away is not interrupted."""

import os
import signal
import threading

import pytest

from ibspec.runner import interruption
from ibspec.runner.interruption import Stopping, undisturbed


@pytest.fixture
def _control_c():
    """What Python does on Control-C; in the background of a shell it is told to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_control_c")
def test_control_c_is_ignored_meanwhile_and_heard_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with undisturbed():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_it_is_put_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="inside"), undisturbed():
        raise ValueError("inside")
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_have_no_signals_to_ignore():
    done = []

    def work():
        with undisturbed():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert done == [True]


def test_a_stop_waits_for_a_safe_point(monkeypatch):
    monkeypatch.setattr(interruption, "PATIENCE", 60.0)
    stopping = Stopping()
    with stopping.listening():
        stopping.here()
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            stopping.here()


@pytest.mark.parametrize("again", [True, False])
def test_a_stop_that_is_late_or_asked_for_twice_comes_at_any_point(monkeypatch, again):
    monkeypatch.setattr(interruption, "PATIENCE", 60.0 if again else 0.05)
    stopping = Stopping()

    def work():
        signal.raise_signal(signal.SIGINT)
        if again:
            signal.raise_signal(signal.SIGINT)
        threading.Event().wait(20)

    with stopping.listening(), pytest.raises(KeyboardInterrupt):
        work()


def test_nothing_stops_where_it_is_held(monkeypatch):
    monkeypatch.setattr(interruption, "PATIENCE", 0.01)
    monkeypatch.setattr(interruption, "SOON", 0.01)
    stopping, written = Stopping(), []

    def work():
        with stopping.held():
            for _ in range(3):
                signal.raise_signal(signal.SIGINT)
            threading.Event().wait(0.1)
            written.append("whole")
        threading.Event().wait(20)

    with stopping.listening(), pytest.raises(KeyboardInterrupt):
        work()
    assert written == ["whole"]


def test_signals_mean_what_they_meant_before():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    with Stopping().listening():
        assert signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in before} == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
