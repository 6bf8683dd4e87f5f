"""What is measured only when all of training is over."""

import time
from functools import partial
from typing import final

from ibspec.runner.clock import ALL, Clock
from ibspec.runner.keeping import Keeping
from ibspec.runner.ledger import Ledger
from ibspec.runner.looking_back import look_at_all, look_back
from ibspec.runner.open_epochs import OpenEpochs
from ibspec.runner.parallel import parallel_rows
from ibspec.runner.preparation import Prepared, looks_back
from ibspec.runner.telling import Telling
from ibspec.training import Task


@final
class AfterTraining:
    """Trains parallel nets, and looks back at the weights that were kept, as far as the spec asks for it.

    Args:
        prepared: The experiment.
        task: What is trained on.
        keeping: Holds the weights of the measured epochs.
        ledger: Takes the rows.
        open_epochs: Which epochs were measured.
        clock: Times both.
        telling: Is told which replica it is about.
    """

    def __init__(
        self,
        prepared: Prepared,
        task: Task,
        keeping: Keeping,
        ledger: Ledger,
        open_epochs: OpenEpochs,
        clock: Clock,
        telling: Telling,
    ) -> None:
        self._prepared, self._task, self._keeping = prepared, task, keeping
        self._ledger, self._open_epochs, self._clock, self._telling = ledger, open_epochs, clock, telling
        self._replicas = prepared.spec.training.replicas
        asked = prepared.spec.measure.gradients
        self._has_parallel_nets = asked is not None and "parallel" in asked.readings
        self._looks_back = bool(looks_back(prepared.spec.measure.estimators))

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to do."""
        return self._has_parallel_nets or self._looks_back

    def measure(self, epoch: int) -> None:
        """Enter all rows into the ledger.

        Args:
            epoch: At which training has ended.
        """
        if self._has_parallel_nets:
            self._train_parallel_nets(epoch)
        if self._looks_back:
            self._look_at_kept_weights(epoch)

    def _train_parallel_nets(self, last: int) -> None:
        """Train nets of which each has its own batch, and look at their gradients."""
        for replica in range(self._replicas):
            start = time.monotonic()
            self._telling.of_parallel_nets(replica)
            measured = sorted(epoch for of, epoch in self._open_epochs.chosen if of == replica)
            self._ledger.enter_gradients(list(parallel_rows(self._prepared, self._task, replica, measured)))
            self._clock.add("parallel nets", last, replica, time.monotonic() - start)

    def _look_at_kept_weights(self, last: int) -> None:
        kept = self._keeping.looked_back
        for replica in range(self._replicas):
            start = time.monotonic()
            tell = partial(self._telling.of_looking_back, replica)
            rows = look_back(self._prepared, self._task, kept, replica, tell)
            self._ledger.enter_measurements(list(rows))
            self._clock.add("looking back", last, replica, time.monotonic() - start)
        start = time.monotonic()
        tell = partial(self._telling.of_looking_back, ALL)
        self._ledger.enter_measurements(list(look_at_all(self._prepared, kept, tell)))
        self._clock.add("looking back", last, ALL, time.monotonic() - start)
