"""Nets that are a chain of dense layers, recognised by what they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

import torch
from torch import fx, nn

ActivationKind = Literal["tanh", "relu", "leaky-relu", "sigmoid", "softsign", "softplus", "linear"]
"""Activations that the engines for chains know, by the names that specs give them."""


@final
@dataclass(frozen=True)
class DenseLayer:
    """One linear map and its activation; names are those of the net's parameters.

    Attributes:
        leak: Slope of a leaky ReLU below zero, else 0.
    """

    weight: str
    bias: str
    units_in: int
    units: int
    activation: ActivationKind = "linear"
    leak: float = 0.0


Chain = tuple[DenseLayer, ...]
"""From the input on; the last layer is linear, its activities are the logits."""


class NotAChainError(Exception):
    """Says why a net cannot be trained as a chain of dense layers."""


def common_chain(nets: Sequence[nn.Module]) -> Chain:
    """Return the chain that all these nets are.

    Raises:
        NotAChainError: One is something else, or they differ, or share parameters.
    """
    if not nets:
        raise NotAChainError("there is no net")
    chain, dtype = read_chain(nets[0]), next(nets[0].parameters()).dtype
    for number, net in enumerate(nets):
        if read_chain(net) != chain or next(net.parameters()).dtype != dtype:
            raise NotAChainError(f"the net of replica {number} differs from that of replica 0")
    places = [parameter.data_ptr() for net in nets for parameter in net.parameters()]
    if len(set(places)) < len(places):
        raise NotAChainError("replicas share parameters")
    return chain


def read_chain(net: nn.Module) -> Chain:
    """Return what a net does to its (flattened) inputs up to the logits.

    The net is traced, so what counts is its computation, not its class: two nets of one class may differ, and
    one that somebody wrote may be as good as ours.

    Raises:
        NotAChainError: It does anything but one dense layer after the other, or something watches it.
    """
    _refuse_what_a_trace_does_not_show(net)
    layers: list[DenseLayer] = []
    last: fx.Node | None = None
    is_open = False  # whether the last layer may still get its activation
    for node in _trace(net):
        sources = node.all_input_nodes
        if node.op != "placeholder" and sources != [last]:
            raise NotAChainError(f"`{node.name}` does not take what the step before it gave")
        module = net.get_submodule(str(node.target)) if node.op == "call_module" else None
        if isinstance(module, nn.Linear):
            layers.append(_dense(str(node.target), module))
            is_open = True
        elif (node.op == "placeholder" and last is None) or (not layers and _flattens(node, module)):
            pass
        elif module is not None and is_open:
            layers[-1] = _activated(layers[-1], module)
            is_open = False
        elif node.op != "output":
            raise NotAChainError(f"`{node.name}` ({_words(module, node)}) is not part of a dense layer")
        last = node
    _refuse_other_ends(net, layers)
    return tuple(layers)


def _trace(net: nn.Module) -> list[fx.Node]:
    """Return the steps from the inputs to the logits, in training mode."""
    tracer = fx.Tracer()
    logits = getattr(net, "logits", None)
    # As `logits_of` chooses.
    if logits is not None and not isinstance(logits, nn.Module):
        tracer.traced_func_name = "logits"
    modes = [(module, module.training) for module in net.modules()]
    net.train()
    try:
        return list(tracer.trace(net).nodes)
    except Exception as error:
        raise NotAChainError(f"its computation cannot be traced ({error})") from error
    finally:
        for module, mode in modes:
            module.training = mode


def _refuse_what_a_trace_does_not_show(net: nn.Module) -> None:
    for name, module in net.named_modules():
        hooks = [key for key, value in vars(module).items() if key.endswith("_hooks") and value]
        # torch keeps hooks of loading and saving under such names too; they do not touch training.
        if any("state_dict" not in key for key in hooks):
            raise NotAChainError(f"`{name or 'the net'}` has hooks")
        if "forward" in vars(module):
            raise NotAChainError(f"`{name or 'the net'}` has a forward of its own")
    if any(True for _ in net.buffers()):
        raise NotAChainError("it has buffers")
    for name, parameter in net.named_parameters():
        if not parameter.requires_grad:
            raise NotAChainError(f"`{name}` is frozen")
        if parameter._backward_hooks or getattr(parameter, "_post_accumulate_grad_hooks", None):
            raise NotAChainError(f"`{name}` has hooks")
        if parameter.dtype not in (torch.float32, torch.float64):
            raise NotAChainError(f"`{name}` is {parameter.dtype}; only float32 and float64 are known")


def _refuse_other_ends(net: nn.Module, layers: list[DenseLayer]) -> None:
    if not layers:
        raise NotAChainError("it has no dense layer")
    if layers[-1].activation != "linear":
        raise NotAChainError(f"its logits come out of an activation ({layers[-1].activation})")
    used = [name for layer in layers for name in (layer.weight, layer.bias)]
    # Of a parameter with two names, only the first is listed.
    if sorted(used) != sorted(name for name, _ in net.named_parameters()):
        raise NotAChainError("a parameter is used twice or not at all")
    if len({parameter.dtype for parameter in net.parameters()}) > 1:
        raise NotAChainError("its parameters are of different types")


def _dense(name: str, module: nn.Linear) -> DenseLayer:
    if type(module) is not nn.Linear:
        raise NotAChainError(f"`{name}` is a {type(module).__name__}, not a plain Linear")
    if module.bias is None:
        raise NotAChainError(f"`{name}` has no bias")
    return DenseLayer(f"{name}.weight", f"{name}.bias", module.in_features, module.out_features)


def _flattens(node: fx.Node, module: nn.Module | None) -> bool:
    """Say whether a step puts all axes but the first into one."""
    if type(module) is nn.Flatten:
        return (module.start_dim, module.end_dim) == (1, -1)
    return node.op == "call_method" and node.target == "flatten" and node.args[1:] == (1,) and not node.kwargs


def _activated(layer: DenseLayer, module: nn.Module) -> DenseLayer:
    kind, leak = _kind(module)
    return DenseLayer(layer.weight, layer.bias, layer.units_in, layer.units, kind, leak)


def _kind(module: nn.Module) -> tuple[ActivationKind, float]:
    # Exact types: a subclass may do something else.
    known: dict[type[nn.Module], ActivationKind] = {
        nn.Tanh: "tanh",
        nn.ReLU: "relu",
        nn.Sigmoid: "sigmoid",
        nn.Softsign: "softsign",
        nn.Identity: "linear",
    }
    if type(module) in known:
        return known[type(module)], 0.0
    if type(module) is nn.LeakyReLU:
        return "leaky-relu", float(module.negative_slope)
    if type(module) is nn.Softplus and (module.beta, module.threshold) == (1.0, 20.0):
        return "softplus", 0.0
    raise NotAChainError(f"the activation {module} is not known")


def _words(module: nn.Module | None, node: fx.Node) -> str:
    """Name what a node does; of a function its name only, for `repr` tells where in memory it is."""
    if module is not None:
        return str(module)
    return f"{node.op} {getattr(node.target, '__name__', node.target)}"
