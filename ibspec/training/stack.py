"""Replicas of one chain of dense layers, moved together by torch; the gradients are written out by hand."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, cast, final

import torch
from jaxtyping import Float, Int
from torch import nn
from torch.nn import functional

from ibspec.training.batch_gradients import Running
from ibspec.training.chain import Chain, DenseLayer
from ibspec.training.compiled_running import CompiledRunning
from ibspec.training.training import Training

Matrices = Float[torch.Tensor, "replicas units rows"]
"""Rows last: products of small matrices and sums over rows or units are several times faster so."""


@final
class Stack:
    """Some replicas and the optimiser that they share.

    All weights of a replica are one row of one parameter. Our optimisers act on each number alone, so torch's
    own, given that parameter, moves every replica as it would on its own.
    """

    def __init__(
        self, members: Sequence[int], flat: Float[torch.Tensor, "all parameters"], chain: Chain, how: Training
    ) -> None:
        self.members, self.how, self.chain = list(members), how, chain
        first, last = self.members[0], self.members[-1]
        # Neighbours are trained where they are; others in a copy, which is brought back after each epoch.
        self.is_copy = self.members != list(range(first, last + 1))
        self.flat = flat
        self.weights = nn.Parameter(flat[self.members] if self.is_copy else flat[first : last + 1])
        gradient = torch.empty_like(self.weights)
        self.weights.grad = gradient
        self.optimiser = how.optimiser.build([self.weights])
        self.steps = 0
        self._layers = list(_views(self.weights.detach(), chain))
        self._gradients = list(_views(gradient, chain))

    @torch.no_grad()
    def train(
        self,
        x: Float[torch.Tensor, "samples units"],
        y: Int[torch.Tensor, " samples"],
        orders: Int[torch.Tensor, "replicas rows"],
        running: Running | CompiledRunning | None = None,
    ) -> tuple[Float[torch.Tensor, " replicas"], Int[torch.Tensor, " replicas"]]:
        """Train for one epoch; return each replica's mean cross-entropy in nats and its right answers.

        Args:
            x: Inputs.
            y: Classes.
            orders: Rows of both, as each replica takes them.
            running: Takes in the gradients of whole batches.
        """
        replicas, rows = orders.shape
        losses = torch.zeros(replicas, dtype=torch.float64, device=x.device)
        right = torch.zeros(replicas, dtype=torch.int64, device=x.device)
        for batch in torch.split(orders, self.how.rows_per_step(rows), dim=1):
            chosen = batch.reshape(-1)
            inputs = x.index_select(0, chosen).view(*batch.shape, -1).transpose(1, 2)
            answers = y.index_select(0, chosen).view(batch.shape)
            is_full = batch.shape[1] == min(self.how.rows_per_step(rows), rows)
            loss, hits = self._step(inputs, answers, running if is_full else None)
            losses += loss
            right += hits
        if self.is_copy:
            self.flat[self.members] = self.weights.detach()
        return losses / rows, right

    def running(self) -> Running | CompiledRunning:
        """Return what may take in the gradients of an epoch; its pieces are the layers."""
        assert self.weights.grad is not None
        sizes = [layer.units * (layer.units_in + 1) for layer in self.chain]
        if self.weights.device.type == "cpu":
            return CompiledRunning(self.weights.grad, sizes)
        return Running([self.weights.grad], lambda flat: list(torch.split(flat[0], sizes, dim=1)))

    def without(self, lost: set[int]) -> "Stack":
        """Return the same without some members."""
        kept = [place for place, member in enumerate(self.members) if member not in lost]
        rest = Stack([self.members[place] for place in kept], self.flat, self.chain, self.how)
        memory = self.memory()
        for name, value in memory["optimiser"]["state"].get(0, {}).items():
            if isinstance(value, torch.Tensor) and value.shape == self.weights.shape:
                memory["optimiser"]["state"][0][name] = value[kept]
        rest.remember(memory)
        return rest

    def memory(self) -> dict[str, Any]:
        """Return a copy of all that the next step depends on besides the weights."""
        return {"steps": self.steps, "optimiser": copy.deepcopy(self.optimiser.state_dict())}

    def remember(self, memory: dict[str, Any]) -> None:
        """Go back to such a copy."""
        self.steps = memory["steps"]
        self.optimiser.load_state_dict(copy.deepcopy(memory["optimiser"]))

    def _step(
        self, x: Matrices, y: Int[torch.Tensor, "replicas rows"], running: Running | CompiledRunning | None
    ) -> tuple[Float[torch.Tensor, " replicas"], Int[torch.Tensor, " replicas"]]:
        arguments, activities = [x], [x]
        for layer, (weight, bias) in zip(self.chain, self._layers, strict=True):
            argument = torch.bmm(weight, activities[-1]).add_(bias)
            arguments.append(argument)
            activities.append(_activate(layer, argument))
        logits = activities[-1]
        answers = y.unsqueeze(1)
        log_p = functional.log_softmax(logits, dim=1)
        losses = log_p.gather(1, answers).sum(dim=(1, 2), dtype=torch.float64).neg_()
        hits = (logits.max(dim=1).indices == y).sum(dim=1)  # argmax takes fifteen times longer
        delta = log_p.exp_()
        delta.scatter_add_(1, answers, delta.new_full((), -1.0).expand(answers.shape))
        delta.div_(y.shape[1])
        for index in range(len(self.chain) - 1, -1, -1):
            below = activities[index]
            weight_gradient, bias_gradient = self._gradients[index]
            weight_gradient.copy_(torch.bmm(delta, below.transpose(1, 2)))
            torch.sum(delta, dim=2, keepdim=True, out=bias_gradient)
            if index:
                delta = torch.bmm(self._layers[index][0].transpose(1, 2), delta)
                delta = _pull_back(self.chain[index - 1], delta, arguments[index], below)
        if running is not None:
            running.add([self.weights.grad])
        optimiser = self.how.optimiser
        if optimiser.decay:
            self.optimiser.param_groups[0]["lr"] = optimiser.rate(self.steps)
        self.optimiser.step()
        self.steps += 1
        return losses, hits


def _views(
    flat: Float[torch.Tensor, "replicas parameters"], chain: Chain
) -> Iterator[tuple[Float[torch.Tensor, "replicas units below"], Float[torch.Tensor, "replicas units 1"]]]:
    """Yield every layer's weights and biases, as they lie in a matrix with a replica a row."""
    start = 0
    for layer in chain:
        bias = start + layer.units * layer.units_in
        end = bias + layer.units
        yield flat[:, start:bias].view(-1, layer.units, layer.units_in), flat[:, bias:end].unsqueeze(2)
        start = end


