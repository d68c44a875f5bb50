"""Genres by one name each, however a tag spells them."""

import re
from functools import lru_cache
from unicodedata import combining, normalize

_KNOWN = """
Acid Jazz; Acoustic; Afrobeat; Alternative=alt,alternativerock,altrock; Ambient; Americana;
Audiobook=audiobooks,spokenword,spoken,speech; Avant-Garde; Baroque; Bebop=bop; Big Band; Black Metal; Bluegrass;
Blues; Blues Rock; Bolero; Bossa Nova; Breakbeat=breaks; Britpop; Cabaret; Celtic; Chamber Music;
Chanson=chansonfrancaise,frenchchanson; Children's Music=childrens,children,kids,kindermusik; Chillout=chill;
Choral=choir,choralmusic; Christmas=xmas,holiday,weihnachten; Classical=classicalmusic,klassik,classique,clasica,musiqueclassique;
Classic Rock; Comedy=humor,humour; Country=countrymusic; Cumbia; Dance; Dancehall; Dark Wave; Death Metal;
Deep House; Disco; Doom Metal; Downtempo; Dream Pop; Drone; Drum & Bass=dnb,dandb,drumnbass,drumbass,jungledrumandbass;
Dub; Dubstep; Easy Listening; EBM; EDM; Electro; Electronic=electronica,electronicmusic,elektronik,elektronisch,electronique,electronics;
Electropop; Emo; Experimental; Fado; Film Score=score,filmmusic,filmmusik; Flamenco; Folk=folkmusic; Folk Metal; Folk Rock;
Funk; Fusion=jazzfusion; Game Music=videogame,videogamemusic,game,vgm; Garage; Garage Rock; Glam Rock; Glitch; Gospel; Gothic=goth;
Gothic Rock; Grime; Grindcore; Grunge; Gypsy Jazz=jazzmanouche,manouche; Hard Rock; Hardcore; Hardstyle; Heavy Metal;
Hip-Hop=hiphop,rap,raphiphop,hiphoprap,rapandhiphop,hiphopandrap; House; IDM; Indie; Indie Folk; Indie Pop; Indie Rock;
Industrial; Industrial Metal; Instrumental; J-Pop=japanesepop; Jazz=jazzmusic; Jungle; K-Pop=koreanpop; Klezmer; Krautrock; Latin=latinmusic; Latin Jazz;
Lo-Fi; Lounge; Math Rock; Medieval; Meditation; Mento; Merengue; Metal; Metalcore; Minimal; Minimalism; Motown; Musical=showtunes,broadway,musicals;
Musique Concrète; New Age; New Wave; Noise; Nu Metal; Opera=oper; Orchestral; Pop=popmusic,musicpop; Pop Rock=poprock,rockpop,poprockandpop; Podcast=podcasts;
Post-Hardcore; Post-Punk; Post-Rock; Power Metal; Progressive Metal=progmetal; Progressive Rock=progrock,prog; Psychedelic=psych;
Psychedelic Rock; Psytrance=psychedelictrance; Punk; Punk Rock; Qawwali; R&B=rnb,randb,rhythmandblues,rhythmnblues,rb,contemporaryrandb,contemporaryrnb; Ragtime;
Reggae; Reggaeton; Renaissance; Rock=rockmusic; Rock & Roll=rocknroll,rockroll,rocknrolls; Rockabilly; Roots; Salsa; Samba; Schlager; Shoegaze=shoegazing; Singer-Songwriter;
Ska; Sludge Metal; Soft Rock; Soul=soulmusic; Soundtrack=soundtracks,ost,originalsoundtrack,bandeoriginale,motionpicturesoundtrack,filmsoundtrack; Southern Rock; Space Rock; Stoner Rock;
Surf; Swing; Symphonic Metal; Symphony; Synth-Pop; Synthwave; Tango; Tech House; Techno; Thrash Metal=thrash;
Trance; Trap; Trip-Hop; UK Garage=ukg; Vaporwave; Vocal; Vocal Jazz=jazzvocal,vocals; Waltz; World=worldmusic,weltmusik,musiquedumonde,worldandfolk; Yacht Rock; Zouk
"""  # noqa: E501  a table
"""Names as they are shown; after ``=`` the keys of other names for the same."""
_APART = re.compile(r"[\W_]+")
_SHOUTED = 5
"""From so many letters on a name in capitals is shouted, and no abbreviation."""


def _key(name: str) -> str:
    """Return what spellings of one name have in common: no case, accents, spaces or marks."""
    plain = normalize("NFKD", name.replace("&", " and ").replace("+", " and ")).casefold()
    return _APART.sub("", "".join(c for c in plain if not combining(c)))


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _KNOWN.split(";"):
        name, _, others = entry.partition("=")
        name = " ".join(name.split())
        found[_key(name)] = name
        found.update((other, name) for other in others.split(",") if other)
    return found


_NAMES = _table()


@lru_cache(4096)
def canonical(name: str) -> str:
    """Return the one name of a genre: "hiphop", "Hip Hop" and "RAP" are "Hip-Hop".

    What no table knows stays as it is but for white space and, where it is all of one case, the
    first letters of its words.
    """
    plain = " ".join(name.split())
    known = _NAMES.get(_key(plain))
    if known is not None:
        return known
    if plain.islower() or (plain.isupper() and len(plain) >= _SHOUTED):
        return " ".join(word[:1].title() + word[1:].lower() for word in plain.split())
    return plain
