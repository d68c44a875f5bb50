"""Recipes through the real command: from a list of addresses to files, whatever happens between."""

import http.server
import json
import os
import shlex
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from soniq_tui.importers.recipes import demo
from tests.e2e.command import ROOT, WAIT_S, Soniq, one_line
from tests.importers.music.pictures import encoded, flag

PYTHON = shlex.quote(sys.executable)

PICTURE = encoded(flag(), "PNG")
MADE = (demo.SOUP, demo.PANCAKES, demo.TART, demo.STEW)


class Web:
    """A small web behind a proxy on loopback, which sees who asks whom at once."""

    def __init__(self) -> None:
        self.hits: Counter[tuple[str, str]] = Counter()
        self.now: Counter[str] = Counter()
        self.peak: Counter[str] = Counter()
        self.wait_s = 0.0
        self.lock = threading.Lock()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words: object) -> None:
                pass

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                host = url.hostname or ""
                with web.lock:
                    web.hits[host, url.path] += 1
                    web.now[host] += 1
                    web.peak[host] = max(web.peak[host], web.now[host])
                time.sleep(web.wait_s)
                with web.lock:
                    web.now[host] -= 1
                status, kind, body = web.page(host, url.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, host: str, path: str) -> tuple[int, str, bytes]:
        """Recipe number N of each host has its own amounts, so that no two are the same."""
        if path.endswith(".png"):
            return 200, "image/png", PICTURE
        word = path.strip("/")
        if not word[1:].isdigit():
            return 404, "text/html", b"not here"
        number = int(word[1:])
        made = MADE[number % len(MADE)]
        own = f"{number + 1} g of {host.partition('.')[0]} salt"
        text = demo.jsonld(made, recipeIngredient=[*made.ingredients, own], image="/dish.png")
        return 200, "text/html; charset=utf-8", text.encode()


@pytest.fixture
def web(soniq: Soniq) -> Iterator[Web]:
    made = Web()
    proxy = f"http://127.0.0.1:{made.server.server_address[1]}"
    soniq.env["SONIQ_HOST_GAP_S"] = "0.01"
    soniq.env |= {"http_proxy": proxy, "HTTP_PROXY": proxy, "no_proxy": ""}
    yield made
    made.server.shutdown()
    made.server.server_close()


def urls(count: int, hosts: int) -> list[str]:
    return [f"http://site{n % hosts}.example/r{n}" for n in range(count)]


def imported(soniq: Soniq, *words: object) -> dict:
    done = soniq.run("recipes", *words, "--headless", "--json")
    assert done.returncode in {0, 1}, done.stderr
    return one_line(done.stdout)


