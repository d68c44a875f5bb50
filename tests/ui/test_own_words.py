"""What importers say in labels, results and captions is read in French; foreign text stays."""

import ast
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from soniq_tui import importers, words
from soniq_tui.importers.recipes import detail as recipe_detail
from soniq_tui.importers.recipes.page import quality
from soniq_tui.importers.recipes.words import flag_text
from soniq_tui.model.commands import Reply
from soniq_tui.model.job import BatchState
from soniq_tui.model.results import (
    DetailQuery,
    Picture,
    ResultColumn,
    ResultDetail,
    ResultPage,
    ResultQuery,
    ResultRow,
)
from soniq_tui.model.snapshot import View
from soniq_tui.ui import job_rows, result_rows, rows
from soniq_tui.ui.filters import meant
from soniq_tui.ui.translated_client import TranslatedClient
from soniq_tui.words import results
from soniq_tui.words import told as tolds
from soniq_tui.words.told import label, told
from tests.ui import fakes
from tests.ui.pilots import running, text_of
from tests.ui.test_spoken import texts_of

HOUSE = Path(importers.__file__).parent
NARROW, BLANK = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
AT_A_SERVER = "7 at 7"
"""What recipes at a server are called: a file of any name may end so, too."""


pytestmark = pytest.mark.usefixtures("french")


# ---------------------------------------------------------------- labels


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("1 vanished file of /m", "1 fichier disparu de /m"),
        ("1,204 vanished files of /m", f"1{NARROW}204 fichiers disparus de /m"),
        ("40 covers from /m/Nina Simone", "40 pochettes de /m/Nina Simone"),
        ("1 cover from /m", "1 pochette de /m"),
        ("albums, artists and words of /m", "albums, artistes et mots de /m"),
        ("3 folders", "3 dossiers"),
        ("3 folders (watched)", "3 dossiers (surveillé)"),
        (
            "/m (looked through every 10 minutes: nfs4 does not tell of changes)",
            f"/m (parcouru toutes les 10 minutes{BLANK}: nfs4 ne signale pas les changements)",
        ),
        ("pictures nobody has looked at", "images jamais examinées"),
        ("2 recipes: a.fr, b.fr", f"2 recettes{BLANK}: a.fr, b.fr"),
        ("/m/held", "/m/held"),
        ("/m/1 cover from /m +3", "/m/1 cover from /m +3"),
        ("yes", "yes"),
        ("https://a.fr/held", "https://a.fr/held"),
        ("", ""),
    ],
)
def test_a_label_is_shown_in_the_language_in_use(stored, shown):
    """Words of ours are known by their form; a path or an address is as it is."""
    assert label(stored) == shown
    words.use("en")
    assert label(stored) == stored


