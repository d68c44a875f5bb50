"""The command line of ``soniq-tui-scraper``."""

import argparse
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line into a :class:`work.Work`, whose defaults hold."""
    made = argparse.ArgumentParser(
        prog="soniq-tui-scraper",
        description="``soniq-tui-scraper``: one page, text or saved file becomes one recipe file.",
    )

    def file(flag: str, dest: str, what: str) -> None:
        made.add_argument(flag, dest=dest, metavar="PATH", type=Path, help=what)

    def switch(flag: str, dest: str, what: str, *, on: bool = True) -> None:
        made.add_argument(flag, dest=dest, action=f"store_{str(on).lower()}", help=what)

    add = made.add_argument
    add("--mode", choices=("url", "text", "html"), default="url", help="what the input is")
    add("--url", default="", help="the page; with --mode html where the file came from")
    file("--input-file", "file", "a text, or a saved page")
    file("--recipe-output-folder", "folder", "where recipes are kept")
    file("--image-output-folder", "ignored", "accepted; pictures are kept in images/ beside them")
    file("--credentials", "credentials", "JSON of presets by domain, mode 600")
    file("--host-locks", "locks", "folder by which several scrapers take turns at hosts")
    file("--update", "update", "write over this recipe file")
    switch("--once", "once", "save no second recipe of one title and food or page")
    add("--tries", type=int, default=3, help="how often a page is asked for where that may help")
    add("--token", default="", help="kept with the recipe: whose import it was")
    switch("--defer-model", "defer", "do not ask the model; keep the page for it")
    switch("--structure", "structure", "ask the model, whatever the rules find")
    switch("--model-once", "model_once", "ask a model that fails no second time")
    switch("--model-patient", "model_patient", "wait for a silent one as for a slow one")
    add("--model-silences", type=int, default=0, help="so many questions before got no word")
    switch("--no-images", "images", "keep no picture", on=False)
    add("-v", "--verbose", dest="ignored", action="store_true", help="accepted")
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    switch("--force", "ignored", "accepted")
    return made
