"""What was named becomes jobs: addresses, texts, saved pages, files of other programs."""

import gzip
import json
import zipfile
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import ItemFault
from soniq_tui.importers.recipes import demo, importer, pages, plan, save, sources, store, unpack
from soniq_tui.importers.recipes.formats import folders
from soniq_tui.importers.recipes.older import translated
from soniq_tui.importers.recipes.words import FOLDER, Packed, Page, RecipeOptions, Sent
from soniq_tui.model.job import ErrorKind, Spawn
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.pictures import encoded, flag
from tests.importers.recipes.shelf import put
from tests.importers.recipes.test_formats import MADE, recipe_of

TEXT = "Soup\nIngredients\n1 onion\n2 carrots\nMethod\nChop and boil all of it.\n"


def planned(tmp_path: Path, *sources: object, **options: object) -> tuple[Spawn, ...]:
    made = RecipeOptions(sources=tuple(map(str, sources)), **options)
    (tmp_path / "data").mkdir(exist_ok=True)
    return plan.plan(made, tmp_path / "data").jobs


def page_of(job: Spawn) -> Page:
    assert job.stage == "scrape"
    return msgspec.msgpack.decode(job.payload, type=Page)


def packed_of(job: Spawn) -> Packed:
    assert job.stage == "unpack"
    return msgspec.msgpack.decode(job.payload, type=Packed)


def archive(tmp_path: Path, image: bytes | None = None) -> Path:
    file = tmp_path / "all.paprikarecipes"
    made = [recipe_of(made, f"https://a.example/{n}") for n, made in enumerate(MADE)]
    folders.write("paprika", file, [(f"r{n}", recipe, image) for n, recipe in enumerate(made)])
    return file


def test_the_home_of_nobody(tmp_path: Path) -> None:
    """A name that begins like a home which nobody has is a name as any, and is not there."""
    with pytest.raises(UsageError, match="~nosuchname/auth"):
        planned(tmp_path, "https://a.example/x", auth="~nosuchname/auth.json")
    with pytest.raises(UsageError, match="~nosuchname/urls"):
        planned(tmp_path, "~nosuchname/urls.txt")


