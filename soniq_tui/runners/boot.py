"""Run by path to start the template: ``python -P boot.py FD HOST_PID IMPORTER``.

``-P`` keeps the current folder off the module path, where a file called ``random.py`` would be
taken for Python's own. A checkout that is not installed is then found by where this file lies.
"""

import gc
import os
import sys
from pathlib import Path

gc.disable()  # what is imported stays: to look for garbage in it would delay the first job
_root = str(Path(__file__).parents[2])
if _root not in sys.path:
    sys.path.insert(0, _root)

from soniq_tui.runners.template import main  # noqa: E402  the path had to be known first

main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
os._exit(0)  # the host waits for the end, and nothing is left to be flushed
