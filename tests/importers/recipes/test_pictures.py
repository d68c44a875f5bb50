"""The recipe's picture is found however a page names it, and nothing else is taken for it."""

import json
from typing import Any

import pytest

from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.page import extract, meta, pictures

HERE = "https://kitchen.example/dishes/stew"
MADE = demo.STEW
OBJECT = 'itemprop="image" itemscope itemtype="https://schema.org/ImageObject"'
SOMEBODY = 'itemscope itemtype="https://schema.org/Person"'
STEW, SIDE = "https://kitchen.example/p/stew.jpg", "https://kitchen.example/p/side.jpg"


def images(page: str, address: str = HERE) -> list[str]:
    found = extract.recipe(page, address)
    assert found is not None
    return found.images


def told(image: Any, head: str = "", **more: Any) -> str:
    """Return a page whose recipe names its picture so."""
    return demo.jsonld(MADE, image=image, **more).replace("</head>", f"{head}</head>")


def graph(*nodes: dict[str, Any], **recipe: Any) -> str:
    data = {"@context": "https://schema.org", "@graph": [{**demo.node(MADE), **recipe}, *nodes]}
    return demo.page(MADE, head=f'<script type="application/ld+json">{json.dumps(data)}</script>')


def tag(inside: str) -> str:
    """Return a page that tells its recipe in its tags, with something inside of it."""
    mark = '<h2 itemprop="name">'
    return demo.microdata(MADE).replace(mark, f"{inside}{mark}", 1)


@pytest.mark.parametrize(
    "image",
    [
        STEW, f" {STEW} ", "/p/stew.jpg", "//kitchen.example/p/stew.jpg", "../p/stew.jpg",
        [STEW], [[STEW]], {"@type": "ImageObject", "url": STEW}, {"contentUrl": STEW},
        {"url": [STEW]}, {"url": {"@id": STEW}}, {"@id": STEW}, {"@list": [STEW]},
        {"@value": STEW}, [{"url": STEW, "width": "1200 px", "height": {"value": 800}}],
        {"thumbnailUrl": STEW}, "https:\\/\\/kitchen.example\\/p\\/stew.jpg",
        ["data:image/gif;base64,R0lGODlhAQABAAAAACw=", STEW],
    ],
)  # fmt: skip
def test_every_form_of_an_image(image: object) -> None:
    """Texts, lists, objects, what they refer to, and addresses of all kinds."""
    assert images(told(image)) == [STEW]


def test_entities_in_addresses() -> None:
    """Written once or twice, they are no part of an address."""
    wanted = [f"{STEW}?w=1&h=2"]
    assert images(told(f"{STEW}?w=1&amp;h=2")) == wanted
    head = f'<meta property="og:image" content="{STEW}?w=1&amp;amp;h=2">'
    assert images(told(None, head)) == wanted


def test_pictures_that_stand_elsewhere_in_a_graph() -> None:
    """Looked up by ``@id``; of a recipe without any, that of the page or the article counts."""
    node = {"@type": "ImageObject", "@id": "#p", "url": STEW}
    assert images(graph(node, image={"@id": "#p"})) == [STEW]
    assert images(graph(node, image={"@id": "#nowhere"}, thumbnailUrl=STEW)) == [STEW]
    for name, value in (("primaryImageOfPage", {"@id": "#p"}), ("image", STEW)):
        assert images(graph(node, {"@type": "WebPage", name: value})) == [STEW]
    large = {"@type": "WebPage", "image": {"url": SIDE, "width": 2000, "height": 2000}}
    assert images(graph(large, image=STEW)) == [STEW]
    other = {"@type": "Organization", "image": SIDE, "logo": SIDE}
    assert images(graph(other, {"@type": ["Article"], "thumbnailUrl": STEW})) == [STEW]


@pytest.mark.parametrize(
    "head",
    [
        f'<meta property="og:image" content="{STEW}">', f"<META CONTENT='{STEW}' NAME='og:image'>",
        f'<meta property="og:image:secure_url" content="{STEW}">',
        f'<meta name="twitter:image" content="{STEW}">',
        f'<meta name="twitter:image:src" content="{STEW}">',
        f'<link rel="image_src" href="{STEW}">', f'<meta itemprop="image" content="{STEW}">',
        f'<meta name="thumbnail" content="{STEW}">',
        f'<link rel="preload" as="image" href="{STEW}">',
        f'<link rel=preload as=image imagesrcset="/s.jpg 300w, {STEW} 900w, /m.jpg 600w">',
        '<base href="/p/"><meta property="og:image" content="stew.jpg">',
        '<base href="https://kitchen.example/"><link rel="image_src" href="p/stew.jpg">',
    ],
)  # fmt: skip
def test_pictures_of_the_head(head: str) -> None:
    """Where the recipe names none, that of the page is taken."""
    assert images(told(None, head)) == [STEW]