def test_a_text_or_a_list(tmp_path: Path) -> None:
    """A text file is a recipe where it reads like one, else a list of addresses."""
    text, listed = tmp_path / "soup.txt", tmp_path / "urls.txt"
    text.write_text(TEXT)
    listed.write_text("my list\n1 https://a.example/x\n2 https://a.example/y\n")
    jobs = planned(tmp_path, text, listed)
    assert sorted((page_of(j).url, page_of(j).file) for j in jobs) == [
        ("", str(text)),
        ("https://a.example/x", ""),
        ("https://a.example/y", ""),
    ]
    (tmp_path / "letter.txt").write_text("Dear Ada, how are you?")
    with pytest.raises(UsageError, match="no address"):
        planned(tmp_path, tmp_path / "letter.txt")


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        (["# soups", "", "  ", "https://a.example/x"], ""),
        (["https://a.example/x", "my\x1b[2J"], "1 line without an address left out: my␛[2J"),
        (["nas/y", "https://a.example/x", "http://b.example:x/", "mine"],
         "3 lines without an address left out, the first: nas/y"),
        (["https://a.example/x", "ftp://ada:secret@b.example/y"],
         "1 line without an address left out: ftp://b.example/y"),
        (["https://a.example/x", "x" * 200], f"1 line without an address left out: {'x' * 79}…"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("server", ["", "http://nas:8000"])
def test_lines_without_an_address_are_told(tmp_path: Path, lines, note, server) -> None:
    """How many of a list, and the first; headings and remarks are none of them."""
    listed = tmp_path / "urls.list"
    listed.write_text("\n".join(lines))
    options = RecipeOptions(sources=(str(listed),), server=server)
    made = plan.plan(options, tmp_path)
    assert (len(made.jobs), made.note) == (1, note)
    assert plan.preview(options, tmp_path).text == "; ".join(filter(None, ["1 URL", note]))


def test_hosts_at_home(tmp_path: Path) -> None:
    """Hosts at home are addresses as well: named, in a list, for a saved page, and for a server."""
    listed, page = tmp_path / "urls.txt", tmp_path / "p.html"
    listed.write_text("http://localhost:8000/x\nnas/y\nhttp://[::1]:8000/z\n")
    page.write_text(demo.jsonld(demo.SOUP))
    jobs = planned(tmp_path, "http://nas/soup", listed)
    assert [(job.key, job.lane) for job in jobs] == [
        ("nas/soup", "nas"),
        ("localhost:8000/x", "localhost"),
        ("[::1]:8000/z", "::1"),
    ]
    assert page_of(planned(tmp_path, page, url="http://nas/soup")[0]).url == "http://nas/soup"
    sent = planned(tmp_path, "http://nas/soup", server="http://nas:3001")
    assert msgspec.msgpack.decode(sent[0].payload, type=Sent).url == "http://nas/soup"
    shown = plan.preview(RecipeOptions(sources=("http://nas/", "nas")), tmp_path)
    assert "neither an address nor" in shown.text


@pytest.mark.parametrize("server", ["nas:3001", "nas", "ftp://nas", "http://"])
def test_a_server_that_is_no_address(tmp_path: Path, server: str) -> None:
    """It is said before anything is sent: each recipe would be told that it may be in work."""
    with pytest.raises(UsageError, match="is no address") as caught:
        planned(tmp_path, "https://a.fr/x", server=server)
    assert caught.value.field == "server"
    shown = plan.preview(RecipeOptions(sources=("https://a.fr/x",), server=server), tmp_path)
    assert (shown.ok, shown.field) == (False, "server")


def test_a_folder(tmp_path: Path) -> None:
    """A folder brings its texts, pages and files of recipes; pictures and the rest stay."""
    room = tmp_path / "room"
    room.mkdir()
    for name in ("a.txt", "b.HTML", "c.jpg", ".d"):
        (room / name).write_text(TEXT)
    (room / f"e{save.SUFFIX}").write_text(json.dumps(demo.node(demo.STEW)))
    (room / "package.json").write_text("{}")
    archive(room)
    jobs = planned(tmp_path, room)
    assert [Path(page_of(j).file).name for j in jobs if j.stage == "scrape"] == ["a.txt", "b.HTML"]
    assert sorted(j.items for j in jobs if j.stage == "unpack") == [1, 5]


@pytest.mark.parametrize(
    ("folders", "note"),
    [
        (["a_files", "a-Dateien", ".git"], ""),
        (["soups", ".git"], "1 folder below left out"),
        (["soups", "b_files", "a_files"], "2 folders below left out"),
    ],
)
def test_folders_below_a_folder_are_told(tmp_path: Path, folders, note) -> None:
    """They are not read; hidden ones and what browsers save beside a page are none of them."""
    room = tmp_path / "room"
    for name in folders:
        (room / name).mkdir(parents=True)
    (room / "a.html").write_text(TEXT)
    options = RecipeOptions(sources=(str(room),))
    assert plan.plan(options, tmp_path).note == note
    assert plan.preview(options, tmp_path).text == "; ".join(filter(None, ["1 file", note]))


@pytest.mark.parametrize(
    ("others", "note"),
    [
        (["menu.pdf"], "1 file of another kind left out: menu.pdf"),
        (["menu.pdf", "a.docx", "b.json"], "3 files of other kinds left out, the first: a.docx"),
        (["soup.jpg", "a.CSS", ".notes.pdf", "desktop.ini"], ""),
    ],
)
def test_files_of_other_kinds_are_told(tmp_path: Path, others, note) -> None:
    """What is no text, no page and no picture of one is not read without a word."""
    room = tmp_path / "room"
    room.mkdir()
    for name in ("a.html", *others):
        (room / name).write_text(TEXT)
    options = RecipeOptions(sources=(str(room),))
    assert plan.plan(options, tmp_path).note == note


def test_a_folder_of_folders_says_which_to_name(tmp_path: Path) -> None:
    """Whoever keeps recipes by kind names no folder with some in it."""
    (tmp_path / "room/soups").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"in this folder; name those below it$"):
        planned(tmp_path, tmp_path / "room")
    with pytest.raises(UsageError, match=r"in this folder$"):
        planned(tmp_path, tmp_path / "room/soups")


