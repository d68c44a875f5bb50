"""A double of the recipe server before this one, in the three eras that are known of it.

``seed``: no streams, a 409 for what is there, and a recipe that waits for a slot shows a completed
check and nothing more. ``february``: streams, a 409, waiting told in French, and its POST moved to
a path with a slash (307). ``head``: streams with keepalives, and what is there turns out later, as
an error. In all of them progress lives in memory, there is no way to cancel and no backpressure.
"""

import asyncio
import json
import threading
import uuid
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import web

ERAS = ("seed", "february", "head")
_STEPS = {
    "url": ("check_existence", "scrape_content", "structure_recipe", "save_recipe"),
    "text": ("check_existence", "generate_recipe", "structure_recipe", "save_recipe"),
}
_SAYS = {"february": "En file d'attente…", "head": "Waiting for slot..."}


class OldServer:
    """One server, and what it saw.

    Args:
        era: one of :data:`ERAS`.
        slots: so many recipes are made at once; others wait.
        step_s: how long each step takes.
    """

    def __init__(self, era: str, *, slots: int = 8, step_s: float = 0.02) -> None:
        self.era, self.step_s = era, step_s
        self.slots = asyncio.Semaphore(slots)
        self.recipes: dict[str, str] = {}
        """Slugs by address, as ``_index.json`` has them."""
        self.fails: dict[str, str] = {}
        """What becomes of an address: the words of its error, or ``no slug``."""
        self.busy = 0
        """So many POSTs are answered by 429 first: what the reports wish for."""
        self.breaks = 0
        """So many streams and looks break off in the middle."""
        self.bodies: list[dict[str, Any]] = []
        self.posts: Counter[str] = Counter()
        self.streams = self.looks = 0
        self.now: Counter[str] = Counter()
        """Recipes in work, by the host of their page."""
        self.peak: Counter[str] = Counter()
        self.progress: dict[str, dict[str, Any]] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        """Return what serves."""
        app = web.Application()
        add = app.router
        if self.era == "february":
            add.add_post("/api/recipes/", self.post)
            add.add_post("/api/recipes", self.moved)
        else:
            add.add_post("/api/recipes", self.post)
        add.add_get("/api/recipes/imported-urls", self.imported)
        if self.era != "seed":
            add.add_get("/api/recipes/progress/{id}/stream", self.stream)
        add.add_get("/api/recipes/progress/{id}", self.look)
        app.on_shutdown.append(self.ended)
        return app

    async def ended(self, _: web.Application) -> None:
        """End what is in work."""
        for task in self.tasks:
            task.cancel()

    def restart(self) -> None:
        """Forget all that was in work, as a process that is started anew."""
        for task in self.tasks:
            task.cancel()
        self.progress.clear()

    async def imported(self, _: web.Request) -> web.Response:
        return web.json_response(list(self.recipes))

    async def moved(self, _: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/api/recipes/"})

    async def post(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        if body.get("type") not in _STEPS:
            return web.json_response({"detail": [{"loc": ["body", "type"]}]}, status=422)
        name = body.get(body["type"])
        if not name:  # an HTTPException(400) that is swallowed
            return web.json_response({"detail": "400: URL is required"}, status=500)
        self.posts[name] += 1
        if self.busy:
            self.busy -= 1
            return web.json_response({"detail": "busy"}, status=429, headers={"Retry-After": "0"})
        if self.era != "head" and name in self.recipes:
            return web.json_response({"detail": "Recipe already exists"}, status=409)
        stamp = datetime.now(UTC)
        progress_id = f"recipe-gen-{stamp:%Y%m%d%H%M%S}-{uuid.uuid4().hex[:8]}"
        self.progress[progress_id] = {
            "id": progress_id, "status": "pending", "steps": [], "error": None, "recipe": None,
            "currentStep": None, "createdAt": stamp.isoformat(), "updatedAt": stamp.isoformat(),
        }  # fmt: skip
        task = asyncio.create_task(self.work(progress_id, body["type"], name))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return web.json_response({"progressId": progress_id})

    async def work(self, progress_id: str, kind: str, name: str) -> None:
        """Make a recipe, step by step."""
        told = self.progress[progress_id]
        first, second, *rest = _STEPS[kind]
        self.begin(told, first, "Checking")
        await asyncio.sleep(self.step_s)
        if self.era == "head" and kind == "url" and name in self.recipes:
            slug = self.recipes[name]
            said = f"Recipe from this URL already exists with slug: {slug}"
            self.end(told, error=f"Recipe already exists: {said}")
            return
        told["steps"][-1] |= {"status": "completed", "progress": 100}
        if self.slots.locked() and self.era != "seed":
            self.begin(told, second, _SAYS[self.era])
        host = urlsplit(name).hostname or ""
        async with self.slots:
            self.now[host] += 1
            self.peak[host] = max(self.peak[host], self.now[host])
            for step in (second, *rest):
                self.begin(told, step, step.replace("_", " ").title())
                for percent in (30, 60, 90):
                    await asyncio.sleep(self.step_s / 3)
                    told["steps"][-1] |= {"progress": percent, "details": f"line {percent}"}
            self.now[host] -= 1
        fate = self.fails.get(name, "")
        if fate and fate != "no slug":
            self.end(told, error=fate)
            return
        slug = f"the-{name.rpartition('/')[2]}" if kind == "url" else "a-text"
        self.recipes[name] = slug
        self.end(told, slug="" if fate else slug)

    def begin(self, told: dict[str, Any], step: str, message: str) -> None:
        """Begin a step, which completes the one before; the same one goes on."""
        last = told["steps"][-1] if told["steps"] else None
        now = datetime.now(UTC).isoformat()
        if last is not None and last["step"] == step:
            last["message"] = message
        else:
            if last is not None:
                last |= {"status": "completed", "progress": 100}
            told["steps"].append(
                {"step": step, "message": message, "progress": 0, "status": "in_progress",
                 "details": None, "startedAt": now}
            )  # fmt: skip
        told |= {"status": "in_progress", "currentStep": step, "updatedAt": now}

    def end(self, told: dict[str, Any], *, slug: str = "", error: str | None = None) -> None:
        """End a recipe, well or not."""
        recipe = {"metadata": {"slug": slug}} if slug else None
        told |= {"status": "error" if error else "completed", "error": error, "recipe": recipe}

    async def look(self, request: web.Request) -> web.Response:
        self.looks += 1
        found = self.progress.get(name := request.match_info["id"])
        if self.broken(request) or found is None:
            return web.json_response({"detail": f"Progress not found for ID: {name}"}, status=404)
        return web.json_response(found)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.streams += 1
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        last = ""
        with suppress(ConnectionResetError):  # who listened has gone
            while True:
                found = self.progress.get(request.match_info["id"], {"error": "not_found"})
                event = json.dumps(found)
                if event != last:
                    last = event
                    await answer.write(f"data: {event}\n\n".encode())
                elif self.era == "head":
                    await answer.write(b'data: {"type":"keepalive"}\n\n')
                if found.get("status") in {None, "completed", "error"} or self.broken(request):
                    break
                await asyncio.sleep(self.step_s / 4)
        return answer

    def broken(self, request: web.Request) -> bool:
        """Break a connection off, where that is due."""
        if not self.breaks or request.transport is None:
            return False
        self.breaks -= 1
        request.transport.abort()
        return True


class Served:
    """An old server in a thread, for the real command."""

    def __init__(self, era: str, **how: Any) -> None:
        self._era, self._how = era, how
        self._begun, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.server = OldServer(self._era, **self._how)
        runner = web.AppRunner(self.server.app(), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._begun.set()
        await self._stop.wait()
        await runner.cleanup()
