"""Documents of our own in a run's directory, read back as what they were."""

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ibspec.core import UserError
from ibspec.results.integrity import DamagedFileError, read_sealed

Document = TypeVar("Document", bound=BaseModel)


def read_document(path: Path, kind: type[Document], command: str) -> Document | None:
    """Read a sealed JSON document; None where there is no file.

    Args:
        path: The file.
        kind: What it holds.
        command: That writes it anew, for the error.

    Raises:
        UserError: The file is damaged, or of another version of ibspec.
    """
    if not path.is_file():
        return None
    try:
        return kind.model_validate_json(json.dumps(read_sealed(path)))
    except (DamagedFileError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be read: {first}. `{command}` writes it anew") from error
