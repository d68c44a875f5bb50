"""Scrubs what would change a picture, before Textual is imported: themes, colours, time zone."""

import os
import time

for _name in [n for n in os.environ if n.startswith("TEXTUAL")]:
    del os.environ[_name]
for _name in ("NO_COLOR", "COLORTERM", "COLORFGBG", "SSH_CONNECTION", "SSH_TTY", "TMUX"):
    os.environ.pop(_name, None)
os.environ.update({"TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC"})
os.environ.pop("LC_ALL", None)
time.tzset()

from soniq_tui.ui.environment import prepare

prepare()
