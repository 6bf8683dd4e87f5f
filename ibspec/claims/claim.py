"""A statement that can be checked, where it comes from, and what we expect to find."""

from typing import Literal, final

from pydantic import Field, field_validator, model_validator

from ibspec.core import Frozen

Kind = Literal[
    "definition",
    "theorem",
    "identity",
    "algorithm",
    "bound",
    "agreement",
    "erratum",
    "extension",
    "finding",
]
"""What sort of statement: an `erratum` is printed and wrong, an `extension` is a likely reading that is
not printed in the source, a `finding` is settled by measuring and not by proof."""

Verdict = Literal[
    "holds",
    "refuted",
    "supported",
    "not supported",
    "undecided",
    "artefact",
    "error",
    "not measured",
]
"""What was found. `error`: the check broke, which tells nothing; `not measured`: it did not run."""

EXPECTABLE: dict[Kind, tuple[Verdict, ...]] = {
    "definition": ("holds",),
    "theorem": ("holds",),
    "identity": ("holds",),
    "algorithm": ("holds",),
    "bound": ("holds",),
    "agreement": ("holds",),
    "erratum": ("refuted",),
    "extension": ("refuted",),
    "finding": ("supported", "not supported", "undecided", "artefact"),
}
"""The verdicts that each kind of claim can be expected to get."""


@final
class Claim(Frozen):
    """A statement, its source and the verdict that we expect.

    Attributes:
        id: `topic.name`, in lower case; its name in the catalogue, the report and on the command line.
        says: The statement in one sentence. For an erratum or an extension, the wrong statement.
        source: Key and place, such as `grabauskas-2019 eq. 2.7`; several are separated by semicolons.
        kind: What sort of statement it is.
        expected: The verdict with which its check passes.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$")
    says: str = Field(min_length=1)
    source: str = Field(min_length=1)
    kind: Kind
    expected: Verdict

    @field_validator("says", "source")
    @classmethod
    def _is_one_trimmed_line(cls, text: str) -> str:
        if text != " ".join(text.split()):
            raise ValueError(f"must be one line without spare spaces; got {text!r}")
        return text

    @model_validator(mode="after")
    def _kind_can_be_expected_so(self) -> "Claim":
        if self.expected not in EXPECTABLE[self.kind]:
            raise ValueError(
                f"a claim of kind `{self.kind}` is expected to be {' or '.join(EXPECTABLE[self.kind])}; "
                f"got expected={self.expected!r}"
            )
        return self

    @property
    def topic(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]
