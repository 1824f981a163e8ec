"""The command `webagent`, also as `python -m webagent`."""

import os
import sys

from webagent.dotenv_guard import no_dotenv
from webagent.signals import stop_on_signals


def main() -> int:
    """Run the command with the arguments of this process. Return its exit code."""
    _open_standard_streams()
    with stop_on_signals() as stop, no_dotenv():
        try:
            from webagent.cli import start  # inside, so that Ctrl-C during the import gives no traceback

            code = start(sys.argv[1:])
        except KeyboardInterrupt:
            code = 130
    return stop.exit_code or code


def _open_standard_streams() -> None:
    # Where one is closed, the next file or socket would take its number, and be taken for it by what we start.
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


if __name__ == "__main__":
    sys.exit(main())
