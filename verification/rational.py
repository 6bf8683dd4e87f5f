"""Small matrices in exact rational arithmetic; a float64 is a rational number too."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

Matrix = Sequence[Sequence[Any]]


def echelon(matrix: Matrix) -> tuple[list[list[Fraction]], list[int], Fraction]:
    """Return the reduced row echelon form, its pivot columns, and the signed product of the pivots."""
    rows = [[Fraction(entry) for entry in row] for row in matrix]
    pivots: list[int] = []
    product = Fraction(1)
    for column in range(len(rows[0])):
        at = len(pivots)
        found = next((row for row in range(at, len(rows)) if rows[row][column]), None)
        if found is None:
            continue
        if found != at:
            rows[at], rows[found] = rows[found], rows[at]
            product = -product
        pivot = rows[at][column]
        product *= pivot
        rows[at] = [entry / pivot for entry in rows[at]]
        for row in range(len(rows)):
            factor = rows[row][column]
            if row != at and factor:
                rows[row] = [entry - factor * other for entry, other in zip(rows[row], rows[at], strict=True)]
        pivots.append(column)
        if len(pivots) == len(rows):
            break
    return rows, pivots, product


def rank(matrix: Matrix) -> int:
    """The number of independent rows."""
    return len(echelon(matrix)[1])


def determinant(matrix: Matrix) -> Fraction:
    """The determinant of a square matrix."""
    _, pivots, product = echelon(matrix)
    return product if len(pivots) == len(matrix) else Fraction(0)


def inverse(matrix: Matrix) -> list[list[Fraction]] | None:
    """The inverse of a square matrix, or None where there is none."""
    size = len(matrix)
    extended = [[*row, *(int(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    rows, pivots, _ = echelon(extended)
    return [row[size:] for row in rows] if pivots == list(range(size)) else None


def kernel_vector(matrix: Matrix) -> list[Fraction] | None:
    """A vector v other than 0 with M v = 0, or None where there is none."""
    rows, pivots, _ = echelon(matrix)
    columns = len(matrix[0])
    free = next((column for column in range(columns) if column not in pivots), None)
    if free is None:
        return None
    vector = [Fraction(0)] * columns
    vector[free] = Fraction(1)
    for row, pivot in enumerate(pivots):
        vector[pivot] = -rows[row][free]
    return vector


def apply(matrix: Matrix, vector: Sequence[Any]) -> list[Any]:
    """M v, in the arithmetic of the entries."""
    return [sum(entry * value for entry, value in zip(row, vector, strict=True)) for row in matrix]
