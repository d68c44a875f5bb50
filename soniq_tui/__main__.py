"""``python -m soniq_tui`` is ``soniq-tui``; that command begins here, too."""

# What ``signal`` is made of: built in, so it is there at once; typeshed does not know it.
import _signal  # type: ignore[import-not-found]

# Until the command is there, which answers to Ctrl-C itself, that ends it as it ends any program:
# Python's own handler would tell which import it was in.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

from soniq_tui.cli import main

if __name__ == "__main__":
    main()
