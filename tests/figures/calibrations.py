"""Made-up summaries of calibrations, with the columns of real ones."""

import pandas as pd


def summary(
    *,
    samples: tuple[int, ...] = (100,),
    dims: tuple[int, ...] = (1,),
    numbers: tuple[str, ...] = ("i_xt",),
    laws: tuple[str, ...] = ("independent", "normal-0.9", "identity-16"),
    kind: str = "ksg",
    label: str = "e",
) -> pd.DataFrame:
    """An estimator that is 0.25 bits too small, at each law, dimension, size and number."""
    rows = []
    for place, law in enumerate(laws):
        for d in dims:
            for size in samples:
                for number in numbers:
                    truth = 1.5 * place * d
                    rows.append(
                        {
                            "estimator": label,
                            "kind": kind,
                            "law": law,
                            "dims": d,
                            "samples": size,
                            "number": number,
                            "truth": truth,
                            "mean": truth - 0.25,
                            "bias": -0.25,
                            "sd": 0.125,
                            "se": 0.0625,
                            "draws": 4,
                            "refused": 0,
                            "reason": "",
                            "warned": 0,
                            "codes": "",
                            "seconds": 0.002,
                        }
                    )
    return pd.DataFrame(rows)
