"""What sites want to know of a reader: cookies, names, keys. Kept in a file of their owner alone.

The presets of the old importer are read as they are: a JSON object by domain, each with ``type``
(``cookie``, ``basic``, ``bearer`` or ``apikey``) and ``values``.
"""

import base64
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes.links import host_of, pair_of

Presets = dict[str, dict[str, str]]
KINDS = ("cookie", "basic", "bearer", "apikey")


def read(file: Path) -> Presets:
    """Return the presets of a file, flat: ``type`` and the values.

    Raises:
        UsageError: it is not such a file, or others may read it.
    """
    try:
        mode = file.stat().st_mode
        data = msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, Any]])
    except OSError as exc:
        raise UsageError(f"{file}: {exc.strerror or exc}") from exc
    except msgspec.DecodeError as exc:
        raise UsageError(f"{file}: not a JSON object of presets by domain ({exc})") from exc
    if mode & 0o077:
        raise UsageError(f"{file}: others may read it; chmod 600 {file}")
    return {_host(domain): _flat(domain, preset) for domain, preset in data.items()}


def _host(domain: str) -> str:
    """Return the host that a preset is for, which may be told by an address.

    Raises:
        UsageError: it is none.
    """
    bare = domain.strip().lower().lstrip(".")
    if host := host_of(bare if "://" in bare else f"https://{bare}"):
        return host
    raise UsageError(f"preset of {domain!r}: that is no domain")


def _flat(domain: str, preset: dict[str, Any]) -> dict[str, str]:
    kind = str(preset.get("type", "")).lower()
    if kind not in KINDS:
        raise UsageError(f"preset of {domain}: type {kind!r}; choose one of {', '.join(KINDS)}")
    values = preset.get("values", preset)
    if isinstance(values, str):
        values = {kind: values}
    if not isinstance(values, dict):
        raise UsageError(f"preset of {domain}: values have to be an object, by their names")
    return {**{k: str(v) for k, v in values.items() if isinstance(v, str | int)}, "type": kind}


def with_login(presets: Presets, host: str, login: str) -> Presets:
    """Return presets in which a host has what stood in an address, ``user:password``."""
    name, password = pair_of(login)
    others = {domain: preset for domain, preset in presets.items() if domain != host}
    return {host: {"type": "basic", "username": name, "password": password}, **others}


def for_server(presets: Presets, url: str) -> dict[str, Any] | None:
    """Return the preset of an address as a recipe server wants it, or None."""
    host = host_of(url)
    found = _preset(host, presets)
    if found is None:
        return None
    domain, preset = found
    values = {k: v for k, v in preset.items() if k != "type"}
    return {"type": preset["type"], "domain": domain, "values": values, "description": ""}


def _preset(host: str, presets: Presets) -> tuple[str, dict[str, str]] | None:
    """Return the preset of a host or of the domain it belongs to."""
    for domain, preset in presets.items():
        bare = domain.removeprefix("www.")
        if host in {domain, bare} or ("." in bare and host.endswith(f".{bare}")):
            return domain, preset
    return None


def headers_for(host: str, presets: Presets) -> dict[str, str]:
    """Return the headers that a host is to get; none where no preset is its own or its domain's."""
    found = _preset(host, presets)
    if found is None:
        return {}
    preset = found[1]
    kind = preset["type"]
    if kind == "cookie":
        pairs = {k: v for k, v in preset.items() if k != "type"}
        return {"Cookie": pairs.get("cookie") or "; ".join(f"{k}={v}" for k, v in pairs.items())}
    if kind == "basic":
        return basic(str(preset.get("username", "")), str(preset.get("password", "")))
    if kind == "bearer":
        return {"Authorization": f"Bearer {preset.get('token') or preset.get('bearer', '')}"}
    return {"X-API-Key": preset.get("key") or preset.get("apikey", "")}


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header of a name and a password (RFC 7617)."""
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}
