"""Writes the list of hosts for which recipe-scrapers has code of its own.

A host whose code finds title, ingredients or steps itself is marked with ``!``: there the data for
machines is known to be wanting. Run it when the library's minimum version is raised.
"""

from pathlib import Path

import recipe_scrapers

OUT = Path(__file__).resolve().parents[1] / "soniq_tui/importers/recipes/page/hosts.txt"
CORE = ("title", "ingredients", "instructions", "instructions_list", "ingredient_groups")


def main() -> None:
    """Write the list, sorted."""
    lines = []
    for host, scraper in sorted(recipe_scrapers.SCRAPERS.items()):
        own = any(name in vars(scraper) for name in CORE[:3])
        lines.append(f"{host}{' !' if own else ''}")
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{OUT}: {len(lines)} hosts, {sum('!' in line for line in lines)} marked")


if __name__ == "__main__":
    main()
