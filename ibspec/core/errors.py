"""What can go wrong, as one tree.

    IbspecError
    ├── UserError            something the user can change; exit code 2
    │   ├── SpecError        the spec or a `--set` is wrong
    │   ├── DataError        a data set is missing, damaged or does not fit the spec
    │   ├── DeviceError      the device asked for is not there
    │   ├── ShapeError       arrays whose shapes do not belong together
    │   └── SampleSizeError  too few samples for what was asked
    ├── ActivityError        this activity cannot be measured; the measurement is marked `invalid`
    └── RunError             the run failed: every replica diverged, or the machine; exit code 3

Every message says what was wanted, what came, and which key to change.
"""


class IbspecError(Exception):
    """Root of everything that ibspec raises on purpose."""

    exit_code = 3


class UserError(IbspecError):
    """Something that the user asked for and can change."""

    exit_code = 2


class SpecError(UserError):
    """The spec, or an override of it, is not a valid experiment."""


class DataError(UserError):
    """A data set is missing, damaged, or does not fit the spec."""


class DeviceError(UserError):
    """The device asked for is not on this machine."""


class ShapeError(UserError):
    """Arrays whose shapes do not belong together."""


class SampleSizeError(UserError):
    """Too few samples for what was asked."""


class ActivityError(IbspecError):
    """This activity cannot be measured (not finite, for instance): the measurement is `invalid`."""


class RunError(IbspecError):
    """The run failed as a whole."""