def test_json_of_addresses_or_of_recipes(tmp_path: Path) -> None:
    """Which of both a JSON file is shows how it begins."""
    urls, nodes = tmp_path / "urls.json", tmp_path / "nodes.json"
    urls.write_text(json.dumps(["https://a.example/x"]))
    nodes.write_text(json.dumps([demo.node(demo.STEW)]))
    first, second = planned(tmp_path, urls, nodes)
    assert page_of(first).url == "https://a.example/x"
    assert packed_of(second).entries == ("0",)


def test_many_recipes_in_a_file(tmp_path: Path) -> None:
    """Recipes of one file go in jobs of fifty, each recipe one item."""
    file = tmp_path / "all.json"
    file.write_text(json.dumps([demo.node(demo.STEW, name=f"S{n}") for n in range(120)]))
    jobs = planned(tmp_path, file)
    assert [job.items for job in jobs] == [50, 50, 20]
    assert len({job.key for job in jobs}) == 3
    shown = plan.preview(RecipeOptions(sources=(str(file),)), tmp_path)
    assert (shown.ok, shown.text) == (True, "120 recipes in files")
    with pytest.raises(UsageError, match="read here"):
        planned(tmp_path, file, server="http://nas:3001")


def test_given_by_hand(tmp_path: Path) -> None:
    """A saved page is told where it came from, from a file or from standard input."""
    file, url = tmp_path / "p.html", "https://a.example/soup"
    file.write_text(demo.jsonld(demo.SOUP))
    (job,) = planned(tmp_path, file, url=url)
    assert (page_of(job).url, page_of(job).file, job.label) == (url, str(file), url)
    (job,) = planned(tmp_path, demo.jsonld(demo.SOUP), url=url)
    kept = Path(page_of(job).file)
    assert pages.read(kept).text == demo.jsonld(demo.SOUP)
    assert not pages.is_text(kept)
    (job,) = planned(tmp_path, *TEXT.splitlines(), url=url)  # pasted into the form
    kept = Path(page_of(job).file)
    assert pages.read(kept).text == TEXT.strip()
    assert pages.is_text(kept)
    shown = plan.preview(RecipeOptions(sources=(TEXT,), url=url), tmp_path)
    assert shown.ok
    (tmp_path / "other.txt").write_text(TEXT)
    for named, address in (((file, file.parent), url), (("https://b.example/x",), url)):
        with pytest.raises(UsageError, match="goes with one"):
            planned(tmp_path, *named, url=address)
    with pytest.raises(UsageError, match="no address"):
        planned(tmp_path, file, url="over there")
    with pytest.raises(UsageError, match="no address in this text"):
        planned(tmp_path, "x\n" * 9000)
    for source in ("x" * 5000, "/dev/null", "nothing.txt"):
        with pytest.raises(UsageError, match=r"neither an address|is no file"):
            planned(tmp_path, source)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "-c 8 -a http://nas:3001 url -f urls.json",
            "--slots 8 --server http://nas:3001 urls.json",
        ),
        ("--concurrent=4 --auth a.json text -d notes", "--slots=4 --auth a.json notes"),
        ("--max-per-domain 2 url --file u.json", "--max-per-host 2 u.json"),
        ("-c4 https://a.example/x", "--slots=4 https://a.example/x"),
        ("--api-url=http://nas url -f u", "--server=http://nas u"),
        ("--html p.html --url https://a.example/x", "p.html --url https://a.example/x"),
        ("url -f url", "url"),
        ("url text", "url text"),
        ("--config c.toml --headless a.txt", "--config c.toml --headless a.txt"),
        ("-- url -f x", "-- url -f x"),
    ],
)
def test_older_command_lines(old: str, new: str) -> None:
    """What the importer before took is understood, in any order; the rest stays as it is."""
    assert translated(old.split()) == new.split()


