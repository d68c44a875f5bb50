"""Run by path to start the template: ``python -P boot.py FD HOST_PID``.

``-P`` keeps the current folder off the module path, where a file called ``random.py`` would be
taken for Python's own. A checkout that is not installed is then found by where this file lies.
"""

import sys
from pathlib import Path

_root = str(Path(__file__).parents[2])
if _root not in sys.path:
    sys.path.insert(0, _root)

from soniq_tui.runners.template import main  # noqa: E402  the path had to be known first

main(int(sys.argv[1]), int(sys.argv[2]))
