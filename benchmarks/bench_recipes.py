"""Recipes: how near to the ideal schedule slots are used, memory, and what one page costs.

- ``schedule``: 50 pages whose scraper sleeps for 3 to 8 minutes, scaled down, at 8 slots: time of
  the whole command against the best that a list of jobs taken in order can do.
- ``memory``: the most that all processes take together while 8 of our own scrapers work, against 8
  times one of them and what the host may take.
- ``child``: one scraper of ours, from start to saved, on a page whose data for machines is whole.
- ``path``: finding a recipe on such a page, beside recipe-scrapers in the same process.
"""

import argparse
import heapq
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

from benchmarks.versus import table
from benchmarks.versus.table import Bar, Report
from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.page import extract

ITEMS, SLOTS, SCALE = 50, 8, 1 / 100
HOST_MOST_MIB, CHILD_MOST_MIB = 120, 60


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be chosen."""
    parser.add_argument("--only", default="schedule,memory,child,path", metavar="PARTS")
    parser.add_argument("--scale", type=float, default=SCALE, help="of the sleeps (0.01)")
    parser.add_argument("--markdown", action="store_true", help="print the table for the docs")


def run(options: argparse.Namespace) -> Report:
    """Measure the parts that were asked for and print one table."""
    parts = {"schedule": schedule, "memory": memory, "child": child, "path": path}
    before = table.ticks()
    bars = [bar for name in options.only.split(",") for bar in parts[name](options)]
    report = Report(
        machine=table.machine(),
        peer=f"recipe-scrapers {version('recipe-scrapers')}",
        bars=bars,
        noise=table.noise({}, table.ticks().since(before)),
        figures={},
    )
    print("\n".join(table.markdown(report) if options.markdown else table.lines(report)))
    return report


def ideal_s(seconds: list[float], slots: int) -> float:
    """Return when the last of a list of jobs ends that starts the next one as a slot is free."""
    free = [0.0] * slots
    for each in seconds:
        heapq.heapreplace(free, free[0] + each)
    return max(free)


def command(*words: str, data: Path, **env: str) -> tuple[float, dict]:
    """Run an import; returns the seconds it took and its report."""
    began_s = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "soniq_tui", "recipes", *words, "--headless", "--json",
         "--data-dir", str(data)],
        stdin=subprocess.DEVNULL, capture_output=True, check=False, env=os.environ | env,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr.decode()
    return time.perf_counter() - began_s, json.loads(done.stdout)


def schedule(options: argparse.Namespace) -> list[Bar]:
    """50 jobs of 3 to 8 minutes at 8 slots."""
    chance = random.Random(50)
    seconds = [chance.uniform(180, 480) * options.scale for _ in range(ITEMS)]
    with tempfile.TemporaryDirectory() as folder:
        scraper = Path(folder) / "scraper.sh"
        scraper.write_text(
            "#!/bin/sh\n"
            "while [ $# -gt 0 ]; do\n"
            "  case $1 in --url) url=$2;; --recipe-output-folder) out=$2;; esac; shift\n"
            "done\n"
            'rest=${url##*/}; name=${rest%%_*}; sleep "${rest##*_}"\n'
            'mkdir -p "$out"; echo "{\\"name\\": \\"$name\\"}" > "$out/$name.recipe.json"\n'
            'echo ">>> Saved recipe: slug=$name"\n'
        )
        scraper.chmod(0o755)
        urls = [f"http://h{n}.example/r{n}_{s:.3f}" for n, s in enumerate(seconds)]
        wall_s, report = command(
            *urls, "--scraper", str(scraper), "--slots", str(SLOTS), data=Path(folder) / "d"
        )
    assert report["items"]["done"] == ITEMS, report
    best_s = ideal_s([round(s, 3) for s in seconds], SLOTS)
    return [
        Bar(
            what=f"{ITEMS} jobs at {SLOTS} slots, to the ideal schedule",
            want="<= 1.05 x",
            measured=f"{wall_s:.2f} to {best_s:.2f} s, {wall_s / best_s:.3f} x",
            holds=wall_s <= 1.05 * best_s,
        )
    ]


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    body = demo.jsonld(demo.SOUP).encode()

    def log_message(self, *words: object) -> None:
        pass

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)


def site() -> ThreadingHTTPServer:
    """Serve one page as every page of every host."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def tree_mib(pid: int) -> float:
    """Return the proportional memory of a process and all its children, in MiB."""
    total, waiting = 0.0, [pid]
    while waiting:
        each = waiting.pop()
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += int(rollup.split("Pss:")[1].split()[0]) / 1024
            for thread in Path(f"/proc/{each}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        except (OSError, IndexError):
            continue
    return total


def memory(_: argparse.Namespace) -> list[Bar]:
    """The tree at its worst while 8 scrapers work."""
    server = site()
    proxy = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as folder:
        urls = [f"http://h{n}.example/r{n}" for n in range(40)]
        env = os.environ | {"http_proxy": proxy, "no_proxy": "", "SONIQ_HOST_GAP_S": "0"}
        process = subprocess.Popen(
            [sys.executable, "-m", "soniq_tui", "recipes", *urls, "--on-duplicate", "keep",
             "--slots", str(SLOTS), "--headless", "--json", "--data-dir", folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env,
        )  # fmt: skip
        worst = 0.0
        while process.poll() is None:
            worst = max(worst, tree_mib(process.pid))
            time.sleep(0.03)
        report = json.loads(process.communicate()[0])
        assert report["items"]["done"] == len(urls), report
    one, _ = _one_child(proxy)
    server.shutdown()
    bound = SLOTS * one + HOST_MOST_MIB
    return [
        Bar(
            what="all processes with 8 scrapers, PSS",
            want=f"<= 8 x {one:.0f} + {HOST_MOST_MIB} MiB",
            measured=f"{worst:.0f} MiB",
            holds=worst <= bound,
        )
    ]


def _one_child(proxy: str) -> tuple[float, float]:
    """Return the peak memory (MiB) of a scraper and the seconds from its start to saved."""
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-P", "-m", "soniq_tui.importers.recipes.scraper_start", "--url",
             "http://a.example/x", "--recipe-output-folder", folder],
            capture_output=True, check=True, env=os.environ | {"http_proxy": proxy, "no_proxy": ""},
        )  # fmt: skip
        took_s = time.perf_counter() - began_s
    saved = next(line for line in done.stdout.decode().splitlines() if '"saved"' in line)
    return float(json.loads(saved[4:])["rss_mib"]), took_s