def scrapers(soniq: Soniq) -> list[int]:
    """Return the scrapers that work for this data directory."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if b"recipes.scraper" in words and os.fsencode(soniq.data) in words:
            found.append(int(entry.name))
    return found


def files_of(soniq: Soniq) -> list[Path]:
    return sorted((soniq.data / "recipes").glob("*.recipe.json"))


def test_a_list_of_addresses(soniq: Soniq, web: Web, tmp_path: Path) -> None:
    """Each page is one file with its picture; a lost one is named; the same again is skipped."""
    listed = [*urls(3, 2), "http://site0.example/gone", "http://site0.example/r0?utm_source=mail"]
    source = tmp_path / "urls.txt"
    source.write_text("\n".join(listed))
    report = imported(soniq, source)
    assert report["items"] == {"total": 5, "done": 3, "skipped": 1, "failed": 1}
    rows = soniq.export("recipes")
    assert len(rows) == len(files_of(soniq)) == 3
    for row in rows:
        assert (soniq.data / "recipes" / row["image"][0]).read_bytes() == PICTURE
        assert row["soniq"]["source"]["url"] in listed
    assert [(e["kind"], e["reason"]) for e in soniq.export("errors")] == [
        ("not_found", "there is no such page (404)")
    ]
    assert max(web.peak.values()) == 1
    hits = sum(web.hits.values())
    again = imported(soniq, *listed[:3])
    assert again["items"]["skipped"] == 3
    assert sum(web.hits.values()) == hits


def test_killed_and_resumed(soniq: Soniq, web: Web) -> None:
    """After ``kill -9`` no scraper works on, and the rest is done: each recipe exactly once."""
    web.wait_s = 0.05
    listed = urls(6, 6)
    process = soniq.start("recipes", *listed, "--headless", "--json", start_new_session=True)
    until_s = time.monotonic() + WAIT_S
    while len(files_of(soniq)) < 2 and time.monotonic() < until_s:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until_s = time.monotonic() + 5
    while scrapers(soniq) and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not scrapers(soniq)
    done = soniq.run("resume", "--headless", "--json")
    assert done.returncode == 0, done.stderr
    rows = soniq.export("recipes")
    assert sorted(row["soniq"]["source"]["url"] for row in rows) == sorted(listed)
    assert len(files_of(soniq)) == 6
    assert not list(soniq.data.rglob(".tmp-*"))


def test_cancelled(soniq: Soniq, web: Web) -> None:
    """A cancelled import leaves no process and no half of a file, and ends within two seconds."""
    web.wait_s = 0.3
    process = soniq.start("recipes", *urls(30, 30), "--headless", "--json")
    until_s = time.monotonic() + WAIT_S
    while len(scrapers(soniq)) < 2 and time.monotonic() < until_s:
        time.sleep(0.02)
    assert scrapers(soniq)
    began_s = time.monotonic()
    assert soniq.run("cancel", "1").returncode == 0
    while scrapers(soniq) and time.monotonic() < until_s:
        time.sleep(0.02)
    # A command takes half a second to start, on a busy day two.
    assert time.monotonic() - began_s < 4
    process.wait(timeout=WAIT_S)
    assert not scrapers(soniq)
    assert not list(soniq.data.rglob(".tmp-*"))
    assert [b["state"] for b in soniq.status()["batches"]] == ["cancelled"]


def test_any_scraper(soniq: Soniq, tmp_path: Path) -> None:
    """Another program of the same manners works: its success is looked at, 100 is a duplicate."""
    program = tmp_path / "scraper.py"
    program.write_text(
        "import json, sys, pathlib\n"
        "given = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
        "url, out = given['--url'], pathlib.Path(given['--recipe-output-folder'])\n"
        "name = url.rsplit('/', 1)[1]\n"
        "print('>>> Starting recipe processing'); print('>>> Fetching web content')\n"
        "if name == 'twice': print('ERROR: Recipe already exists'); sys.exit(100)\n"
        "if name == 'dies': print('no luck', file=sys.stderr); sys.exit(4)\n"
        "if name != 'lies':\n"
        "    out.mkdir(parents=True, exist_ok=True)\n"
        "    body = {'metadata': {'title': name, 'slug': name}, 'ingredients': [], 'steps': []}\n"
        "    (out / f'{name}.recipe.json').write_text(json.dumps(body))\n"
        "print(f'>>> Saved recipe: slug={name}')\n"
    )
    listed = [f"http://a.example/{n}" for n in ("good", "twice", "dies", "lies")]
    report = imported(soniq, *listed, "--scraper", f"{PYTHON} {program}")
    assert report["items"] == {"total": 4, "done": 1, "skipped": 1, "failed": 2}
    reasons = {e["item"]: e["reason"] for e in soniq.export("errors")}
    assert "no luck" in reasons["http://a.example/dies"]
    assert "no such file" in reasons["http://a.example/lies"]


def test_started_by_one_who_ignores_how_children_end(soniq: Soniq, tmp_path: Path) -> None:
    """A service or a script may: how a scraper ended is told all the same, and so is the whole."""
    program = tmp_path / "scraper.py"
    program.write_text("import sys; print('>>> it is here'); sys.exit(100)\n")
    ignoring = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
    ignoring += "os.execv(sys.argv[1], sys.argv[1:])"
    done = soniq.run(
        "recipes", "http://a.example/x", "--scraper", f"{PYTHON} -IS {program}",
        "--headless", "--json", before=(sys.executable, "-ISc", ignoring),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert one_line(done.stdout)["items"]["skipped"] == 1


def test_what_scrapers_are_told(soniq: Soniq, tmp_path: Path) -> None:
    """Settings of a file reach the programs of stages, none of them being a setting like others."""
    program, config = tmp_path / "scraper.py", tmp_path / "config.toml"
    program.write_text(
        "import json, os, sys, pathlib\n"
        "given = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
        "out = pathlib.Path(given['--recipe-output-folder'])\n"
        "out.mkdir(parents=True, exist_ok=True)\n"
        "names = 'SONIQ_HOST_GAP_S', 'SONIQ_PAGE_TIMEOUT_S', 'SONIQ_LLM_URL'\n"
        "told = [os.environ.get(name) for name in names]\n"
        "(out / 'x.recipe.json').write_text(json.dumps({'name': 'X', 'keywords': told}))\n"
        "print('>>> Saved recipe: slug=x')\n"
    )
    config.write_text("host_gap_s = 0\npage_timeout_s = 3.5\n")
    words = ("--scraper", f"{PYTHON} {program}", "--config", config)
    assert imported(soniq, "http://a.example/x", *words)["items"]["done"] == 1
    (row,) = soniq.export("recipes")
    gap, timeout, model = row["keywords"]
    assert (float(gap), float(timeout), model) == (0, 3.5, None)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_scraper_that_ends_the_host(soniq: Soniq, tmp_path: Path) -> None:
    """A page at which the host dies again and again is set aside; the others are done."""
    program = tmp_path / "scraper.py"
    program.write_text(
        "import json, os, sys, pathlib\n"
        "given = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
        "url, out = given['--url'], pathlib.Path(given['--recipe-output-folder'])\n"
        "name = url.rsplit('/', 1)[1]\n"
        "def parent(pid):\n"
        "    stat = pathlib.Path(f'/proc/{pid}/stat').read_text()\n"
        "    return int(stat.rpartition(')')[2].split()[1])\n"
        "if name == 'poison': os.kill(parent(parent(os.getppid())), 9)\n"
        "out.mkdir(parents=True, exist_ok=True)\n"
        "(out / f'{name}.recipe.json').write_text(json.dumps({'name': name}))\n"
        "print(f'>>> Saved recipe: slug={name}')\n"
    )
    soniq.run(
        "recipes", "http://a.example/poison", "http://b.example/good", "--headless", "--json",
        "--scraper", f"{PYTHON} {program}",
    )  # fmt: skip
    for _ in range(6):
        if soniq.run("resume", "--headless", "--json").returncode >= 0:
            break
    items = soniq.status()["batches"][-1]["items"]
    assert (items["done"], items["failed"]) == (1, 1)
    (error,) = soniq.export("errors")
    assert (error["kind"], error["item"]) == ("crashed", "http://a.example/poison")


def test_saved_pages(soniq: Soniq, tmp_path: Path) -> None:
    """A folder of saved pages is imported without asking anybody."""
    room = tmp_path / "pages"
    room.mkdir()
    for name in ("soupe-au-pistou", "pistou-2", "green-tea", "closed"):
        made, write = demo.PAGES[name]
        (room / f"{name}.html").write_text(write(made), encoding="utf-8")
    report = imported(soniq, room, "--on-duplicate", "keep")
    assert report["items"] == {"total": 4, "done": 3, "skipped": 0, "failed": 1}
    assert {e["kind"] for e in soniq.export("errors")} == {"no_recipe"}
    names = {json.loads(f.read_text())["name"] for f in files_of(soniq)}
    assert {demo.TEA.name, demo.SOUP.name} <= names


TEXT = """Leek soup

