"""How long a recipe takes is read in the words of many languages, and in broken ISO 8601."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.recipes.page import times
from soniq_tui.importers.recipes.page.spoken_times import timers


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("1 Std. 30 Min.", 90), ("1,5 Stunden", 90), ("eine Stunde", 60), ("zwei Stunden", 120),
        ("anderthalb Stunden", 90), ("eine halbe Stunde", 30), ("Dreiviertelstunde", 45),
        ("1 heure et demie", 90), ("une heure", 60), ("une demi-heure", 30), ("2 semaines", 20160),
        ("trois quarts d’heure", 45), ("2 heures et demie", 150), ("un quart d'heure", 15),
        ("half an hour", 30), ("one and a half hours", 90), ("a quarter of an hour", 15),
        ("an hour", 60), ("an hour or two", 120), ("1 and a half hours", 90), ("2 weeks", 20160),
        ("1u30", 90), ("1 u 30 min", 90), ("1 uur en 15 minuten", 75), ("half uur", 30),
        ("1 timme", 60), ("1 t 20 min", 80), ("2 timer", 120), ("1 hora y media", 90),
        ("2 a 3 horas", 180), ("un'ora", 60), ("un ora e mezza", 90), ("1 hora e meia", 90),
        ("un’ora e mezza", 90), ("un'ora e 20 minuti", 80), ("hora e meia", 90),
        ("1 h 30 à 2 h", 120), ("1h15 au frais", 75), ("zweieinhalb Stunden", 150),
        ("1 hour 15 to 20 minutes", 80), ("1 heure 15-20 min", 80), ("1h10 à 20 min", 80),
        ("1 hora e 30-40 minutos", 100), ("um minuto", 1), ("um dia", 1440),
        ("1 godz. 30 min", 90), ("1 godzina", 60), ("90 minut", 90), ("1 hod. 30 min.", 90),
        ("20 minút", 20), ("1 час 20 минут", 80), ("30 мин.", 30), ("2 ч", 120), ("1 óra", 60),
        ("30 perc", 30), ("1 saat 15 dk", 75), ("30 dakika", 30), ("30 minuuttia", 30),
        ("1 tunti", 60), ("30 λεπτά", 30), ("1 ώρα", 60), ("٣٠ دقيقة", 30), ("30分", 30),
        ("約30分間", 30), ("1時間30分", 90), ("30分钟左右", 30), ("1시간 30분", 90), ("1¾ h", 105),
        ("15‑20 minutes", 20), ("15 — 20 minutes", 20), ("20 min. - 1 Std.", 60), ("⅚ h", 50),
        ("une heure trente", 90), ("2 heures quinze", 135), ("une heure quarante-cinq", 105),
        ("quinze minutes", 15), ("vingt à trente minutes", 30), ("twenty-five minutes", 25),
        ("zehn Minuten", 10), ("an hour and a half", 90), ("2 hours and a half", 150),
        ("1 h 1/2", 90), ("1h1/4", 75), ("12 heures 3/4", 765), ("1 heure et quart", 75),
        ("hora y media", 90), ("1 ſ", None), ("eıne Stunde", None), ("30 mın", None), ("1 h½", 60),
        ("1 tour", None), ("2 tasses", None), ("4 œufs", None), ("30''", None), ("12 hearts", None),
    ],
)  # fmt: skip
def test_words(words: str, minutes: int | None) -> None:
    """Numbers and units in figures, in words, as fractions, as ranges."""
    assert times.minutes_of(words) == minutes


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        ("PT30", 30), ("P20M", 20), ("P90M", 90), ("P2M", 86_400), ("P1Y4M", None), ("P1W", 10_080),
        ("P4M", 4), ("P20MT5M", None),
        ("PT30M/PT40M", 40), ("PT40M - PT30M", 40), ("PT30M to PT1H", 60), ("PT30M-x", 30),
        ("-PT30M", None), ("PT-30M", None), ({"@type": "Duration", "name": "PT40M"}, 40),
        ({"@type": "Duration", "@value": "PT2H"}, 120), ({"@value": None, "name": ["x"]}, None),
        ({"maxValue": 0, "value": 20, "unitCode": "MIN"}, 20),
    ],
)  # fmt: skip
def test_durations(told: Any, minutes: int | None) -> None:
    """Units and marks that were forgotten, the ends of a range, and nodes."""
    assert times.minutes_of(told) == minutes


@pytest.mark.parametrize(
    ("step", "minutes"),
    [
        ("Cuire 1h30 à 180 °C, puis 20 min à 160 °C.", [90, 20]),
        ("Laisser lever 1 h 30 à 2 h.", [120]), ("Bake 1 h 15.", [75]), ("1 h 20 min", [80]),
        ("Rest 1 h 20 °C", [60]), ("2 h, then add 30 g of butter", [120]), ("1 h 30 g", [60]),
        ("Laisser 1h10 à 1h20.", [80]), ("Bake for 1 hour 15 to 20 minutes.", [60, 20]),
        ("Bake for 1 hour. 12 cookies fit on a sheet.", [60]), ("1 Std. 30 ruhen lassen", [90]),
    ],
)  # fmt: skip
def test_timers(step: str, minutes: list[int]) -> None:
    """A step tells how long it takes; minutes behind hours need no unit."""
    assert [round(each) for each in timers(step)] == minutes


@given(st.text(alphabet="019 ½⅔/.,-–h'mſıİKPTa半分時 onehalfuvx", max_size=60))
def test_any_words(text: str) -> None:
    """Whatever is said, there is an answer that can be."""
    minutes = times.minutes_of(text)
    assert minutes is None or minutes > 0
    assert all(each >= 0 for each in timers(text))
