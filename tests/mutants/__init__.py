"""Small faults put into the code, one at a time, to see whether a test notices: `python -m tests.mutants`.

The faults are those of mutmut, a kept library. Its runner is not used: it copies the tree, compiles all
faults of a function into one module and runs the whole test suite on it, where numba has to compile
everything again; here a fault has thirteen seconds. So ours forks from one process in which torch, numba and
pytest are imported already, puts the changed source in place in the child's memory (nothing on disk changes,
nor do the compiled kernels that are kept there), and runs only the tests closest to the changed module.
"""
