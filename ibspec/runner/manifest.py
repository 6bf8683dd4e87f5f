"""What a run writes about itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from ibspec.results import describe_machine, hash_package
from ibspec.runner.bottleneck import label_bottleneck
from ibspec.runner.preparation import Prepared


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def first_manifest(prepared: Prepared, argv: Sequence[str], spec_file: Path | None) -> dict[str, Any]:
    """Return the manifest of a run that is about to start; the engine is not known yet."""
    spec, dataset = prepared.spec, prepared.dataset
    source = {} if spec_file is None else _file_identity(spec_file)
    return {
        "name": spec.name,
        "digest": spec.digest(),
        "spec_file": source,
        "state": "running",
        "started": now(),
        "argv": list(argv),
        "seed": spec.training.seed,
        "device": str(prepared.device),
        "device_name": _device_name(prepared.device),
        "threads": torch.get_num_threads(),
        "engine": "",
        "measured_beside_training": prepared.workers,
        "code_sha256": hash_package(),
        "machine": asdict(describe_machine()),
        "data": {
            "name": dataset.name,
            "source": dataset.source,
            "sha256": dict(dataset.sha256),
            "rows": len(dataset.x),
            "classes": dataset.class_count,
        },
        "facts": {
            "samples": prepared.probe.samples,
            "h_x": prepared.probe.h_x,
            "h_y": prepared.probe.h_y,
            "i_xy": prepared.probe.i_xy,
        },
        "bottleneck": label_bottleneck(prepared.probe),
        "layers": list(prepared.layers),
        "layer_shapes": {name: list(shape) for name, shape in prepared.layers.items()},
        "weights": prepared.weights,
        "replicas": {
            str(replica): {"state": "running", "reason": ""} for replica in range(spec.training.replicas)
        },
    }


def _file_identity(path: Path) -> dict[str, str]:
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else describe_machine().processor
