"""Before anything loads torch: threads that wait sleep, so that tests stay quick on a busy machine."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

pytest_plugins = ["pytester"]
