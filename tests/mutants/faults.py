"""Which faults are tried: mutmut's, without those that anything would notice and those that nothing can."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import libcst as cst
from libcst import matchers as m
from mutmut.mutation import mutators

Operator = Callable[[Any], Iterable[cst.CSTNode]]

# `operator_assignment` is left out: None in place of a value raises as soon as the line runs, and faults
# that are found by whatever runs the line would only flatter the score.
OPERATORS: tuple[tuple[tuple[type, ...], Operator], ...] = (
    ((cst.Integer, cst.Float), mutators.operator_number),
    ((cst.SimpleString,), mutators.operator_string),
    ((cst.Name,), mutators.operator_name),
    ((cst.AugAssign,), mutators.operator_augmented_assignment),
    ((cst.UnaryOperation,), mutators.operator_remove_unary_ops),
    ((cst.Call,), mutators.operator_arg_removal),
    ((cst.Lambda,), mutators.operator_lambda),
    ((cst.Is, cst.IsNot, cst.In, cst.NotIn, cst.Break, cst.Continue), mutators.operator_keywords),
    (
        (cst.BinaryOperation, cst.UnaryOperation, cst.BooleanOperation, cst.ComparisonTarget, cst.AugAssign),
        mutators.operator_swap_op,
    ),
    ((cst.Match,), mutators.operator_match),
    ((cst.IfExp,), mutators.operator_if_exp),
)

SEEDS = {"default_rng", "manual_seed", "SeedSequence"}
"""Calls whose numbers could be any others."""

UNSEEN = {"cast", "TypeVar", "NewType"}
"""Calls that are for the type checker."""

WORDS = {"description", "what", "unit", "says", "source", "reason", "match", "seed", "strict", "device"}
"""Arguments that are words for people, seeds, true by construction, or the same without an accelerator."""

NOTES = {"case", "number", "draw"}
"""What a claim keeps for its report."""

JUDGING = {"within", "by"}
"""Tolerances of a claim's comparisons."""

DRAWN_ON = {"canvas", "axes"}
"""What a function that draws is given: whether a figure is good is for eyes to say."""

EXAMPLES = {"rng", "st"}
"""What draws a claim's examples: one more row or a larger number is another example of the same."""

LISTS = {"max", "min", "range"}
"""Calls that work with an argument less; others would raise at once, but for keywords with defaults."""


def examples_of(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The parts of a node of a claim that are its examples, its sizes or its tolerances.

    With others it is as true: nothing but a reader can say whether a tolerance is too wide (its reason stands
    beside it), and that a claim can fail at all is for tests/verification to show.
    """
    match node:
        case cst.Module(body=body):
            simple = [line for line in body if isinstance(line, cst.SimpleStatementLine)]
            return [line for line in simple if isinstance(line.body[0], cst.Assign | cst.AnnAssign)]
        case cst.For(iter=values) | cst.CompFor(iter=values):
            return [values]
        case cst.Param(default=cst.BaseExpression() as default):
            return [default]
        case cst.Call(func=cst.Attribute(value=cst.Name(value=name))) if name in EXAMPLES:
            return [node]
        case cst.Call(func=cst.Attribute(value=cst.Name(value="evidence")), args=args):
            return [each for each in args if each.keyword and each.keyword.value in JUDGING]
        case _:
            return []


def is_left_alone(node: cst.CSTNode) -> bool:
    """Whether nothing at or below this node is worth a fault."""
    match node:
        case cst.FunctionDef(params=cst.Parameters(params=params)):
            return any(each.name.value in DRAWN_ON for each in params)
        case cst.Annotation() | cst.Decorator() | cst.Import() | cst.ImportFrom() | cst.Raise():
            return True
        case cst.FormattedString() | cst.TypeAlias():
            return True
        case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString()):  # docstrings
            return True
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__" | "__tracebackhide__"))]):
            return True
        case cst.If(test=cst.Name(value="TYPE_CHECKING")):
            return True
        case cst.Call(func=cst.Attribute(value=cst.Name(value="evidence"), attr=cst.Name(value=name))):
            return name in NOTES
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return name in SEEDS | UNSEEN
        case cst.Arg(keyword=cst.Name(value=name)):
            return name in WORDS
        case _:
            return False


def faults_of(node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    """The faults of one node: the operator's name, and what would stand in the node's place."""
    for kinds, operator in OPERATORS:
        if isinstance(node, kinds):
            for number, other in enumerate(operator(node)):
                if _is_worth_trying(node, other, number):
                    yield operator.__name__.removeprefix("operator_"), other


def _is_worth_trying(node: cst.CSTNode, other: cst.CSTNode, number: int) -> bool:
    if isinstance(node, cst.SimpleString):  # prose has blanks; and one fault a string is enough
        return number == 0 and " " not in node.value
    if isinstance(node, cst.Call) and isinstance(other, cst.Call):
        return len(other.args) < len(node.args) and _can_do_without(node, other)
    return True


def _can_do_without(node: cst.Call, other: cst.Call) -> bool:
    (lost,) = [argument for argument in node.args if argument not in other.args]
    if lost.keyword is None:
        return m.matches(node.func, m.Name(m.MatchIfTrue(lambda name: name in LISTS)))
    if m.matches(node.func, m.Attribute(value=m.Name("evidence"))):
        # The other comparisons cannot be called without their tolerance.
        return m.matches(node.func, m.Attribute(attr=m.Name("at_most"))) and lost.keyword.value == "within"
    return lost.keyword.value not in WORDS