def test_styles_and_fonts_are_no_pictures() -> None:
    """Nor is an icon."""
    head = '<link rel="preload" as="font" href="/f.woff"><link rel="icon" href="/i.png">'
    assert images(told(None, head)) == []


@pytest.mark.parametrize(
    "inside",
    [
        '<img itemprop="image" src="/p/stew.jpg">', '<meta itemprop="image" content="/p/stew.jpg">',
        '<link itemprop="image" href="/p/stew.jpg">',
        '<link itemprop="thumbnailUrl" href="/p/stew.jpg">',
        '<a itemprop="image" href="/p/stew.jpg"><img src="/p/stew-small.jpg"></a>',
        '<a itemprop="image" href="/gallery"><img src="/p/stew.jpg"></a>',
        '<img itemprop="image" src="data:image/gif;base64,R0" data-src="/p/stew.jpg">',
        '<img itemprop="image" src="/blank.gif" data-lazy-src="/p/stew.jpg">',
        '<img itemprop="image" srcset="/p/small.jpg 300w, /p/stew.jpg 900w">',
        '<img itemprop="image" src="data:," data-srcset="/p/small.jpg 1x, /p/stew.jpg 2x">',
        '<figure itemprop="image"><picture><source srcset="/p/stew.jpg"></picture></figure>',
        '<div itemprop="image" style="background-image: url(\'/p/stew.jpg\')"></div>',
        f'<div {OBJECT}><meta itemprop="url" content="/p/stew.jpg"></div>',
        f'<div {OBJECT}><link itemprop="url" href="/p/stew.jpg"></div>',
        f'<span {OBJECT}><img itemprop="contentUrl" src="/p/stew.jpg"></span>',
        '<img itemprop="image" src="/i/placeholder.png" srcset="/p/stew.jpg">',
    ],
)  # fmt: skip
def test_pictures_in_microdata(inside: str) -> None:
    """On whatever element, loaded at once or when it is scrolled to."""
    assert images(tag(inside)) == [STEW]


def test_pictures_in_rdfa_and_microformats() -> None:
    """Other ways to mark the same."""
    rdfa = tag('<img property="image" src="/p/stew.jpg">')
    rdfa = rdfa.replace('itemscope itemtype="http://schema.org/', 'typeof="').replace(
        "itemprop=", "property="
    )
    assert images(rdfa) == [STEW]
    items = "".join(f'<li class="p-ingredient">{each}</li>' for each in MADE.ingredients)
    steps = "".join(f"<li>{each}</li>" for each in MADE.steps)
    box = (
        f'<div class="h-recipe"><h2 class="p-name">{MADE.name}</h2><img class="u-photo" '
        f'src="/p/stew.jpg"><ul>{items}</ul><ol class="e-instructions">{steps}</ol></div>'
    )
    assert images(demo.page(MADE, box)) == [STEW]


@pytest.mark.parametrize(
    "inside",
    [
        f'<img src="/p/stew.jpg" alt="{MADE.name}">', '<img src="/p/stew.jpg" width="640">',
        '<figure><img loading="lazy" data-src="/p/stew.jpg" src="data:,x"></figure>',
        '<article><header><img src="/p/stew.jpg"></header></article>',
        '<div class="wprm-recipe-image"><img src="/p/stew.jpg"></div>',
        '<img src="/p/rule.png" width=600 height=4><img src="/p/stew.jpg">',
        '<img src="/p/face.jpg" width=48 height=48><img src="/p/stew.jpg">',
        '<div class="author-box"><img src="/p/face.jpg"></div><img src="/p/stew.jpg">',
        '<aside><img src="/p/side.jpg"></aside><img src="/p/stew.jpg">',
        '<div class="related-posts"><img src="/p/side.jpg"></div><img src="/p/stew.jpg">',
        f'<p {SOMEBODY}><img itemprop="image" src="/p/a.jpg"></p><img src="/p/stew.jpg">',
        f'<img src="/p/side.jpg"><img src="/p/stew.jpg" alt="A bowl of {MADE.name}">',
    ],
)  # fmt: skip
def test_pictures_that_people_see(inside: str) -> None:
    """Where no word is said of it, what the page shows beside the recipe is its picture."""
    page = demo.for_people(MADE)
    assert images(page.replace("</h1>", f"</h1>{inside}", 1)) == [STEW]


