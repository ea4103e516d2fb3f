"""Where the command `evacheck` begins: signals first, then everything that takes time to import."""

from __future__ import annotations

import sys

from checker import signals

_SIGINT, _SIGTERM = 130, 143
"""What a shell makes of a command that a signal ended; given where there was nothing yet to be found."""


def main() -> None:
    """The `evacheck` command. Ctrl-C while it starts is one line, not a traceback."""
    try:
        signals.install()
        from checker.cli import main as command  # noqa: PLC0415 - importing takes most of the time until it works

        try:
            command()
        finally:
            signals.ignored()  # all is said: a late signal must not change the status
    except KeyboardInterrupt as event:
        print("interrupted", file=sys.stderr)
        raise SystemExit(_SIGTERM if isinstance(event, signals.Terminated) else _SIGINT) from None


if __name__ == "__main__":
    main()
