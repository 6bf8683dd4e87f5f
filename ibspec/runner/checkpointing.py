"""What a checkpoint says of a run, and how a run is put back where a checkpoint left it."""

import time
from collections.abc import Iterable
from typing import Any, final

from ibspec.results import DamagedFileError, RunDirectory
from ibspec.runner.clock import ALL, Clock
from ibspec.runner.following import Follower
from ibspec.runner.keeping import Keeping
from ibspec.runner.ledger import Ledger
from ibspec.runner.measuring import Measuring
from ibspec.runner.open_epochs import OpenEpochs
from ibspec.runner.resuming import Past
from ibspec.training import Engine


@final
class Checkpointing:
    """Writes states to go on from, and goes back to one.

    Args:
        directory: Of the run.
        manifest: How each replica fares stands in it.
        engine: What is trained.
        follower: Is told again what had been found.
        measuring: What waits in it is recorded too.
        keeping: Writes the states.
        ledger: What has been counted.
        open_epochs: What is not decided yet.
        clock: Times the writing.
    """

    def __init__(
        self,
        directory: RunDirectory,
        manifest: dict[str, Any],
        engine: Engine,
        follower: Follower,
        measuring: Measuring,
        keeping: Keeping,
        ledger: Ledger,
        open_epochs: OpenEpochs,
        clock: Clock,
    ) -> None:
        self._directory, self._manifest = directory, manifest
        self._engine, self._follower, self._measuring = engine, follower, measuring
        self._keeping, self._ledger, self._open_epochs, self._clock = keeping, ledger, open_epochs, clock

    def write(self) -> None:
        """Write a state to go on from: nothing is in between, but for what waits to be measured."""
        more = {
            "epoch": self._engine.epoch,
            **self._ledger.record(),
            "replicas": self._manifest["replicas"],
            "unwritten": self._open_epochs.record(self._measuring.waiting()),
            "seconds": round(self._clock.elapsed(), 3),
        }
        start = time.monotonic()
        self._keeping.tables["timings"].add(*self._clock.take())
        self._keeping.write(self._engine.state(), more)
        self._clock.add("writing", self._engine.epoch, ALL, time.monotonic() - start)

    def go_back_to(self, past: Past) -> None:
        """Put everything back where it was.

        Args:
            past: Of a run that had come to a checkpoint.

        Raises:
            DamagedFileError: The engine cannot take that state.
        """
        record = past.record
        assert record is not None
        try:
            self._engine.load(past.state)
        except Exception as error:  # whatever comes of a state that somebody else sealed
            raise DamagedFileError(
                f"{self._directory.checkpoints} holds no state of this net: {type(error).__name__}: {error}"
            ) from None
        self._ledger.restore(record)
        self._manifest["replicas"] = record["replicas"]
        self._open_epochs.restore(record["unwritten"])
        self._find_again(past, range(len(record["replicas"])))

    def _find_again(self, past: Past, replicas: Iterable[int]) -> None:
        """Tell the follower what had been found, so that it asks for what comes next."""
        chosen = self._open_epochs.chosen
        for replica, stored in past.found(self._keeping.tables["measurements"].table()).items():
            chosen |= {(replica, epoch) for epoch in stored}
            # An adaptive schedule asks for an epoch only when it has the answers before it.
            while ready := [e for e in self._follower.wanted(replica, self._engine.epoch) if e in stored]:
                for epoch in ready:
                    self._follower.found(replica, epoch, stored[epoch])
        for replica in replicas:
            # Where nothing is measured before the end, kept weights alone say what was come to.
            for epoch in self._keeping.looked_back.epochs(replica):
                if (replica, epoch) not in chosen:
                    chosen.add((replica, epoch))
                    self._follower.found(replica, epoch, ())
        for replica in set(replicas) - set(self._engine.live):
            self._follower.end(replica)