def labels():
    """Yield what importers call their jobs and batches, with 7 for what is put in."""
    for file in sorted(HOUSE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            every = list(ast.walk(function))
            sets = [n for n in every if isinstance(n, ast.Assign)]
            named = [(n.targets[0].id, n.value) for n in sets if isinstance(n.targets[0], ast.Name)]
            said = [value for name, value in named if name == "label"]
            said += [n.value for n in every if isinstance(n, ast.keyword) and n.arg == "label"]
            if function.name == "_label":
                said += [n.value for n in every if isinstance(n, ast.Return)]
            filled = _Filled({name: value for name, value in named if name != "label"})
            yield from ((file.name, text) for each in said for text in texts_of(filled.visit(each)))


class _Filled(ast.NodeTransformer):
    """Puts in place of a name what it was set to."""

    def __init__(self, named):
        self.named = named

    def visit_FormattedValue(self, node):
        value = node.value
        if isinstance(value, ast.Name) and value.id in self.named:
            node.value = self.named[value.id]
        return node


def test_every_label_of_words_has_a_form():
    """A new label that nobody can translate is found here."""
    said = {text for _file, text in labels() if any(c.isalpha() for c in text)}
    assert {"1 vanished file of 7", "7 vanished files of 7", "all pictures"} <= said
    assert {text for text in said if label(text) == text} <= {AT_A_SERVER}


def test_jobs_slots_and_batches_are_called_so():
    """In their rows; and a filter finds what is read there."""
    client = fakes.FakeClient()
    job = replace(client.job_row(0), label="3 vanished files of /m")
    assert "3 fichiers disparus de /m" in job_rows.job_row(job).cells
    (slot, *_) = (s for s in fakes.running().slots if s.job_id is not None)
    row = rows.slot_row(replace(slot, label="3 covers from /m"))
    assert "3 pochettes de /m" in row.cells
    batch = replace(fakes.batch(1), label="3 folders", state=BatchState.DONE)
    assert any(cell.startswith("3 dossiers") for cell in rows.batch_row(batch).cells)
    assert "vanished files of" in meant("disparus", View.JOBS)


async def test_what_a_launch_answers_says_so_too():
    """The label behind the title."""
    fake = fakes.FakeClient()
    fake.reply = Reply(text="Music library: 3 folders", batch_id=4)
    reply = await TranslatedClient(fake).launch("music", {})
    assert reply.text == f"Discothèque{BLANK}: 3 dossiers"


async def test_what_a_launch_leaves_out_is_said_behind_its_name():
    """In the language in use; the line is whoever's wrote it."""
    fake = fakes.FakeClient()
    note = "2 lines without an address left out, the first: nas/y"
    fake.reply = Reply(text="Recipes: 3 folders", batch_id=4, note=note)
    reply = await TranslatedClient(fake).launch("recipes", {})
    assert reply.text.endswith(
        f": 3 dossiers{BLANK}; 2 lignes sans adresse laissées de côté, la première{BLANK}: nas/y"
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("3 URLs, 2 files, 12 recipes in files, 1 named twice, 1 already imported",
         "3 adresses, 2 fichiers, 12 recettes en fichiers, 1 nommée deux fois, 1 déjà importée"),
        ("1 URL, 1 file, 2 already imported", "1 adresse, 1 fichier, 2 déjà importées"),
        ("2 URLs; 1 line without an address left out: nas/y",
         f"2 adresses{BLANK}; 1 ligne sans adresse laissée de côté{BLANK}: nas/y"),
        ("1 text", "1 texte"),
        ("then looked through every 10 minutes: fuse.sshfs does not tell of changes",
         f"puis parcours toutes les 10 minutes{BLANK}: fuse.sshfs ne signale pas les changements"),
        ("fuse.sshfs does not tell of changes, cifs does not tell of changes",
         "fuse.sshfs ne signale pas les changements, cifs ne signale pas les changements"),
        ("3 audio files in 1 folder; then watched",
         f"3 fichiers audio dans 1 dossier{BLANK}; puis surveillance"),
    ],
)  # fmt: skip
def test_what_a_launch_would_meet_is_said_in_french(said, shown):
    """Before it starts."""
    assert told(said) == shown


# ---------------------------------------------------------------- captions


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("embedded JPEG, 1,400 by 1,400, 312 kB",
         f"JPEG intégré, 1{NARROW}400 × 1{NARROW}400, 312 kB"),
        ("PNG beside the music, 88 by 90, 812 bytes",
         "PNG à côté de la musique, 88 × 90, 812 octets"),
        ("embedded PICTURE, 5 kB", "PICTURE intégré, 5 kB"),
        ("JPEG, 1,200 by 800, 1,024 kB", f"JPEG, 1{NARROW}200 × 800, 1{NARROW}024 kB"),
    ],
)  # fmt: skip
def test_a_picture_has_its_caption_in_french(said, shown):
    """Below covers and below pictures of recipes."""
    assert results.caption(said) == shown


@pytest.mark.parametrize(
    "why",
    [
        "there is no picture",
        "there is no such picture in the library",
        "12,000 by 9,000 pixels: soniq-tui covers makes it small",
        "12,000 by 9,000 pixels: soniq-tui covers --all makes it small",
        "it is not what the last scan saw; scan again",
        "an AVIF picture",
        "the picture has 25,000,000 bytes",
        "the picture cannot be read: Permission denied",
    ],
)
def test_why_there_is_no_picture_is_said_in_french(why):
    """Whatever its importer has against it."""
    assert told(why) != why
    assert "picture" not in told(why)