@pytest.mark.parametrize(
    "inside",
    [
        "<nav><img src='/p/a.jpg'></nav>", "<img src='data:image/png;base64,x'>",
        "<img src='/assets/logo.png'>", "<img src='/i/placeholder.jpg'>", "<img src='/1x1.gif'>",
        "<img src='/a/spacer.gif'>", "<img src='blob:https://a.example/b'>", "<img>",
    ],
)  # fmt: skip
def test_what_is_no_picture_of_a_recipe(inside: str) -> None:
    """Better none than a logo."""
    page = demo.for_people(MADE)
    assert images(page.replace("</h1>", f"</h1>{inside}", 1)) == []


@pytest.mark.parametrize(
    "image",
    ["/favicon.ico", "/x/site-logo.png", "/img/no-image.jpg", "/placeholder/a.png", "javascript:x",
     "data:image/png;base64,AA", "file:///etc/passwd", "mailto:a@b.example", "http://[", "", "/",
     "https://kitchen.example", "/logo-1200x630.png"],
)  # fmt: skip
def test_refused(image: str) -> None:
    """What stands for the site, or is no address of the web, is no picture."""
    assert pictures.best([(0, image), (10**6, image)], HERE) == []


def test_a_dish_may_have_any_name() -> None:
    """Only whole words of a name tell of a logo."""
    for name in ("logotype-cake.jpg", "avatar_tart.jpg", "blank-verse.jpg", "pixel-art-cake.jpg"):
        assert pictures.best([(0, f"/p/{name}")], HERE) == [f"https://kitchen.example/p/{name}"]


def test_the_largest_comes_first() -> None:
    """By what is told of it, on the page or in its address; previews come last."""
    at = "https://a.example"
    ranked = pictures.best(
        [
            (0, f"{at}/dish-150x150.jpg"), (0, f"{at}/dish.jpg"), (0, f"{at}/dish-500x500.jpg"),
            (1200 * 630, f"{at}/card.jpg"), (0, f"{at}/dish.jpg?w=2000&h=1500"),
            (100 * 100, f"{at}/tiny.jpg"), (0, f"{at}/other.jpg"),
        ],
        HERE,
    )  # fmt: skip
    assert [each.removeprefix(f"{at}/") for each in ranked] == [
        "dish.jpg?w=2000&h=1500", "card.jpg", "dish-500x500.jpg", "dish.jpg", "other.jpg",
        "dish-150x150.jpg", "tiny.jpg",
    ]  # fmt: skip


def test_one_picture_named_twice() -> None:
    """It is told once, at the place where it was named first, with the size told anywhere."""
    ranked = pictures.best([(0, STEW), (0, f"{SIDE}?w=500&h=500"), (250_000, STEW)], HERE)
    assert ranked == [STEW, f"{SIDE}?w=500&h=500"]


def test_an_address_in_full_is_taken_as_it_stands() -> None:
    """A saved page does not know its host; what it says in full is where the picture is."""
    full = "https://cdn.example/p/stew.jpg"
    assert pictures.best([(0, "/p/stew.jpg"), (0, full)], HERE) == [full]
    assert pictures.best([(0, "/p/stew.jpg"), (0, full)], "file:///home/ada/stew.html") == [full]
    assert pictures.best([(0, "/p/stew.jpg")], "file:///home/ada/stew.html") == []


def test_sizes_belong_to_the_image_before_them() -> None:
    """As the Open Graph protocol has it, for several images as well."""
    tags = "".join(
        f'<meta property="{name}" content="{value}">'
        for name, value in [
            ("og:image:width", 9), ("og:image", SIDE), ("og:image:width", 600),
            ("og:image:height", 400), ("og:image", STEW), ("og:image:height", 1000),
            ("og:image:width", "wide"), ("og:image", SIDE), ("og:image:width", 800),
        ]
    )  # fmt: skip
    assert meta.read(f"<head>{tags}", HERE).images == [(800 * 800, SIDE), (1000 * 1000, STEW)]


@pytest.mark.parametrize(
    ("srcset", "address"),
    [
        ("/a.jpg 300w, /b.jpg 900w", "/b.jpg"), ("/a.jpg, /b.jpg 2x", "/b.jpg"), ("", ""),
        ("/a.jpg 1.5x,/b.jpg 1x", "/a.jpg"),
        ("/c_fill,w_9/a.jpg 100w, /b.jpg", "/c_fill,w_9/a.jpg"),
        (" , ", ""), ("/a.jpg wide", "/a.jpg"),
    ],
)  # fmt: skip
def test_sets_of_sizes(srcset: str, address: str) -> None:
    """The largest of a set; addresses may have commas in them."""
    assert meta.largest(srcset) == address
