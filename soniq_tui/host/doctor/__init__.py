"""``soniq-tui doctor``: looks at machine, disk, installation and terminal; changes nothing.

Each probe is a function that yields findings. One that breaks is a finding itself: the doctor is
asked where something is wrong already.
"""

import os
import time
from collections.abc import Iterable, Mapping

import msgspec

from soniq_tui import config
from soniq_tui.errors import ConfigError
from soniq_tui.host import out
from soniq_tui.host.doctor import disk, machine, program, session
from soniq_tui.host.doctor.findings import Finding, Mark, Probe, World, bad, warn
from soniq_tui.model.settings import Settings
from soniq_tui.words import _, use

__all__ = ["examine", "run", "world_of"]

PROBES: tuple[Probe, ...] = (*program.PROBES, *machine.PROBES, *disk.PROBES, *session.PROBES)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    ok: bool
    """Nothing is bad."""
    findings: list[Finding]


def run(given: Mapping[str, str | None], *, as_json: bool) -> int:
    """Examine and print; return 0 when nothing is bad, else 1.

    Args:
        given: the options of the command line, those before the command among them.
        as_json: print one JSON object.
    """
    world = world_of(given, os.environ)
    if as_json:
        use("en")
    elif language := world.settings.ui.language:
        use(language)
    findings = examine(world)
    worst = {finding.mark for finding in findings}
    if as_json:
        out.say_json(Report(ok=Mark.BAD not in worst, findings=findings))
    else:
        counts = [sum(f.mark is mark for f in findings) for mark in Mark]
        lines = [finding.line() for finding in findings]
        text = _("{well} ok, {some} to look after, {bad} bad")
        lines.append(text.format(well=counts[0], some=counts[1], bad=counts[2]))
        out.say("\n".join(lines) + "\n")
    return int(Mark.BAD in worst)


def world_of(given: Mapping[str, str | None], env: Mapping[str, str]) -> World:
    """Return what there is to look at; settings that cannot be loaded are one of the findings."""
    flags = {"data_dir": given.get("data_dir"), "log_level": given.get("log_level")}
    flags |= {f"ui.{name}": given.get(name) for name in ("theme", "glyphs", "language")}
    file, error = given.get("config_file"), ""
    try:
        settings = config.load(flags, file=file, env=env)
    except ConfigError as exc:
        error = str(exc)
        settings = _fallback(given.get("data_dir") or env.get("SONIQ_DATA_DIR"), env)
    try:
        found = file or str(config.default_file(env))
    except ConfigError as exc:
        found, error = "", error or str(exc)
    return World(
        settings=settings,
        env=env,
        now_at_s=time.time(),
        config_file=found,
        config_error=error,
    )


def _fallback(data_dir: str | None, env: Mapping[str, str]) -> Settings:
    """Return the defaults, with the data directory where it can be told."""
    plain = {name: value for name, value in env.items() if not name.startswith(config.PREFIX)}
    for place in (data_dir or None, None):
        try:
            return config.load({"data_dir": place}, file=os.devnull, env=plain)
        except ConfigError:
            continue  # the next is tried: no place at all
    return Settings()


def examine(world: World, probes: Iterable[Probe] = PROBES) -> list[Finding]:
    """Return all findings; never raises."""
    findings: list[Finding] = []
    for probe in probes:
        name = probe.__name__.strip("_").replace("_", " ")
        failed = _("could not be looked at: {why}")
        try:
            findings += probe(world)
        except OSError as exc:
            findings.append(bad(name, failed.format(why=exc)))
        except Exception as exc:  # noqa: BLE001  the other probes still have something to say
            findings.append(warn(name, failed.format(why=f"{type(exc).__name__}: {exc}")))
    return findings
