"""A little web of made recipe pages on loopback, for pictures; some of its sites fail."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.demo import Made

FOODS = ("Leek", "Pumpkin", "Lentil", "Tomato", "Onion", "Beetroot", "Parsnip", "Spinach", "Bean",
         "Carrot", "Fennel", "Potato")  # fmt: skip
DISHES = ("soup", "tart", "stew", "gratin")
SLOW_S = 0.4
"""A site takes so long to answer, so that there is something to see."""


def made(food: str, dish: str) -> Made:
    """Return a recipe that nobody has cooked."""
    name = food.lower()
    return Made(
        name=f"{food} {dish}",
        ingredients=(f"600 g {name}s", "1 onion", "2 tbsp olive oil", "1/2 tsp salt", "1 l water"),
        steps=(
            f"Wash the {name}s and cut them small; chop the onion.",
            "Cook the onion in the oil for 5 minutes, until it is soft.",
            f"Add the {name}s, the salt and the water, and cook for 25 minutes.",
            "Taste, season, and serve hot.",
        ),
        yields="4 servings",
        minutes=35,
    )


PAGES = {f"{food}-{dish}.example".lower(): made(food, dish) for dish in DISHES for food in FOODS}
ADDRESSES = [
    *(f"http://{host}/recipe" for host in PAGES),
    "http://gone.example/pie",
    "http://wall.example/cake",
    "http://leek-soup.example/recipe?utm_source=mail",
    "http://www.tomato-tart.example/recipe#comments",
]
"""As many as a person pastes; the last two are there already under another address."""


def page_of(recipe: Made) -> str:
    """Return a page that tells people what it tells machines."""
    foods = "".join(f"<li>{line}</li>" for line in recipe.ingredients)
    steps = "".join(f"<li>{line}</li>" for line in recipe.steps)
    told = f"<h2>You need</h2><ul>{foods}</ul><h2>How it is done</h2><ol>{steps}</ol>"
    return demo.jsonld(recipe).replace("</body>", f"{told}</body>")


class _Proxy(BaseHTTPRequestHandler):
    """Answers for every host."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer with the page of a host, or with what keeps one from having it."""
        parts = urlsplit(self.path)
        host = (parts.hostname or "").removeprefix("www.")
        status, body = 404, ""
        if parts.path == "/recipe" and host in PAGES:
            time.sleep(SLOW_S)
            status, body = 200, page_of(PAGES[host])
        elif host == "wall.example" and parts.path != "/robots.txt":
            status = 403
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def served() -> Iterator[str]:
    """Serve the pages; gives the address of the proxy that has them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
