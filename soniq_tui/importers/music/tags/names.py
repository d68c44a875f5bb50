"""Which tag holds what: a table for each family of tags.

Each line is a field of Track, or a part that ``values`` folds into one, with the names it goes by;
the first that holds something wins. Names are compared in lower case, ID3 frames in capitals as the
standard has them.

Sources: the mapping tables of MusicBrainz Picard (picard-docs.musicbrainz.org, "Tag Mapping") and
of the mutagen documentation; the variants are what mp3tag, foobar2000, iTunes, beets and ffmpeg
write.
"""

CARRIED = {
    "album_artists": ("albumartist", "album artist", "album_artist"),
    "date": ("date", "year", "wm/year"),
    "original_date": ("originaldate", "originalyear", "tdor", "wm/originalreleasetime"),
    "compilation": ("compilation", "tcmp", "wm/iscompilation"),
    "track": ("tracknumber",),
    "disc": ("discnumber",),
    "musicbrainz_recording_id": (
        "musicbrainz_trackid",
        "musicbrainz track id",
        "musicbrainz/track id",
    ),
    "musicbrainz_album_id": (
        "musicbrainz_albumid",
        "musicbrainz album id",
        "musicbrainz/album id",
    ),
    "musicbrainz_artist_ids": (
        "musicbrainz_artistid",
        "musicbrainz artist id",
        "musicbrainz/artist id",
    ),
    "musicbrainz_albumartist_ids": (
        "musicbrainz_albumartistid",
        "musicbrainz album artist id",
        "musicbrainz/album artist id",
    ),
    "musicbrainz_releasegroup_id": (
        "musicbrainz_releasegroupid",
        "musicbrainz release group id",
        "musicbrainz/release group id",
    ),
    "musicbrainz_track_id": (
        "musicbrainz_releasetrackid",
        "musicbrainz release track id",
        "musicbrainz/release track id",
    ),
    "acoustid_id": ("acoustid_id", "acoustid id", "acoustid/id"),
    "isrc": ("isrc", "tsrc", "wm/isrc"),
    "bpm": ("bpm", "tbpm", "wm/beatsperminute"),
    "replaygain_track_gain_db": ("replaygain_track_gain", "replaygain/track_gain"),
    "replaygain_album_gain_db": ("replaygain_album_gain", "replaygain/album_gain"),
    "lyrics": ("lyrics", "uslt", "lyrics-eng", "lyrics-xxx", "wm/lyrics"),
    "artist_sort": ("artistsort", "tsop", "artist-sort", "sort_artist", "wm/artistsortorder"),
    "album_artist_sort": (
        "albumartistsort",
        "tso2",
        "sort_album_artist",
        "wm/albumartistsortorder",
    ),
    "album_version": (
        "musicbrainz_albumcomment",
        "musicbrainz album comment",
        "musicbrainz/album comment",
    ),
}
"""Names of other families and of ffmpeg, which carries them over as they stand when it converts."""


class Names(dict[str, tuple[str, ...]]):
    """Names by field, and the way back; with ``carried`` before them those of others count, too."""

    def __init__(self, names: dict[str, tuple[str, ...]], carried: str | None = None) -> None:
        super().__init__(names)
        for field, others in CARRIED.items() if carried is not None else ():
            more = (f"{carried}{name}" for name in others)
            self[field] = tuple(dict.fromkeys((*self.get(field, ()), *more)))
        self.places = {
            name: (field, rank)
            for field, alternatives in self.items()
            for rank, name in enumerate(alternatives)
        }
        """Field and rank by name: no name is in a table twice."""