def child(_: argparse.Namespace) -> list[Bar]:
    """One scraper, median of seven."""
    server = site()
    proxy = f"http://127.0.0.1:{server.server_address[1]}"
    runs = [_one_child(proxy) for _ in range(7)]
    server.shutdown()
    mib = statistics.median(run[0] for run in runs)
    took_s = statistics.median(run[1] for run in runs)
    return [
        Bar(
            what="one scraper, peak memory",
            want=f"<= {CHILD_MOST_MIB} MiB",
            measured=f"{mib:.0f} MiB",
            holds=mib <= CHILD_MOST_MIB,
        ),
        Bar(
            what="one scraper, start to saved",
            want="<= 0.5 s",
            measured=f"{took_s:.2f} s",
            holds=took_s <= 0.5,
        ),
    ]


def path(_: argparse.Namespace) -> list[Bar]:
    """The fast path beside recipe-scrapers, on pages as large as real ones."""
    import recipe_scrapers

    filler = "<div class='x'><p>" + "A paragraph of a real page. " * 12 + "</p></div>"
    pages = [
        write(made).replace("</main>", filler * 700 + "</main>")
        for made in (demo.SOUP, demo.PANCAKES, demo.TART, demo.STEW)
        for write in (demo.jsonld, demo.graph, demo.sections)
    ]
    ours, theirs = [], []
    for page in pages * 3:
        began_s = time.process_time()
        extract.recipe(page, "http://kitchen.example/x")
        ours.append(time.process_time() - began_s)
        began_s = time.process_time()
        found = recipe_scrapers.scrape_html(page, "http://kitchen.example/x", supported_only=False)
        for field in (found.title, found.ingredients, found.instructions, found.yields):
            field()
        theirs.append(time.process_time() - began_s)
    us, them = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    return [
        Bar(
            what="a page by the fast path, to recipe-scrapers",
            want=">= 20 x",
            measured=f"{us:.2f} to {them:.1f} ms of processor time, {them / us:.0f} x",
            holds=them >= 20 * us,
        )
    ]
