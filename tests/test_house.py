"""The house keeps its shape: who may import whom, how long things get, where SQL stands."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "soniq_tui"
FILES = sorted(HOUSE.rglob("*.py"))
MOST_LINES, MOST_FUNCTION_LINES = 400, 60

ROOMS: dict[str, tuple[set[str], set[str]]] = {
    # room: what it may import of ours, what of third parties; the longest name that fits counts.
    # "importers.X" stands for any importer, "X itself" for its own files.
    "": (set(), set()),  # the package's __init__
    "__main__": ({"cli"}, set()),
    "errors": (set(), set()),
    "files": (set(), set()),
    "sql": (set(), set()),
    "words": ({"words"}, set()),  # stdlib alone; every room that speaks to people may use it
    "model": ({"errors", "model"}, {"msgspec"}),
    "config": ({"errors", "model", "words"}, {"msgspec"}),
    "importers": ({"errors", "model", "words", "importers.base", "importers.context"}, {"msgspec"}),
    "importers.X": (
        {"errors", "model", "words", "files", "sql", "importers.base", "X itself"},
        {"msgspec"},
    ),
    "engine": (
        {"errors", "model", "words", "files", "sql", "importers.base", "engine"},
        {"msgspec"},
    ),
    "runners": (
        {"errors", "model", "words", "importers.base", "importers.registry", "runners"},
        {"msgspec"},
    ),
    "api": ({"errors", "model", "words", "api"}, {"msgspec"}),
    "ui": ({"errors", "model", "words", "files", "ui"}, {"msgspec", "rich", "textual"}),
    "host": ({"*"}, {"msgspec"}),  # the wiring room
    "cli": ({"*"}, {"click"}),
    "verbs": ({"*"}, {"click", "msgspec"}),  # a part of the command line
}
PLACES: dict[str, str] = {
    # a module of the outside world: the files that may import it, besides the rooms above
    "sqlite3": r"engine/(backup|checkup|commit|journal\w*|opening|pages|reader|rows|sweep)\.py"
    r"|importers/\w+/store\.py|sql\.py",
    "mutagen": r"importers/music/.*",
    "watchfiles": r"importers/music/discovery/listen\.py",
    "PIL": r"importers/(music/covers.*|recipes/picture)\.py",
    "aiohttp": r"importers/(recipes|crawl)/.*|api/http\.py",
    "aiofiles": r"importers/(recipes|crawl)/.*|runners/subprocess\.py",
    "selectolax": r"importers/(recipes|crawl)/page/.*",
    "recipe_scrapers": r"importers/recipes/page/by_host\.py",
    "celery": r"runners/(celery|worker)\.py",
    "redis": r"runners/(celery|worker)\.py",
}
LONG_FILES: dict[str, str] = {}
"""Files beyond the limit, with the reason."""
LONG_FUNCTIONS: dict[str, str] = {}
"""Functions beyond the limit, as ``file:name``, with the reason."""


class Import(NamedTuple):
    """One imported module, as the file has it."""

    file: str
    line: int
    module: str
    top: bool
    """At module level, and not only for the type checker."""


def room_of(module: str) -> str:
    """Return the room of one of our modules, given below ``soniq_tui``."""
    parts = module.split(".")
    common = {"base", "context", "registry"}
    if parts[0] == "importers" and len(parts) > 1 and parts[1] not in common:
        return "importers.X"
    return parts[0]


def name_of(file: Path) -> str:
    """Return the dotted name of a file below ``soniq_tui``, empty for the package itself."""
    parts = file.relative_to(HOUSE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


HOLDERS = (ast.stmt, ast.excepthandler, ast.match_case)
"""What an import may stand in; expressions, of which there are ten times as many, hold none."""


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> tuple[Import, ...]:
    return tuple(_imports(file, tree(file), top=True))


def _imports(file: Path, node: ast.AST, *, top: bool) -> Iterator[Import]:
    where = file.relative_to(HOUSE).as_posix()
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, HOLDERS):
            continue
        inner = top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            inner = False
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(where, child.lineno, alias.name, top)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                yield Import(where, child.lineno, whole(f"{child.module}.{alias.name}"), top)
        else:
            yield from _imports(file, child, top=inner)


def whole(name: str) -> str:
    """Return the module that ``from a import b`` means: ``a.b`` where that is one, else ``a``."""
    path = ROOT.joinpath(*name.split("."))
    if path.with_suffix(".py").exists() or path.is_dir():
        return name
    return name.rpartition(".")[0]


def allowed(file: Path, module: str) -> bool:
    own = name_of(file)
    ours, theirs = ROOMS[room_of(own)]
    outer, _, rest = module.partition(".")
    if outer != "soniq_tui":
        place = PLACES.get(outer)
        if place is not None:
            return re.fullmatch(place, file.relative_to(HOUSE).as_posix()) is not None
        return outer in sys.stdlib_module_names or outer in theirs
    if not rest or "*" in ours:
        return True  # the package itself holds a version number
    itself = own.split(".")[:2] == rest.split(".")[:2]
    return room_of(rest) in ours or rest in ours or ("X itself" in ours and itself)


def test_imports_follow_the_table() -> None:
    """No room imports what the table of the house does not grant it."""
    against = [f"{i.file}:{i.line}: {i.module}" for f in FILES for i in imports(f)
               if not allowed(f, i.module)]  # fmt: skip
    assert not against, "\n".join(["imports against the table:", *against])


def test_only_the_host_knows_the_console() -> None:
    """Of the wiring room, ``host/console.py`` alone imports the screens; ``cli.py`` opens it.

    ``host/choices.py`` knows keys and words, which are tables: see the commands below.
    """
    seen = {i.file for f in FILES for i in imports(f) if i.module.startswith("soniq_tui.ui")}
    outside = {file for file in seen if not file.startswith("ui/")}
    assert outside <= {"cli.py", "verbs/start.py", "host/console.py", "host/choices.py"}


def test_no_module_level_import_cycles() -> None:
    """No module reaches itself through imports that run when it is imported."""
    ours = {f"soniq_tui.{name_of(f)}".rstrip("."): f for f in FILES}
    graph = {
        name: {i.module for i in imports(file) if i.top and i.module in ours} - {name}
        for name, file in ours.items()
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_files_are_short() -> None:
    """No file has more lines than a reader takes in."""
    lengths = {f.relative_to(HOUSE).as_posix(): len(f.read_text().splitlines()) for f in FILES}
    long = {f"{n}: {k} lines" for n, k in lengths.items() if k > MOST_LINES and n not in LONG_FILES}
    assert not long
    assert set(LONG_FILES) <= {name for name, lines in lengths.items() if lines > MOST_LINES}


def test_functions_are_short() -> None:
    """No function has more lines than fit on a screen."""
    long = {
        f"{file.relative_to(HOUSE).as_posix()}:{node.name}"
        for file in FILES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_FUNCTION_LINES
    }
    assert long == set(LONG_FUNCTIONS)


SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM"
    r"|CREATE\s+(TABLE|INDEX)|DROP\s+TABLE|PRAGMA\s+\w+)\b",
    re.IGNORECASE | re.DOTALL,
)
CONNECTING = {f"engine/{f}.py" for f in ("opening", "journal", "reader", "backup")} | {"sql.py"}
"""Set what a connection promises (WAL, FULL, timeouts) by PRAGMA where it is opened, or roll back
what a dead one left; the journal folds its log back by PRAGMA too. These are no queries, and each
stands beside its reason."""


def test_sql_stands_in_sql_files() -> None:
    """No string in the code is a query."""
    found = []
    for file in FILES:
        where = file.relative_to(HOUSE).as_posix()
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            match = SQL.search(node.value)
            pragma = match is not None and match[0].upper().startswith("PRAGMA")
            if match and "\n\n" not in node.value and not (pragma and where in CONNECTING):
                found.append(f"{where}:{node.lineno}: {match[0]}")
    assert not found


def test_homes_are_found_without_a_fault() -> None:
    """No code calls ``Path.expanduser``, which raises for ``~nobody``; ``os.path`` leaves it be."""
    raises = re.compile(r"(?<!os\.path)\.expanduser\(")
    texts = {file: file.read_text(encoding="utf-8") for file in FILES}
    assert not [file.name for file, text in texts.items() if raises.search(text)]


def test_settings_and_enum_members_are_described() -> None:
    """Below every setting and every member of an enum stands what it means."""
    missing = []
    for file in sorted((HOUSE / "model").glob("*.py")):
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.ClassDef):
                continue
            bases = " ".join(map(ast.unparse, node.bases))
            if "Enum" in bases or (file.name == "settings.py" and "Struct" in bases):
                missing += [f"{file.name}:{line}" for line in _undescribed(node)]
    assert not missing


def _undescribed(node: ast.ClassDef) -> Iterator[int]:
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        field = isinstance(statement, ast.Assign | ast.AnnAssign)
        if not field or _is_group(statement):
            continue
        text = following.value if isinstance(following, ast.Expr) else None
        if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
            yield statement.lineno


def _is_group(statement: ast.stmt) -> bool:
    """Say whether a field holds settings of a class that describes itself."""
    return isinstance(statement, ast.AnnAssign) and "Settings" in ast.unparse(statement.annotation)


LOADED = "import sys, json; {}; print(json.dumps(sorted(m.partition('.')[0] for m in sys.modules)))"
COMMANDS = {
    "status": "from soniq_tui.host import status; status.show(s, as_json=True)",
    "export": "from soniq_tui.host import export; export.run(s, 'tracks', None, 'jsonl', None)",
    "search": "from soniq_tui.host import library as x; x.search(s, (), 'tracks', 9, as_json=True)",
    "health": "from soniq_tui.host import library as x; x.health(s, None, 9, as_json=True)",
    "keys": "from soniq_tui.host import choices; choices.show_keys(s, check=False)",
    "jobs": "from soniq_tui.host import lists as x; from soniq_tui.model.snapshot import View;"
    " x.show(s, x.Asked(View.JOBS, None, '', '', False, 9), as_json=True)",
    "headless": "from soniq_tui.host import headless; headless.run(s, None, as_json=True)",
}


def loaded(code: str) -> set[str]:
    """Return the outermost packages that are loaded after ``code`` has run in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(code)], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_commands_without_a_screen_never_load_textual(tmp_path: Path) -> None:
    """``status``, ``export`` and a headless run load neither Textual nor Rich."""
    begin = f"from soniq_tui import config; s = config.load({{'data_dir': {str(tmp_path)!r}}})"
    screen = {"textual", "rich"}

    def seen(*names: str) -> set[str]:
        code = [begin, "import soniq_tui.cli", *(COMMANDS[name] for name in names)]
        return loaded("; ".join(code))

    together = seen(*COMMANDS)  # one start for all; which of them it is matters only then
    assert "soniq_tui" in together
    assert not together & screen, [name for name in COMMANDS if seen(name) & screen]


def test_the_console_paints_without_the_engine() -> None:
    """Importing the console loads nothing that only the engine and its importers need."""
    assert not loaded("import soniq_tui.ui.app") & {"aiohttp", "mutagen", "sqlite3", "_sqlite3"}