ID3 = Names(
    {
        "title": ("TIT2",),
        "artists": ("TPE1",),
        "artist_list": ("TXXX:artists",),
        "album": ("TALB",),
        "album_artists": ("TPE2", "TXXX:albumartist", "TXXX:album artist", "TXXX:album_artist"),
        "track": ("TRCK",),
        "track_total": ("TXXX:tracktotal", "TXXX:totaltracks"),
        "disc": ("TPOS",),
        "disc_total": ("TXXX:disctotal", "TXXX:totaldiscs"),
        "date": ("TDRC", "TDRL"),
        "original_date": ("TDOR", "TXXX:originaldate", "TXXX:originalyear"),
        "genres": ("TCON",),
        "composers": ("TCOM",),
        "compilation": ("TCMP", "TXXX:compilation"),
        "musicbrainz_recording_id": ("UFID:http://musicbrainz.org", "TXXX:musicbrainz_trackid"),
        "musicbrainz_album_id": ("TXXX:musicbrainz album id", "TXXX:musicbrainz_albumid"),
        "musicbrainz_artist_ids": ("TXXX:musicbrainz artist id", "TXXX:musicbrainz_artistid"),
        "musicbrainz_albumartist_ids": (
            "TXXX:musicbrainz album artist id",
            "TXXX:musicbrainz_albumartistid",
        ),
        "musicbrainz_releasegroup_id": (
            "TXXX:musicbrainz release group id",
            "TXXX:musicbrainz_releasegroupid",
        ),
        "acoustid_id": ("TXXX:acoustid id", "TXXX:acoustid_id"),
        "isrc": ("TSRC",),
        "bpm": ("TBPM", "TXXX:bpm"),
        "replaygain_track_gain_db": ("TXXX:replaygain_track_gain", "RVA2:track"),
        "replaygain_album_gain_db": ("TXXX:replaygain_album_gain", "RVA2:album"),
        "lyrics": ("USLT", "TXXX:lyrics", "TXXX:unsyncedlyrics"),
        "artist_sort": ("TSOP", "TXXX:artistsort"),
        "album_artist_sort": ("TSO2", "TXXX:albumartistsort"),
        "album_version": (
            "TXXX:musicbrainz album comment",
            "TXXX:musicbrainz_albumcomment",
            "TXXX:albumversion",
            "TXXX:album version",
        ),
        "musicbrainz_track_id": (
            "TXXX:musicbrainz release track id",
            "TXXX:musicbrainz_releasetrackid",
        ),
        "cue": ("TXXX:cuesheet",),
    },
    carried="TXXX:",
)
"""ID3v2.4 frames; mutagen brings 2.2 and 2.3 to these. ``TXXX:`` with the description."""

VORBIS = Names(
    {
        "title": ("title",),
        "artists": ("artist",),
        "artist_list": ("artists",),
        "album": ("album",),
        "album_artists": ("albumartist", "album artist", "album_artist", "ensemble"),
        "track": ("tracknumber", "track"),
        "track_total": ("tracktotal", "totaltracks"),
        "disc": ("discnumber", "disc"),
        "disc_total": ("disctotal", "totaldiscs"),
        "date": ("date", "year"),
        "original_date": ("originaldate", "originalyear"),
        "genres": ("genre",),
        "composers": ("composer",),
        "compilation": ("compilation",),
        "musicbrainz_recording_id": ("musicbrainz_trackid",),
        "musicbrainz_album_id": ("musicbrainz_albumid",),
        "musicbrainz_artist_ids": ("musicbrainz_artistid",),
        "musicbrainz_albumartist_ids": ("musicbrainz_albumartistid",),
        "musicbrainz_releasegroup_id": ("musicbrainz_releasegroupid",),
        "acoustid_id": ("acoustid_id",),
        "isrc": ("isrc",),
        "bpm": ("bpm", "tempo"),
        "replaygain_track_gain_db": ("replaygain_track_gain",),
        "replaygain_album_gain_db": ("replaygain_album_gain",),
        "track_gain_r128": ("r128_track_gain",),
        "album_gain_r128": ("r128_album_gain",),
        "lyrics": ("lyrics", "unsyncedlyrics", "unsynced lyrics"),
        "artist_sort": ("artistsort",),
        "album_artist_sort": ("albumartistsort",),
        "album_version": ("musicbrainz_albumcomment", "albumversion", "album version"),
        "musicbrainz_track_id": ("musicbrainz_releasetrackid",),
        "cue": ("cuesheet",),
    },
    carried="",
)
"""Comments of FLAC, Ogg Vorbis, Opus and Speex."""

