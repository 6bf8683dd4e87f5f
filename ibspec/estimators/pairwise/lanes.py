"""Eight float64 numbers at once in compiled code: arithmetic whose order is written, not guessed.

A compiler turns a loop into vector instructions only where it can prove that nothing overlaps, may not
reorder a sum, and prefers vectors half as wide as the machine's. Here a vector is a value: kernels hold
several in registers and say which sums run side by side. The code is the same on every machine (eight
lanes are one register of AVX-512, two of AVX2, four of NEON), and so is the order of every sum.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic, models, overload, register_model

LANES = 8

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_INTEGERS = ir.VectorType(ir.IntType(64), LANES)
_ZERO = ir.Constant(_VECTOR, [0.0] * LANES)
_MANTISSA_BITS = 52


class LanesType(types.Type):
    """The type of eight lanes in compiled code."""


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    """How eight lanes are held: as LLVM's vector."""

    def __init__(self, manager: Any, lanes_type: LanesType) -> None:
        super().__init__(manager, lanes_type, _VECTOR)  # type: ignore[no-untyped-call]


lanes = LanesType(name="Lanes")


def _spread(builder: Any, number: Any, vector: Any) -> Any:
    """Repeat one number in all lanes."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(
        first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    )


def _address(context: Any, builder: Any, signature: Any, args: Any) -> tuple[Any, Any, int]:
    """Where lanes of an array begin, the type they have there, and the bytes they are aligned to."""
    array_type, index_type = signature.args[:2]
    index = context.cast(builder, args[1], index_type, types.intp)
    start = builder.gep(context.make_array(array_type)(context, builder, args[0]).data, [index])
    vector = ir.VectorType(context.get_data_type(array_type.dtype), LANES)
    return builder.bitcast(start, vector.as_pointer()), vector, array_type.dtype.bitwidth // 8


@intrinsic
def load(context: Any, array: Any, index: Any) -> Any:
    """Eight consecutive numbers from `index` on of a contiguous array of float64 or float32, counted flat."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address, _, alignment = _address(context, builder, signature, args)
        return builder.fpext(builder.load(address, align=alignment), _VECTOR)  # of doubles: themselves

    return lanes(array, index), generate


@intrinsic
def store(context: Any, array: Any, index: Any, value: Any) -> Any:
    """Write eight numbers from `index` on of a contiguous float64 array, counted flat."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address, _, alignment = _address(context, builder, signature, args)
        builder.store(args[2], address, align=alignment)
        return context.get_dummy_value()

    return types.void(array, index, value), generate


@intrinsic
def splat(context: Any, number: Any) -> Any:
    """One number in all lanes."""
    return lanes(types.float64), lambda context, builder, signature, args: _spread(builder, args[0], _VECTOR)


@intrinsic
def fma(context: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        form = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        function = cgutils.get_or_insert_function(builder.module, form, f"llvm.fma.v{LANES}f64")  # type: ignore[no-untyped-call]
        return builder.call(function, args)

    return lanes(lanes, lanes, lanes), generate


@intrinsic
def clamp(context: Any, value: Any, low: Any, high: Any) -> Any:
    """Lane by lane, no less than `low` and no more than `high`; NaN becomes `low`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value, low, high = args
        raised = builder.select(builder.fcmp_ordered(">", value, low), value, low)
        return builder.select(builder.fcmp_ordered("<", raised, high), raised, high)

    return lanes(lanes, lanes, lanes), generate


@intrinsic
def times_power_of_two(context: Any, value: Any, shifted: Any) -> Any:
    """Add the integer in the low bits of `shifted` to the exponent of `value`, lane by lane.

    The result must be a normal number.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value, shifted = (builder.bitcast(arg, _INTEGERS) for arg in args)
        power = builder.shl(shifted, ir.Constant(_INTEGERS, [_MANTISSA_BITS] * LANES))
        return builder.bitcast(builder.add(value, power), _VECTOR)

    return lanes(lanes, lanes), generate


@intrinsic
def without_first(context: Any, value: Any, count: Any) -> Any:
    """Set the first `count` lanes to 0; none where `count` <= 0, all where it is 8 or more."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        count = _spread(builder, context.cast(builder, args[1], signature.args[1], types.int64), _INTEGERS)
        kept = builder.icmp_signed(">=", ir.Constant(_INTEGERS, list(range(LANES))), count)
        return builder.select(kept, args[0], _ZERO)

    return lanes(lanes, count), generate


@intrinsic
def above(context: Any, value: Any, bound: Any) -> Any:
    """Return an integer whose bit k says whether lane k exceeds the number `bound`; NaN counts as above."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        exceeds = builder.fcmp_unordered(">", args[0], _spread(builder, args[1], _VECTOR))
        return builder.zext(builder.bitcast(exceeds, ir.IntType(LANES)), ir.IntType(64))

    return types.int64(lanes, types.float64), generate


@intrinsic
def total(context: Any, value: Any) -> Any:
    """Sum over the lanes, in pairs four apart, then two, then one."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        terms = [builder.extract_element(args[0], ir.Constant(ir.IntType(32), k)) for k in range(LANES)]
        while len(terms) > 1:
            half = len(terms) // 2
            terms = [builder.fadd(a, b) for a, b in zip(terms[:half], terms[half:], strict=True)]
        return terms[0]

    return types.float64(lanes), generate


def _teach(symbol: Callable[..., Any], instruction: str) -> None:
    """Let +, - and * work on lanes."""

    @intrinsic
    def compute(context: Any, a: Any, b: Any) -> Any:
        return lanes(lanes, lanes), lambda context, builder, signature, args: getattr(builder, instruction)(
            *args
        )

    @overload(symbol, strict=False)
    def choose(a: Any, b: Any) -> Callable[[Any, Any], Any] | None:
        if isinstance(a, LanesType) and isinstance(b, LanesType):
            return lambda a, b: compute(a, b)  # type: ignore[call-arg]
        return None


_teach(operator.add, "fadd")
_teach(operator.sub, "fsub")
_teach(operator.mul, "fmul")