def _activate(layer: DenseLayer, argument: Matrices) -> Matrices:
    match layer.activation:
        case "tanh":
            return argument.tanh_()
        case "relu":
            return argument.relu_()
        case "leaky-relu":
            return functional.leaky_relu(argument, layer.leak)
        case "sigmoid":
            return argument.sigmoid_()
        case "softsign":
            return functional.softsign(argument)
        case "softplus":
            return functional.softplus(argument)
        case "linear":
            return argument


def _pull_back(layer: DenseLayer, delta: Matrices, argument: Matrices, activity: Matrices) -> Matrices:
    """Return the gradient by an activation's argument from that by its activity, in torch's own formulas."""
    aten: Any = torch.ops.aten
    match layer.activation:
        case "tanh":
            return cast(torch.Tensor, aten.tanh_backward(delta, activity))
        case "relu":
            return cast(torch.Tensor, aten.threshold_backward(delta, activity, 0))
        case "leaky-relu":
            return cast(torch.Tensor, aten.leaky_relu_backward(delta, argument, layer.leak, False))
        case "sigmoid":
            return cast(torch.Tensor, aten.sigmoid_backward(delta, activity))
        case "softsign":
            return delta.div_(argument.abs().add_(1.0).square_())
        case "softplus":
            return cast(torch.Tensor, aten.softplus_backward(delta, argument, 1, 20))
        case "linear":
            return delta