# ---------------------------------------------------------------- lists and facts


@pytest.mark.parametrize(
    ("column", "kind", "key", "cell", "shown"),
    [
        ("kind", "error", "1", "too_big", "trop gros"),
        ("reason", "error", "1", "the file is empty", "le fichier est vide"),
        ("host", "site", "-", "From files", "De fichiers"),
        ("host", "site", "From files", "From files", "From files"),
        ("category", "category", "-", "Without a category", "Sans catégorie"),
        ("title", "artist", "artist:7", "(tracks on other albums)",
         "(pistes sur d’autres albums)"),
        ("title", "album", "7", "unknown", "unknown"),
        ("flags", "recipe", "soup", "by a model, no amounts", "par un modèle, sans quantités"),
        ("path", "track", "1", "/m/a.flac (track 3 of its cue sheet)",
         "/m/a.flac (piste 3 de sa feuille CUE)"),
        ("note", "album", "1", "has 9 of 12, lacks 3, 4, …", "9 sur 12, il manque 3, 4, …"),
        ("note", "album", "1", "has 9 of 9; disc 2: has 1 of 2, lacks 2",
         f"9 sur 9{BLANK}; disque 2{BLANK}: 1 sur 2, il manque 2"),
        ("note", "track", "1", "1,234 bytes, 5.1 s", f"1{NARROW}234 octets, 5,1 s"),
        ("note", "track", "1", "album artists as tagged: held",
         f"artistes de l’album d’origine{BLANK}: held"),
        ("why", "check", "broken", "too_big 1,204, corrupt 3",
         f"trop gros 1{NARROW}204, abîmé 3"),
        ("title", "track", "1", "yes", "yes"),
    ],
)  # fmt: skip
def test_a_cell_is_translated_where_it_is_the_importers_own(column, kind, key, cell, shown):
    """A title, a name or a site that is called like a word of ours keeps its name."""
    assert results.cell(column, cell, kind, key) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Track", "3 of 12", "3 sur 12"),
        ("Compilation", "yes", "oui"),
        ("Sound", "MPEG-2.5 (mp4), 44.1 kHz, 16 bit, 6 channels, 1,411 kbit/s",
         f"MPEG-2.5 (mp4), 44,1 kHz, 16 bits, 6 canaux, 1{NARROW}411 kbit/s"),
        ("Sound", "flac, stereo", "flac, stéréo"),
        ("ReplayGain", "track -7.20 dB, album +1.05 dB", "piste -7,20 dB, album +1,05 dB"),
        ("Size", "1,204,555 bytes", f"1{NARROW}204{NARROW}555 octets"),
        ("Part", "track 3 of its cue sheet, from 0:00", "piste 3 de sa feuille CUE, depuis 0:00"),
        ("Missing since", "some time", "quelque temps"),
        ("Missing since", "2026-01-02 09:41", "2026-01-02 09:41"),
        ("Picture", "embedded", "intégrée"),
        ("Kind", "too_big", "trop gros"),
        ("Reason", "the file is empty", "le fichier est vide"),
        ("Found by", "rules (json-ld)", "des règles (json-ld)"),
        ("Album", "yes", "yes"),
        ("Artist", "10,000 Maniacs", "10,000 Maniacs"),
    ],
)  # fmt: skip
def test_a_fact_is_translated_where_it_is_the_importers_own(name, value, shown):
    """Figures as French writes them; names stay, whatever they are."""
    assert results.fact(name, value, "track") == shown


def test_forms_are_made_ready_once():
    """However many kinds of cells and facts are shown in turn."""

    def show() -> int:
        tolds._told.cache_clear()
        tolds._label.cache_clear()
        told("nothing that is known")
        label("nothing that is known")
        for name in results.FORMS:
            results.fact(name, "nothing that is known", "track")
        results.title("x; nothing that is known", own=False)
        return tolds._patterns.cache_info().misses

    assert show() == show()


