"""The log-in: locale, terminal, tmux, and what is left of it after a log-out."""

import os
import pwd
from collections.abc import Iterator

from soniq_tui.host.doctor.findings import Finding, Probe, World, ok, warn
from soniq_tui.words import _, mark

LOCALE = mark("locale")
TERMINAL = mark("terminal")
LOG_OUT = mark("log-out")
KILLS = [
    "busctl",
    "get-property",
    "org.freedesktop.login1",
    "/org/freedesktop/login1",
    "org.freedesktop.login1.Manager",
    "KillUserProcesses",
]


def locale(world: World) -> Iterator[Finding]:
    """Whether the locale is UTF-8."""
    env = world.env
    name = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    if "utf8" in name.lower().replace("-", ""):
        yield ok(LOCALE, name)
    else:
        yield warn(
            LOCALE,
            _("{name} is not UTF-8; the console draws with ASCII").format(name=name or _("none")),
            "export LANG=C.UTF-8",
        )


def terminal(world: World) -> Iterator[Finding]:
    """What the terminal can show."""
    term, colorterm = world.env.get("TERM", ""), world.env.get("COLORTERM", "")
    if term in {"", "dumb"}:
        yield warn(
            TERMINAL,
            _("TERM is {name}: no console here, the commands work").format(
                name=term or _("not set")
            ),
            _("over SSH: ssh -t"),
        )
    elif "NO_COLOR" in world.env:
        yield ok(TERMINAL, _("{name}, without colours: NO_COLOR is set").format(name=term))
    elif colorterm in {"truecolor", "24bit"}:
        yield ok(TERMINAL, _("{name}, 16 million colours").format(name=term))
    elif "256color" in term:
        yield ok(TERMINAL, _("{name}, 256 colours").format(name=term))
    else:
        yield ok(TERMINAL, _("{name}, 16 colours").format(name=term))


def tmux(world: World) -> Iterator[Finding]:
    """Whether tmux hands on what is copied (OSC 52)."""
    if not world.env.get("TMUX"):
        return
    clipboard = world.answer(["tmux", "show-options", "-sv", "set-clipboard"])
    through = world.answer(["tmux", "show-options", "-gwv", "allow-passthrough"])
    if clipboard == "on" or through in {"on", "all"}:
        yield ok("tmux", _("what is copied reaches the terminal"))
    elif clipboard is None and through is None:
        yield ok("tmux", _("does not tell its options"))
    else:
        yield warn(
            "tmux",
            _("what is copied does not reach the terminal: set-clipboard is {value}").format(
                value=clipboard or _("not set")
            ),
            _("put 'set -s set-clipboard on' into ~/.tmux.conf"),
        )


def log_out(world: World) -> Iterator[Finding]:
    """Whether a detached engine outlives the log-out (logind.conf(5))."""
    uid = os.getuid()
    if not (world.system / "run/systemd/system").is_dir() or uid == 0:
        yield ok(LOG_OUT, _("nothing ends a detached engine"))
        return
    user = _user(uid)
    mend = f"sudo loginctl enable-linger {user}"
    if (world.system / "var/lib/systemd/linger" / user).exists():
        yield ok(LOG_OUT, _("{user} lingers: a detached engine goes on").format(user=user))
        return
    kills = world.answer(KILLS)
    if kills == "b true":
        fact = _("systemd ends a detached engine (KillUserProcesses=yes)")
        yield warn(LOG_OUT, fact, mend)
    elif kills == "b false":
        fact = _("a detached engine goes on; what lies in memory is read anew")
        yield ok(LOG_OUT, fact, mend)
    else:
        fact = _("whether systemd ends a detached engine cannot be told")
        yield warn(LOG_OUT, fact, mend)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


PROBES: tuple[Probe, ...] = (locale, terminal, tmux, log_out)