_ITUNES = "----:com.apple.itunes:"

MP4 = Names(
    {
        "title": ("©nam",),
        "artists": ("©art",),
        "artist_list": (_ITUNES + "artists",),
        "album": ("©alb",),
        "album_artists": ("aart", _ITUNES + "albumartist", _ITUNES + "album artist"),
        "track": ("trkn",),
        "track_total": (_ITUNES + "tracktotal", _ITUNES + "totaltracks"),
        "disc": ("disk",),
        "disc_total": (_ITUNES + "disctotal", _ITUNES + "totaldiscs"),
        "date": ("©day",),
        "original_date": (_ITUNES + "originaldate", _ITUNES + "originalyear"),
        "genres": ("©gen",),
        "composers": ("©wrt",),
        "compilation": ("cpil",),
        "musicbrainz_recording_id": (_ITUNES + "musicbrainz track id",),
        "musicbrainz_album_id": (_ITUNES + "musicbrainz album id",),
        "musicbrainz_artist_ids": (_ITUNES + "musicbrainz artist id",),
        "musicbrainz_albumartist_ids": (_ITUNES + "musicbrainz album artist id",),
        "musicbrainz_releasegroup_id": (_ITUNES + "musicbrainz release group id",),
        "acoustid_id": (_ITUNES + "acoustid id",),
        "isrc": (_ITUNES + "isrc",),
        "bpm": ("tmpo", _ITUNES + "bpm"),
        "replaygain_track_gain_db": (_ITUNES + "replaygain_track_gain",),
        "replaygain_album_gain_db": (_ITUNES + "replaygain_album_gain",),
        "lyrics": ("©lyr", _ITUNES + "lyrics", _ITUNES + "unsyncedlyrics"),
        "artist_sort": ("soar",),
        "album_artist_sort": ("soaa",),
        "album_version": (
            _ITUNES + "musicbrainz album comment",
            _ITUNES + "albumversion",
            _ITUNES + "album version",
        ),
        "musicbrainz_track_id": (_ITUNES + "musicbrainz release track id",),
        "cue": (_ITUNES + "cuesheet",),
    },
    carried=_ITUNES,
)
"""Atoms of iTunes; numeric genres (``gnre``) arrive as ``©gen``, ``trkn`` and ``disk`` as n/N."""

APE = Names(
    {
        "title": ("title",),
        "artists": ("artist",),
        "artist_list": ("artists",),
        "album": ("album",),
        "album_artists": ("album artist", "albumartist", "album_artist"),
        "track": ("track", "tracknumber"),
        "track_total": ("tracktotal", "totaltracks"),
        "disc": ("disc", "discnumber"),
        "disc_total": ("disctotal", "totaldiscs"),
        "date": ("year", "date", "record date"),
        "original_date": ("originaldate", "originalyear"),
        "genres": ("genre",),
        "composers": ("composer",),
        "compilation": ("compilation",),
        "musicbrainz_recording_id": ("musicbrainz_trackid",),
        "musicbrainz_album_id": ("musicbrainz_albumid",),
        "musicbrainz_artist_ids": ("musicbrainz_artistid",),
        "musicbrainz_albumartist_ids": ("musicbrainz_albumartistid",),
        "musicbrainz_releasegroup_id": ("musicbrainz_releasegroupid",),
        "acoustid_id": ("acoustid_id",),
        "isrc": ("isrc",),
        "bpm": ("bpm",),
        "replaygain_track_gain_db": ("replaygain_track_gain",),
        "replaygain_album_gain_db": ("replaygain_album_gain",),
        "lyrics": ("lyrics", "unsyncedlyrics", "unsynced lyrics"),
        "artist_sort": ("artistsort",),
        "album_artist_sort": ("albumartistsort",),
        "album_version": ("musicbrainz_albumcomment", "albumversion", "album version"),
        "musicbrainz_track_id": ("musicbrainz_releasetrackid",),
        "cue": ("cuesheet",),
    },
    carried="",
)
"""APEv2 items of WavPack, Musepack, Monkey's Audio, TAK, OptimFROG and some MP3 files."""