def test_texts_as_they_were_tagged_are_called_so():
    """Facts whose names are made of the names of others."""
    assert results.label("Title as tagged") == "Titre d’origine"
    assert results.label("Album artists as tagged") == "Artistes de l’album d’origine"
    assert results.label("Title") == "Titre"
    assert (results.label("Year"), words._("Year")) == ("Année", "An")


def test_what_is_odd_about_recipes_and_what_to_do_is_known():
    """Each flag and each advice of the importer has its French."""
    tree = ast.parse(Path(quality.__file__).read_text(encoding="utf-8"))
    texts = {str(n.value) for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    flags = {text for text in texts if text.replace("_", "").isalpha()}
    odd = {flag for flag in flags if "_" in flag or flag == "pieced"}
    assert {flag_text(flag) for flag in odd} <= set(results.ODD)
    assert all(results.cell("flags", flag, "recipe", "x") != flag for flag in results.ODD)
    for advice in recipe_detail._WHAT.values():
        assert results.fact("What to do", advice, "failed") != advice


def test_a_recipe_has_its_heads_in_french():
    """What stands in it is the recipe's own."""
    text = "METHODICAL\n\nINGREDIENTS\n\n- METHOD\n\nMETHOD\n\n1. yes"
    assert results.body(text, "recipe") == (
        "METHODICAL\n\nINGRÉDIENTS\n\n- METHOD\n\nPRÉPARATION\n\n1. yes"
    )
    assert results.body(text, "track") == text


class Shelf(fakes.FakeClient):
    """An engine with one thing in its results, which has a picture."""

    async def results(self, query):
        column = ResultColumn(name="title", title="Title")
        row = ResultRow(key="1", kind="album", cells=("yes",), item="/m")
        return ResultPage(
            title="Held; 1,204 tracks not looked at: the scan has not come to index them",
            views=(("albums", "Albums"),), columns=(column,), rows=(row,), total=1,
        )  # fmt: skip

    async def detail(self, query):
        about = "embedded JPEG, 1,400 by 1,400, 312 kB"
        facts = (("Title", "yes"), ("Picture", "embedded"))
        picture = Picture(width=1, height=1, rgb=b"\0\0\0", about=about) if query.picture else None
        return ResultDetail(title="yes", facts=facts, picture=picture)


async def test_a_list_says_what_it_lacks_behind_its_name():
    """The name is that of an album and stays."""
    page = await TranslatedClient(Shelf()).results(
        ResultQuery(importer="music", view="tracks", key="1")
    )
    assert page.title.startswith(f"Held{BLANK}; 1{NARROW}204 pistes pas regardées")


async def test_the_picture_is_one_fact():
    """Its caption stands in place of the shorter word, in French as in English."""
    query = DetailQuery(importer="music", kind="album", key="1", picture=100)
    found = await TranslatedClient(Shelf()).detail(query)
    facts = dict(result_rows.facts_of(found))
    assert sorted(map(words._, facts)) == ["Image", "Titre"]
    assert len(result_rows.facts_of(found)) == 2
    said = "\n".join(text for line in result_rows.detail_lines(found, 60) for text, _tone in line)
    assert "JPEG intégré, 1\N{NARROW NO-BREAK SPACE}400" in said


async def test_a_caption_is_seen_in_french():
    """On the screen of one thing."""
    async with running(Shelf(), keys=["4", "enter"], size=(80, 24)) as (app, _pilot, _):
        assert "JPEG intégré" in text_of(app)


def test_what_is_told_of_a_batch_in_place_of_the_time_left_is_whole():
    """``va en pause`` and ``u : défaire`` take more cells than their English."""
    for now in (fakes.batch(1, undo_s=3.0), *(fakes.batch(1, state=s) for s in BatchState)):
        told = rows.batch_row(now).cells[5]
        assert cell_len(told) <= rows.batch_columns(None)[5].width, told