@pytest.mark.parametrize("server", ["", "http://ada:secret@nas.example"])
def test_no_password_in_a_plan(tmp_path: Path, server: str) -> None:
    """Names of jobs and batches, keys and lanes tell no login; the payload keeps it apart."""
    url = "https://ada:secret@a.example/x"
    listed = f"{url}\n{url}\nhttps://b.example/y"
    made = plan.plan(RecipeOptions(sources=(listed,), server=server), tmp_path)
    shown = [made.label, *(word for j in made.jobs for word in (j.key, j.label, j.lane))]
    assert "secret" not in "".join(shown)
    assert [job.label for job in made.jobs].count("https://a.example/x") == 2
    decoded = [msgspec.msgpack.decode(j.payload, type=Sent if server else Page) for j in made.jobs]
    assert [(one.url, one.login) for one in decoded if not one.twice] == [
        ("https://a.example/x", "ada:secret"),
        ("https://b.example/y", ""),
    ]
    assert [one.twice for one in decoded].count(True) == 1


@pytest.mark.parametrize(("most", "lanes"), [(2, 2), (3, 3), (0, 1)])
def test_so_many_of_one_site(tmp_path: Path, most: int, lanes: int) -> None:
    """Each site has as many lanes at a server as were asked for, in whatever order they come."""
    listed = "\n".join(f"https://s{n % 2}.example/{n}" for n in range(12))
    options = RecipeOptions(sources=(listed,), server="http://n", max_per_host=most)
    seen: dict[str, set[str]] = {}
    for job in plan.plan(options, tmp_path).jobs:
        seen.setdefault(job.label.partition("/")[2][1:11], set()).add(job.lane)
    assert [len(each) for each in seen.values()] == [lanes, lanes]


def test_whose_slots_a_launch_sets(tmp_path: Path) -> None:
    """``-c`` means as many as the server is given at once where a server does the work."""
    here = plan.plan(RecipeOptions(sources=("https://a.example/x",)), tmp_path)
    away = plan.plan(RecipeOptions(sources=("https://a.example/x",), server="http://n"), tmp_path)
    assert (here.queue, away.queue) == ("", "fetch")
    queues = {stage.name: stage.queue for stage in importer.stages}
    assert {queues[job.stage] for job in away.jobs} == {away.queue}


def test_a_damaged_file_in_a_folder(tmp_path: Path) -> None:
    """It fails alone, with its reason; one that was named itself is refused at once."""
    room = tmp_path / "room"
    room.mkdir()
    (room / "soup.txt").write_text(TEXT)
    for name in ("bad.paprikarecipes", "bad.jsonld"):
        (room / name).write_bytes(b"PK\3\4")
        with pytest.raises(UsageError, match="cannot be read"):
            planned(tmp_path, room / name)
    *bad, good = sorted(planned(tmp_path, room), key=lambda job: job.stage, reverse=True)
    assert page_of(good).file == str(room / "soup.txt")
    assert [job.items for job in bad] == [1, 1]
    for job in bad:
        with pytest.raises(ItemFault, match=r"bad\..*cannot be read as recipes"):
            ended(unpack.run(packed_of(job), FakeContext(tmp_path / "data")))
    (room / "bad.jsonld").write_text("[]")
    with pytest.raises(ItemFault, match="no recipes in it"):
        ended(unpack.run(packed_of(bad[0]), FakeContext(tmp_path / "data")))


