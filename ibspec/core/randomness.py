"""Seeds by name: one root, and children that never move when another child is added."""

import hashlib

import numpy as np


def _sequence(root: int, names: tuple[str | int, ...]) -> np.random.SeedSequence:
    text = "/".join(f"{type(name).__name__}:{name}" for name in names)
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint32)
    return np.random.SeedSequence(entropy=root, spawn_key=tuple(int(word) for word in words))


def child_seed(root: int, *names: str | int) -> int:
    """Return a 63-bit seed that depends on the root and on the child's name alone."""
    return int(_sequence(root, names).generate_state(1, np.uint64)[0]) >> 1


def child_generator(root: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator that depends on the root and on the child's name alone."""
    return np.random.default_rng(_sequence(root, names))
