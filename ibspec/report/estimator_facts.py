"""What a page says of an estimator beside its docstring: the formula, the cost, and when to trust it."""

from dataclasses import dataclass
from typing import Final, final


@final
@dataclass(frozen=True)
class Facts:
    """Of one kind of estimator.

    Attributes:
        measures: Of what the number tells; a phrase for the index.
        trust: When to trust it; a sentence or two.
        formula: Lines of plain text, in bits or nats as the last of them says.
        cost: How time grows with N samples and d columns, and what else drives it.
        another: Why the number is not to be compared with I(X;T) of the law, where it is not.
    """

    measures: str
    trust: str
    formula: str
    cost: str
    another: str = ""


_NOISE: Final = (
    "They are about telling one row's noisy activity from another's, and never look at X: for a "
    "deterministic layer that is I(X;T+Z). In the laws below T is itself noisy given X, so they count the "
    "law's own noise as signal; with columns enough they go to log2 N."
)

FACTS: Final[dict[str, Facts]] = {
    "kde": Facts(
        "bounds on I(X;T+Z), T a function of X, Z noise of a variance that you choose",
        "For comparing layers and epochs at one stated variance, well below log2 N and with both bounds "
        "shown. Never as the information of the layer: that has no such noise in it.",
        "f(v) = -mean_i log2 mean_j exp(-|t_i - t_j|² / (2 v noise_variance))\n"
        "f(4) <= I(X;T+Z) <= f(1)                       shown: f(1)\n"
        "I(T;Y) = f(1) - sum_y p(y) f(1 | class y)      in bits",
        "N² d: all pairs of rows, in tiles; memory grows with N d.",
        f"{_NOISE} A normal unit of variance 1 has I(T;T+Z) = log2(1 + 1 / noise_variance) / 2, and its "
        "upper bound tends to log2(e) / (2 + 2 noise_variance) more: 1.73 and 2.39 bits at 0.1.",
    ),
    "adaptive-kde": Facts(
        "bounds as of kde, with noise that is a share of the layer's scale",
        "Where layers of different scales, or growing weights, are to be compared at the same relative "
        "noise. Prefer `spread`: the largest value is that of one row, and grows with the number of rows.",
        "noise_variance = (noise_share scale)²\n"
        "scale = max_ij |t_ij|   or   (mean over units of their variance)^(1/2)\n"
        "then as kde                                    in bits",
        "N² d, as kde.",
        _NOISE,
    ),
    "binning": Facts(
        "information of the cut activity, exactly, on this probe",
        "For activity that is discrete anyhow, or noisy with few cells and repeated inputs. On continuous "
        "activity and distinct inputs the number belongs to the cells: state them with it.",
        "c_i = joint cell of all units in row i\n"
        "H(T) = -sum_c p(c) log2 p(c), p the shares of the rows\n"
        "I(X;T) = H(T) - H(T|X),   I(T;Y) = H(T) - H(T|Y)         in bits",
        "N d.",
        "On a probe of distinct inputs they are the entropy of the cells, whatever X has to do with T, up to "
        "log2 N. Only where inputs repeat (the last laws of the table) are they about both variables.",
    ),
    "exact": Facts(
        "I(X;T) and I(T;Y) of whole-number activity under the probe's own law, with no error",
        "Always, for the probe: it counts. For the law behind the probe it is the plug-in estimate, too "
        "large on average by about (cells of both - cells of each + 1) / (2 N ln 2) bits.",
        "as binning, with the codes of a quantised layer for cells\n"
        "I(X;T) = H(T) - H(T|X),   I(T;Y) = H(T) - H(T|Y)         in bits",
        "N d.",
    ),
    "sample-propagation": Facts(
        "I(X;T) and I(T;Y) of a layer with Gaussian noise inside the net, sigma known",
        "For few noisy units, with numbers well below log2 N. In a first noisy layer it errs by the draw of "
        "the probe alone; in deeper ones look at `passes_bias` first.",
        "p(t) = mean_k N(t; s_k, sigma² 1),   t_ij = s_i + sigma z_ij\n"
        "I(X;T) = mean_ij ln p(t_ij | x_i) / p(t_ij)\n"
        "I(T;Y) = mean_ij ln p(t_ij | y_i) / p(t_ij)              in nats, / ln 2\n"
        "p(t | x_i): one Gaussian in a first noisy layer, else a mixture over fresh passes",
        "N² d draws; in deeper layers as many forward passes as `passes`.",
    ),
    "ksg": Facts(
        "I(X;T) and I(T;Y) of the law, X and T real or mixed, Y classes or real",
        "Up to 2 + 2 columns and about 2 bits, smooth or with atoms (variant 1). Too small for sharp edges, "
        "heavy tails, strong dependence and beyond 6 columns, never by a wide margin too large.",
        "variant 1:  psi(k) + psi(N) - mean(psi(n_x + 1) + psi(n_t + 1))\n"
        "variant 2:  psi(k) - 1/k + psi(N) - mean(psi(n_x) + psi(n_t))\n"
        "classes:    psi(k) + psi(N) - mean(psi(N_y) + psi(n_t + 1))      in nats, / ln 2\n"
        "n_x, n_t: other rows within the k-th neighbour's distance in x alone, in t alone",
        "N log N in few columns; towards N² beyond about six.",
    ),
    "kozachenko-leonenko": Facts(
        "I(X;T) and I(T;Y) of the law, as a difference of neighbour entropies",
        "Where an entropy is wanted as well; `ksg` is better on nearly all laws below, except for heavy "
        "tails.",
        "H = psi(N) - psi(k) + d ln 2 + d mean_i ln r_i          r_i: distance to the k-th neighbour\n"
        "I(X;T) = H(X) + H(T) - H(X,T),   I(T;Y) = H(T) - sum_y p(y) H(T | y)      in nats, / ln 2",
        "N log N in few columns; towards N² beyond about six.",
    ),
    "lnn": Facts(
        "I(X;T) and I(T;Y) of the law, by fits to the logarithm of the density",
        "In 1 + 1 columns, with thousands of rows, or with a hundred and very strong dependence. Corrected "
        "it is half a bit too small in 2 + 2 columns; uncorrected, 0.16 too large at independence in 1 + 1.",
        "u_j = (x_j - x_i) / h,  w_j = exp(-|u_j|²/2),  h: distance to the k-th neighbour, j: the m nearest\n"
        "S = sum w,  mu = sum w u / S,  C = sum w u u' / S - mu mu'\n"
        "a_i = ln(N-1) - ln S + (d/2) ln 2 pi + d ln h\n"
        "      order 1: + |mu|²/2      order 2: + (ln det C + mu' C^-1 mu) / 2\n"
        "H = mean_i a_i - B(k, m, order, d)\n"
        "I(X;T) = H(X) + H(T) - H(X,T),   I(T;Y) = H(T) - sum_y p(y) H(T | y)      in nats, / ln 2",
        "N (log N + m d²); B is simulated once for each choice of parameters, in a second or so.",
    ),
    "gaussian": Facts(
        "I(X;T) as if X and T were jointly normal; classes as one normal cloud each",
        "Where the variables are normal: nothing is better or faster, in any number of columns well below N. "
        "Elsewhere it sees linear dependence alone; heavy tails make it meaningless.",
        "I(X;T) = (ln det C_X + ln det C_T - ln det C_XT) / 2 - Wishart's excess\n"
        "I(T;Y) = H(Y) + mean_i ln q_i(y_i | t_i),  q_i by Bayes' rule from clouds without row i\n"
        "                                                         in nats, / ln 2",
        "N d² + d³.",
    ),
    "gaussian-copula": Facts(
        "I(X;T) as if the variables had a normal copula: unchanged by increasing maps of any column",
        "Where each column is an increasing map of a normal one, and as a lower bound for one column each. "
        "Blind to dependence without rank correlation (Student's t): it shows 0 there.",
        "z = Phi^-1(rank / (N + 1)) in each column, then as gaussian:\n"
        "I(X;T) = (ln det C_X + ln det C_T - ln det C_XT) / 2 - Wishart's excess      in nats, / ln 2",
        "N log N d + N d² + d³.",
    ),
    "local-gaussian": Facts(
        "I(X;T) and I(T;Y) of the law, from a normal law fitted around each row",
        "For few columns and thin, strong dependence without heavy tails; look at the share that converged. "
        "Where tails are heavy it is wrong by more than a bit, and negative.",
        "f(v) = N(v; mu, C) at the maximum over mu, C of\n"
        "       mean_i K_h(v_i - v) ln N(v_i; mu, C) - N(v; mu, C + h² 1)      K_h: normal kernel\n"
        "I(X;T) = mean_i ln f(x_i, t_i) / (f(x_i) f(t_i)),   I(T;Y) = mean_i ln f(t_i | y_i) / f(t_i)\n"
        "                                                         in nats, / ln 2",
        "N² d², with a search for a maximum at each row: the slowest of all.",
    ),
    "renyi": Facts(
        "matrix entropies of kernel matrices, of a chosen order and width",
        "For comparing layers at one n and one rule of width, `s_t` between 5 and 95 % of log2 n. That it "
        "comes near I(X;T) for some laws and widths is chance.",
        "A = K / n,   S(A) = log2(sum_i lambda_i(A)^alpha) / (1 - alpha)\n"
        "I(X;T) = S(A) + S(B) - S(A o B / tr(A o B))               in bits; o: entry by entry",
        "n³ for n rows taken (at most `samples`), several times.",
        "They estimate no information of the law: they depend on n and the width, and are above 0 for "
        "independent variables.",
    ),
    "edge": Facts(
        "I(X;T) and I(T;Y) of the law, by cells of a hash, several times",
        "For 1 + 1 columns and less than 2 bits, to about 0.2 bits. In two columns each its error is bits, "
        "and two releases differ by bits: compare at equal constants only.",
        "I(X;T) = (1/N) sum_ij N_ij clip(log2(N N_ij / (N_i M_j)), 0.001, 10)       in bits\n"
        "N_i, M_j, N_ij: rows in cells floor((v W + shift) / width) of X, of T and of both;\n"
        "median over shifts; then again, widths times 2^(1/(2 I) - (2 I)^(1/2))",
        "N d for each hashing, and one search for neighbours.",
    ),
    "info-nce": Facts(
        "a lower bound on I(X;T) and I(T;Y), at most log2 of the batch, by a trained critic",
        "As a lower bound, in any number of columns, from several thousand rows on. On the laws below it was "
        "above the truth by 0.02 bits at most, and at 4,000 rows below it by up to 0.35 bits where that was "
        "less than 4 bits.",
        "E[s(x,t) - ln mean_t' e^s(x,t')],  t' the activities of a batch, t among them\n"
        "                                                         in nats, / ln 2",
        "restarts × steps × batch², whatever N; classes cost the same again.",
    ),
    "nwj": Facts(
        "a lower bound on I(X;T) and I(T;Y) by a trained critic, without a ceiling",
        "As a lower bound; looser than info-nce on nearly all laws below, by more than a bit from 4 bits on, "
        "and for heavy tails.",
        "1 + E_p[f - 1] - E_q[e^(f - 1)]                          in nats, / ln 2\n"
        "E_p: rows, E_q: pairs of different rows of a batch",
        "restarts × steps × batch², whatever N; classes cost the same again.",
    ),
    "mine": Facts(
        "I(X;T) and I(T;Y) by the bound of Donsker and Varadhan, a trained critic and a sample's logarithm",
        "Not as a bound, though on the laws below it was above the truth by 0.02 bits at most. It lies "
        "between nwj and info-nce on most of them: prefer info-nce.",
        "E_p[s] - ln E_q[e^s]                                     in nats, / ln 2\n"
        "E_p: rows, E_q: pairs of different rows of a batch",
        "restarts × steps × batch², whatever N; classes cost the same again.",
    ),
    "as-if-random": Facts(
        "I(X;T) and I(T;Y) with T drawn from K nets of one training, and nobody told which",
        "As the exact number of a stated window of nets, with `i_xt_single_mean` beside it. That it is lower "
        "than that of one net is a theorem, and no compression.",
        "T = cell of F_E(x), E one of K nets, each equally often\n"
        "I(X;T) = H(T) - H(T|X),  H(T|x) from the K cells that x leads to\n"
        "I(T;Y) = H(T) - H(T|Y)                        in bits; with kernels, bounds as of kde",
        "As the estimator underneath, on the rows of all K nets together.",
        "The laws have one activity each, and of one net the number is what binning says: on a probe of "
        "distinct inputs the entropy of the cells, whatever X has to do with T.",
    ),
}
"""By kind."""