def test_a_list_in_utf16(tmp_path: Path) -> None:
    """What Windows writes is told from a list of addresses as well."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(recipe_of(MADE[0])), "utf-16")
    assert packed_of(planned(tmp_path, file)[0]).entries == ("0",)


def test_a_text_with_several_recipes(tmp_path: Path) -> None:
    """Each is one, and again they are here; whoever else reads texts gets the file."""
    text = tmp_path / "two.txt"
    text.write_text(f"{TEXT}\n\nCake\n\n{TEXT.partition(chr(10))[2]}3 eggs\n")
    (job,) = planned(tmp_path, text)
    packed = packed_of(job)
    assert packed.entries == ("1", "2")
    context = FakeContext(tmp_path / "data")
    ended(unpack.run(packed, context))
    assert context.counts["done"] == 2
    titles = [save.read(f)["name"] for f in (tmp_path / "data" / FOLDER).glob("*.recipe.json")]
    assert sorted(titles) == ["Cake", "Soup"]
    again = FakeContext(tmp_path / "data")
    ended(unpack.run(packed_of(planned(tmp_path, text)[0]), again))
    assert again.counts["skipped"] == 2
    (one,) = planned(tmp_path, text, url="https://a.example/x")
    assert page_of(one).file == str(text)
    assert planned(tmp_path, text, server="http://nas:3001")[0].stage == "remote"
    assert page_of(planned(tmp_path, text, scraper="sh")[0]).scraper == "sh"


def test_pasted_recipes(tmp_path: Path) -> None:
    """What was pasted with several recipes in it gives each; what an address has is one."""
    text = f"{TEXT}\n\nCake\n\n{TEXT.partition(chr(10))[2]}"
    pasted_file = pasted(tmp_path / "data", text)
    assert packed_of(planned(tmp_path, pasted_file)[0]).entries == ("1", "2")
    of_address = pasted(tmp_path / "data", text, url="https://a.example/x")
    assert page_of(planned(tmp_path, of_address)[0]).file == of_address


def test_unpacked(tmp_path: Path) -> None:
    """Recipes of an archive are saved with their pictures, and not twice."""
    picture = encoded(flag(), "PNG")
    (job,) = planned(tmp_path, archive(tmp_path, picture))
    data = tmp_path / "data"
    first = FakeContext(data)
    ended(unpack.run(packed_of(job), first))
    assert (first.counts["done"], first.failed) == (5, [])
    assert first.positions == [(n, 5) for n in range(5)]
    slugs = store.slugs(data)
    assert len(slugs) == 5
    recipe = save.read(data / FOLDER / f"lentil-stew{save.SUFFIX}")
    assert recipe["recipeIngredient"] == list(demo.STEW.ingredients)
    assert (data / FOLDER / recipe["image"][0]).read_bytes() == picture
    again = FakeContext(data)  # the same job, broken off and begun again
    ended(unpack.run(packed_of(job), again))
    assert again.counts["done"] == 5
    (other,) = planned(tmp_path, tmp_path / "all.paprikarecipes")
    third = FakeContext(data)
    ended(unpack.run(packed_of(other), third))
    assert third.counts["skipped"] == 5
    assert store.slugs(data) == slugs


@pytest.mark.parametrize(("way", "count"), [("update", 5), ("keep", 10)])
def test_unpacked_again(tmp_path: Path, way: str, count: int) -> None:
    """Duplicates replace what is there, or stand beside it, as was asked."""
    file = archive(tmp_path)
    for _ in range(2):
        (job,) = planned(tmp_path, file, on_duplicate=way)
        context = FakeContext(tmp_path / "data")
        ended(unpack.run(packed_of(job), context))
        assert context.counts["done"] == 5
    assert len(store.slugs(tmp_path / "data")) == count


@pytest.mark.parametrize(("way", "counts"), [("skip", (1, 1)), ("keep", (2, 0))])
def test_twice_in_one_file(tmp_path: Path, way: str, counts: tuple[int, int]) -> None:
    """The same recipe twice in a file is a duplicate like any; begun again nothing changes."""
    file = tmp_path / "two.json"
    file.write_text(json.dumps([demo.node(demo.STEW, url=f"https://a.example/{n}") for n in "ab"]))
    (job,) = planned(tmp_path, file, on_duplicate=way)
    for _ in range(2):
        context = FakeContext(tmp_path / "data")
        ended(unpack.run(packed_of(job), context))
        assert (context.counts["done"], context.counts["skipped"]) == counts
        assert len(store.slugs(tmp_path / "data")) == counts[0]


def test_damaged_entries(tmp_path: Path) -> None:
    """Each recipe of an archive that cannot be had is named; the others are saved."""
    file = archive(tmp_path)
    with zipfile.ZipFile(file, "a") as more:
        more.writestr("bad.paprikarecipe", b"no gzip")
    (job,) = planned(tmp_path, file)
    context = FakeContext(tmp_path / "data", suspects=(0,))
    ended(unpack.run(packed_of(job), context))
    assert context.counts["done"] == 4
    assert [(item.rpartition(": ")[2], kind) for item, kind, _ in context.failed] == [
        ("r0.paprikarecipe", ErrorKind.CRASHED),
        ("bad.paprikarecipe", ErrorKind.CORRUPT),
    ]
    file.unlink()
    with pytest.raises(ItemFault):
        ended(unpack.run(packed_of(job), FakeContext(tmp_path / "data")))


def pasted(tmp_path: Path, text: str, **more: str) -> str:
    """Return the file in which a pasted text is kept."""
    return str(importer.deeds["page.keep"](tmp_path, {"text": text, **more}))


def test_a_pasted_page_is_a_source(tmp_path: Path) -> None:
    """It is kept as a file that is named for it, counted as one, and known by its own address."""
    url = "https://a.example/soup"
    head = f'<head><link rel="canonical" href="{url}">'
    html = demo.jsonld(demo.SOUP).replace("<head>", head).replace("\n", "\r")
    assert head in html
    file = pasted(tmp_path, html)
    assert Path(file).name.startswith("pasted-soupe-au-pistou")
    assert pasted(tmp_path, html) == file
    shown = plan.preview(RecipeOptions(sources=(file, file)), tmp_path)
    assert shown.text == "1 file, 1 named twice"
    (job,) = planned(tmp_path, file)
    assert (page_of(job).url, page_of(job).file, job.label) == (url, file, url)
    text = pasted(tmp_path, TEXT)
    assert pages.is_text(Path(text))
    (job,) = planned(tmp_path, text)
    assert (page_of(job).url, page_of(job).file) == ("", text)


def test_what_is_pasted_for_an_address(tmp_path: Path) -> None:
    """It is kept whatever is in it; without an address it has to be a recipe."""
    url = "https://me:secret@a.example/soup"
    kept = Path(pasted(tmp_path, "<p>Some words</p>", url=url))
    assert pages.read(kept).text == "<p>Some words</p>"
    assert b"secret" not in gzip.decompress(kept.read_bytes())
    for text in ("<p>Some words</p>", "https://a.fr/x", "<html>" + "https://a.fr/x <br>" * 9, ""):
        with pytest.raises(UsageError, match="no recipe in this text"):
            pasted(tmp_path, text)
    with pytest.raises(UsageError, match="too long"):
        pasted(tmp_path, "<p>" * 2_000_000)


def test_it_is_called_by_how_many_there_are_and_whence(tmp_path: Path) -> None:
    """A batch is named by its recipes, and by no more than two of their sites."""

    def label(*hosts: str) -> str:
        options = RecipeOptions(sources=tuple(f"https://{host}.example/1" for host in hosts))
        return plan.plan(options, tmp_path).label

    assert label("a") == "1 recipe: a.example"
    assert label("a", "b") == "2 recipes: a.example, b.example"
    assert label("a", "b", "c") == "3 recipes: a.example, b.example +1"


def test_what_is_here_already_is_told_before(tmp_path: Path) -> None:
    """Of the addresses that were named those are counted whose recipe was imported."""
    put(tmp_path, MADE[0], "https://a.example/1")
    for number, said in ((1, "1 URL, 1 already imported"), (2, "1 URL")):
        options = RecipeOptions(sources=(f"https://a.example/{number}",))
        assert plan.preview(options, tmp_path).text == said
    every = RecipeOptions(sources=tuple(f"https://a.example/{n}" for n in range(5)))
    assert plan.preview(every, tmp_path).text == "5 URLs, 1 already imported"


def test_a_list_that_is_far_too_long_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size is looked at first: nobody has as many addresses."""
    monkeypatch.setattr(sources, "LIST_MOST_BYTES", 100)
    listed = tmp_path / "urls.txt"
    listed.write_text("https://a.example/1\n" * 5)
    assert len(planned(tmp_path, listed)) == 5, "each but the first is named once more"
    listed.write_text("https://a.example/1\n" * 6)
    with pytest.raises(UsageError, match="of addresses"):
        planned(tmp_path, listed)
