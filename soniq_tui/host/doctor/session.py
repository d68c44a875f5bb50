"""The log-in: locale, terminal, tmux, and what is left of it after a log-out."""

import os
import pwd
from collections.abc import Iterator

from soniq_tui.host.doctor.findings import Finding, Probe, World, ok, warn

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
        yield ok("locale", name)
    else:
        yield warn(
            "locale",
            f"{name or 'none'} is not UTF-8; the console draws with ASCII",
            "export LANG=C.UTF-8",
        )


def terminal(world: World) -> Iterator[Finding]:
    """What the terminal can show."""
    term, colorterm = world.env.get("TERM", ""), world.env.get("COLORTERM", "")
    if term in {"", "dumb"}:
        yield warn(
            "terminal",
            f"TERM is {term or 'not set'}: no console here, the commands work",
            "over SSH: ssh -t",
        )
    elif "NO_COLOR" in world.env:
        yield ok("terminal", f"{term}, without colours: NO_COLOR is set")
    elif colorterm in {"truecolor", "24bit"}:
        yield ok("terminal", f"{term}, 16 million colours")
    elif "256color" in term:
        yield ok("terminal", f"{term}, 256 colours")
    else:
        yield ok("terminal", f"{term}, 16 colours")


def tmux(world: World) -> Iterator[Finding]:
    """Whether tmux hands on what is copied (OSC 52)."""
    if not world.env.get("TMUX"):
        return
    clipboard = world.answer(["tmux", "show-options", "-sv", "set-clipboard"])
    through = world.answer(["tmux", "show-options", "-gwv", "allow-passthrough"])
    if clipboard == "on" or through in {"on", "all"}:
        yield ok("tmux", "what is copied reaches the terminal")
    elif clipboard is None and through is None:
        yield ok("tmux", "does not tell its options")
    else:
        yield warn(
            "tmux",
            f"what is copied does not reach the terminal: set-clipboard is {clipboard or 'unset'}",
            "put 'set -s set-clipboard on' into ~/.tmux.conf",
        )


def log_out(world: World) -> Iterator[Finding]:
    """Whether a detached engine outlives the log-out (logind.conf(5))."""
    uid = os.getuid()
    if not (world.system / "run/systemd/system").is_dir() or uid == 0:
        yield ok("log-out", "nothing ends a detached engine")
        return
    user = _user(uid)
    mend = f"sudo loginctl enable-linger {user}"
    if (world.system / "var/lib/systemd/linger" / user).exists():
        yield ok("log-out", f"{user} lingers: a detached engine goes on")
        return
    kills = world.answer(KILLS)
    if kills == "b true":
        yield warn("log-out", "systemd ends a detached engine (KillUserProcesses=yes)", mend)
    elif kills == "b false":
        yield ok("log-out", "a detached engine goes on; what lies in memory is read anew", mend)
    else:
        yield warn("log-out", "whether systemd ends a detached engine cannot be told", mend)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


PROBES: tuple[Probe, ...] = (locale, terminal, tmux, log_out)