Ingredients for 2 people
3 leeks
20 cl cream

Method
Cut the leeks and cook them for 20 minutes.
Add the cream and serve.
"""


def test_texts_and_their_pictures(soniq: Soniq, tmp_path: Path) -> None:
    """A folder of texts is imported by rules, each with the picture of its name."""
    room = tmp_path / "texts"
    room.mkdir()
    (room / "leek soup.txt").write_text(TEXT)
    (room / "leek soup.png").write_bytes(PICTURE)
    (room / "letter.txt").write_text("Dear Ada,\nthank you for the evening.\n" * 20)
    report = imported(soniq, "text", "-d", room)
    assert report["items"] == {"total": 2, "done": 1, "skipped": 0, "failed": 1}
    (row,) = soniq.export("recipes")
    assert row["name"] == "Leek soup"
    assert row["recipeIngredient"] == ["3 leeks", "20 cl cream"]
    assert (soniq.data / "recipes" / row["image"][0]).read_bytes() == PICTURE
    assert "in this text" in report["errors"][0]["reason"]


def test_a_blocked_page_given_by_hand(soniq: Soniq, web: Web, tmp_path: Path) -> None:
    """What a site does not give is given as a saved page, and keeps its address."""
    url = "http://site0.example/blocked"
    assert imported(soniq, url)["items"]["failed"] == 1
    saved = tmp_path / "page.html"
    saved.write_text(demo.jsonld(demo.SOUP))
    hits = sum(web.hits.values())
    done = imported(soniq, "--html", saved, "--url", url, "--no-images")
    assert done["items"]["done"] == 1
    assert sum(web.hits.values()) == hits
    (row,) = soniq.export("recipes")
    assert row["soniq"]["source"]["url"] == url
    assert done["label"] == "1 recipe: site0.example"
    assert imported(soniq, url)["items"]["skipped"] == 1


def test_an_older_command_line(soniq: Soniq, web: Web, tmp_path: Path) -> None:
    """The words of the importer before are understood, slots included."""
    source = tmp_path / "urls.json"
    source.write_text(json.dumps(urls(2, 2)))
    report = imported(soniq, "-c", "1", "url", "-f", source)
    assert report["items"]["done"] == 2
    assert report["slots"]["scrape"]["peak"] == 1


def test_to_another_program_and_back(soniq: Soniq, tmp_path: Path) -> None:
    """What is exported for another program is imported from there, and found."""
    source = tmp_path / "all.json"
    source.write_text(json.dumps([demo.node(made) for made in (*MADE, demo.TEA)]))
    assert imported(soniq, source)["items"]["done"] == 5
    places = {"paprika": "all.paprikarecipes", "mealie": "all.zip", "jsonld": "all"}
    for form, name in places.items():
        done = soniq.run("export", "recipes", "--format", form, "-o", tmp_path / name)
        assert (done.returncode, done.stdout) == (0, "")
        assert "5 recipes written" in done.stderr
    soniq.data = tmp_path / "other"
    listed = [tmp_path / name for name in places.values()]
    assert imported(soniq, *listed, "--on-duplicate", "keep")["items"]["done"] == 15
    names = Counter(row["name"] for row in soniq.export("recipes"))
    assert names == {made.name: 3 for made in (*MADE, demo.TEA)}
    found = soniq.run("search", "haricots", "--in", "recipes", "--json")
    assert [row["title"] for row in one_line(found.stdout)["rows"]] == [demo.SOUP.name] * 3


def test_exports_that_cannot_be(soniq: Soniq, tmp_path: Path) -> None:
    """A format wants a place, is known, and is one of recipes; nothing is written before."""
    for words, said in (
        (("recipes", "--format", "paprika"), "-o FILE"),
        (("recipes", "--format", "cooklang", "-o", "-"), "-o FOLDER"),
        (("recipes", "--format", "word", "-o", tmp_path / "x"), "there are: jsonl, csv, jsonld"),
        (("errors", "--format", "mealie", "-o", tmp_path / "x"), "cannot be exported as"),
        (("recipes", "--format", "mealie", "-o", tmp_path), "is a folder"),
    ):
        done = soniq.run("export", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    assert not (tmp_path / "x").exists()


def test_the_scraper_of_the_documentation(soniq: Soniq, web: Web, tmp_path: Path) -> None:
    """The example that people begin with works as it stands there, failures included."""
    page = (ROOT / "docs" / "scrapers.md").read_text("utf-8")
    program = tmp_path / "example.py"
    program.write_text(page.partition("```python\n")[2].partition("```")[0])
    listed = ["http://site0.example/r0?of=a.b", "http://site1.example/gone"]
    report = imported(soniq, *listed, "--scraper", f"{PYTHON} {program}")
    assert report["items"] == {"total": 2, "done": 1, "skipped": 0, "failed": 1}
    (row,) = soniq.export("recipes")
    assert (row["slug"], row["url"]) == ("r0-of-a-b", listed[0])
    assert report["errors"][0]["kind"] == "network"