ASF = Names(
    {
        "title": ("title", "wm/title"),
        "artists": ("author", "wm/author"),
        "artist_list": ("wm/artists", "artists"),
        "album": ("wm/albumtitle",),
        "album_artists": ("wm/albumartist",),
        "track": ("wm/tracknumber",),
        "track_total": ("tracktotal", "totaltracks"),
        "disc": ("wm/partofset",),
        "disc_total": ("disctotal", "totaldiscs"),
        "date": ("wm/year",),
        "original_date": ("wm/originalreleasetime", "wm/originalreleaseyear"),
        "genres": ("wm/genre",),
        "composers": ("wm/composer",),
        "compilation": ("wm/iscompilation",),
        "musicbrainz_recording_id": ("musicbrainz/track id",),
        "musicbrainz_album_id": ("musicbrainz/album id",),
        "musicbrainz_artist_ids": ("musicbrainz/artist id",),
        "musicbrainz_albumartist_ids": ("musicbrainz/album artist id",),
        "musicbrainz_releasegroup_id": ("musicbrainz/release group id",),
        "acoustid_id": ("acoustid/id",),
        "isrc": ("wm/isrc",),
        "bpm": ("wm/beatsperminute",),
        "replaygain_track_gain_db": ("replaygain_track_gain", "replaygain/track_gain"),
        "replaygain_album_gain_db": ("replaygain_album_gain", "replaygain/album_gain"),
        "lyrics": ("wm/lyrics",),
        "artist_sort": ("wm/artistsortorder",),
        "album_artist_sort": ("wm/albumartistsortorder",),
        "album_version": ("musicbrainz/album comment", "albumversion", "album version"),
        "musicbrainz_track_id": ("musicbrainz/release track id",),
        "cue": ("cuesheet", "wm/cuesheet"),
    },
    carried="",
)
"""Attributes of Windows Media."""


RIFF = Names(
    {
        "title": ("inam",),
        "artists": ("iart",),
        "album": ("iprd",),
        "track": ("itrk", "iprt"),
        "date": ("icrd",),
        "genres": ("ignr",),
        "composers": ("imus",),
    }
)
"""Chunks of a LIST INFO in WAV (Multimedia Programming Interface 1.0, and what TagLib, mp3tag and
ffmpeg add: ITRK, IPRT, IMUS)."""

AIFF = Names({"title": ("NAME",), "artists": ("AUTH",)})
"""Text chunks of AIFF."""


def once(held: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return each value of a name once: ffmpeg writes some into two lists of a WMA file."""
    return {
        name: list(dict.fromkeys(values)) if len(values) > 1 else values
        for name, values in held.items()
    }


def pick(held: dict[str, list[str]], names: Names) -> dict[str, list[str]]:
    """Return the fields that a tag holds, each with the values of the first name that has any.

    Args:
        held: values by name as the tables spell it.
        names: one of the tables.
    """
    places = names.places
    picked: dict[str, list[str]] = {}
    ranks: dict[str, int] = {}
    for name, values in held.items():
        place = places.get(name)
        if place is not None and values and (values[0] or any(values)):
            field, rank = place
            if field not in picked or rank < ranks[field]:
                picked[field] = values
                ranks[field] = rank
    return picked
