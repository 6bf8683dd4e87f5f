"""Whether measuring goes on beside training."""

import torch

SMALL = 2**28
"""Bytes of activity and working copies up to which a snapshot is small. Fixed, so that runs repeat."""


def workers_beside(device: torch.device, need: int, threads: int) -> int:
    """Return how many snapshots to measure at once beside training; 0 is none.

    It gains where measuring one snapshot does not fill all cores, which small layers do not; large ones
    are measured one at a time by all threads, since copies of them would fill the memory instead.

    Args:
        device: Where nets are trained; a GPU is shared no further.
        need: Bytes that measuring one snapshot takes.
        threads: Threads that torch uses.
    """
    return threads if device.type == "cpu" and threads > 1 and need <= SMALL else 0
