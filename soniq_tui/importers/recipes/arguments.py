"""The command line of ``soniq-tui-scraper``."""

import argparse
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(
        prog="soniq-tui-scraper",
        description="``soniq-tui-scraper``: one page, text or saved file becomes one recipe file.",
    )
    add = made.add_argument
    add("--mode", choices=("url", "text", "html"), default="url", help="what the input is")
    add("--url", help="the page; with --mode html where the file came from")
    add("--input-file", type=Path, help="a text, or a saved page")
    add(
        "--recipe-output-folder",
        type=Path,
        default=Path("data/recipes"),
        help="where recipes are kept",
    )
    add(
        "--image-output-folder",
        type=Path,
        help="accepted; pictures are kept in images/ beside them",
    )
    add("--credentials", type=Path, help="JSON of presets by domain, mode 600")
    add("--host-locks", type=Path, help="folder by which several scrapers take turns at hosts")
    add("--refuse-private", action="store_true", help="do not ask addresses of private networks")
    add("--update", type=Path, help="write over this recipe file")
    add("--once", action="store_true", help="save no second recipe of one title and food or page")
    add("--tries", type=int, default=3, help="how often a page is asked for where that may help")
    add("--token", default="", help="kept with the recipe: whose import it was")
    add("--defer-model", action="store_true", help="do not ask the model; keep the page for it")
    add("--structure", action="store_true", help="ask the model, whatever the rules find")
    add("--model-once", action="store_true", help="ask a model that fails no second time")
    add("--model-patient", action="store_true", help="wait for a silent one as for a slow one")
    add("--model-silences", type=int, default=0, help="so many questions before got no word")
    add("--no-images", action="store_true", help="keep no picture")
    add("-v", "--verbose", action="store_true", help="accepted")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    add("--force", action="store_true", help="accepted")
    return made
