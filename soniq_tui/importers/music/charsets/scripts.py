"""What ``charset`` knows of languages: their letters, how common each is, what fits where.

Costs are bits: minus the binary logarithm of how often a letter turns up, rounded. Of alphabets
they follow the letter counts of running text (Russian, Ukrainian and Bulgarian taken together;
modern Greek); of Chinese, Japanese and Korean they follow the parts of the national standards
(GB 2312, Big5, JIS X 0208 and KS X 1001 each put the common characters first) and a list of some
two hundred characters that titles are full of, which covers about six in ten of those met.
"""

import re
from itertools import pairwise
from typing import NamedTuple

# ruff: noqa: RUF001  these are letters of many scripts, and meant to be

_BY_COST = (
    "3:оеаи 4:нтсрвл 5:кмдпу 6:яыьгзбчй 7:іхжш 8:юцщэј 9:фъёїє 10:њљћ 12:ґўђџ",
    "3:αοιε 4:τνσηρκ 5:πμλςυάίόέ 6:γδήωθχύ 7:φβώξ 8:ζ 9:ψ 12:ϊΐϋΰ",
)
CYRILLIC, GREEK = (
    {
        letter: float(cost)
        for group in line.split()
        for cost, _, letters in [group.partition(":")]
        for letter in letters
    }
    for line in _BY_COST
)

SIMPLIFIED = frozenset(
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对"
    "可她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公"
    "同三已老从动两长知样现分将外但身些与高意进把法此实回二明月水木火风雨雪花草星空海山河云梦爱情"
    "恋歌曲声音乐夜春夏秋冬红蓝白黑青黄金银泪笑哭吻伤痛苦甜美丽女男孩友朋妈爸飞走跑等待忘记忆思念"
    "别离再永远世界城市街路房间门窗车站桥岛船灯光影阳太晨昨今真假新旧最初结束始终相信给叫让找谁什怎"
    "为很太快慢深浅东西南北口眼睛手脚鸟鱼马龙虎狗猫茶酒烟杯刀剑战士王英雄故乡北京歌集精选专辑张周"
    "陈林李刘邓蔡许孙伟杰华丽君幸福寂寞孤单温柔浪漫自由祝愿缘份望希何必愿吧啊吗呢喜欢"
)
TRADITIONAL = frozenset(
    "的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對"
    "可她裡後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公"
    "同三已老從動兩長知樣現分將外但身些與高意進把法此實回二明月水木火風雨雪花草星空海山河雲夢愛情"
    "戀歌曲聲音樂夜春夏秋冬紅藍白黑青黃金銀淚笑哭吻傷痛苦甜美麗女男孩友朋媽爸飛走跑等待忘記憶思念"
    "別離再永遠世界城市街路房間門窗車站橋島船燈光影陽太晨昨今真假新舊最初結束始終相信給叫讓找誰什怎"
    "很快慢深淺東西南北口眼睛腳鳥魚馬龍虎狗貓茶酒煙杯刀劍戰士王英雄故鄉臺灣集精選專輯張周陳林李劉"
    "鄧蔡許孫偉傑華君幸福寂寞孤單溫柔浪漫自由祝願緣份望希何必吧啊嗎呢喜歡"
)
JAPANESE = frozenset(
    "日一人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午"
    "百書先名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨空花風夢愛恋心歌声音楽夜春夏"
    "秋冬雪海星光影涙笑君僕私手目口道町街夕朝明暗赤青黒色遠近強弱新古世界未永恋言葉思想忘記憶別離旅"
    "立歩走飛鳥船橋桜森林島国物語少女年時代最初終始待会願祈命魂神鬼武士戦闘死線路駅窓部屋家族涼帰"
)
KOREAN = frozenset(
    "이그대나사랑너의는을를가에도지고하한다은리기자아어니오시해마서로인만게내라수우여보정안일있을"
    "면날밤길음들그리움눈물꿈별빛바람비하늘바다구름꽃봄여름가을겨울노래친구사람세상행복안녕미소슬"
    "픔기억추억이별처음마지막오늘내일어제다시영원히혼자당신우리모두같은속으로없어줘봐요네야까지"
    "부터처럼것말할때더왜못잘좋아해울고싶던데려든과와전진장김박최조윤임신송황유상주성동남북강산"
    "무제잊지않았건너떠난널알돌거주대한민국아리랑소녀시대천국스트르크프라카타파드니레루티토란랜메베"
    "브코키포피터필링팅킹뮤직록댄팝재즈클럽쇼"
)

WESTERN = tuple(
    map(
        frozenset,
        (
            "àâæçèéêëîïôœùûüÿñ",  # French, and the Spanish names in it
            "äöüßé",  # German
            "áéíóúüñï",  # Spanish, Galician
            "àçèéíïòóúü",  # Catalan
            "àáâãçéêíóôõúü",  # Portuguese
            "àèéìíîòóùú",  # Italian
            "åäöéáàü",  # Swedish, Finnish
            "åæøéóòôâêäöü",  # Danish, Norwegian
            "áéíóúýðþæöåäø",  # Icelandic, Faroese
            "äöõüšž",  # Estonian
            "âçîöûüðýþ",  # Turkish, its own letters squeezed into Latin-1
            "áéíóú",  # Irish
            "àèéìòóù",  # Gaelic
            "âêîôûïöäé",  # Welsh
            "áéíóúëïöü",  # Dutch
        ),
    )
)
"""Letters of Latin-1 and Windows-1252; a text of one language keeps to one line."""
PUNCTUATION = frozenset("¡¿«»‹›‘’‚“”„–—…•·°ºª´`¨²³¹½¼¾×÷±€£¥¢§©®™†‡¦¬µ¸¯№\u00a0\u00ad")
"""What a text may hold beyond letters."""
SIGNS = frozenset("«»‘’‚“”„–—…·•№°©®™§\u00a0")
"""What texts in any alphabet may hold."""
INSIDE_WORDS = frozenset("´’‘·ºª•–—®\u00ad")
"""What a Western text may hold between two letters."""


class Central(NamedTuple):
    """A language of Central Europe."""

    letters: frozenset[str]
    wrong: re.Pattern[str]
    """What its orthography forbids."""

    def spelt(self, text: str | None) -> str | None:
        """Return a text that may be of this language, None for any other."""
        if text is None:
            return None
        letters = list(filter(str.isalpha, text))
        mixed = any(b > "\x7f" and b.isupper() and a.islower() for a, b in pairwise(text))
        if mixed or 3 * sum(map(str.isascii, letters)) < len(letters):
            return None
        lower = text.lower()
        odd = {char for char in lower if char > "\x7f"} - PUNCTUATION
        return text if odd <= self.letters and not self.wrong.search(lower) else None


CENTRAL = (
    # Czech, Slovak: ě and ů stand after certain letters only, no hard y after a soft consonant
    Central(
        frozenset("áčďéěíňóřšťúůýžäľôöüë"),
        re.compile(r"(?<![bfmpvdtn])ě|(?<![b-df-hj-np-tv-zřžščď])ů|[řžščďťň][yý]"),
    ),
    # Polish: no word begins with a nasal vowel, no vowel follows one
    Central(frozenset("ąćęłńóśźżéöü"), re.compile(r"\b[ąę]|[ąę][aeiouy]|ń[aeiouy]")),
    # Croatian, Slovenian
    Central(frozenset("čćđšžéöü"), re.compile(r"[čćđšž]{2}")),
)


def _listed(*groups: tuple[float, frozenset[str]]) -> dict[str, float]:
    return {char: bits for bits, chars in groups for char in chars}


def _span(first: str, last: str) -> frozenset[str]:
    return frozenset(map(chr, range(ord(first), ord(last) + 1)))


_FULL = frozenset("、。・「」『』（）！？：～ー〜…“”　，．《》〈〉【】")
_JAPANESE = _listed(
    (9, _FULL), (7, _span("ァ", "ヶ") | {"ー"}), (6.5, _span("ぁ", "ん")), (9.5, JAPANESE)
)
_JIS = (
    (0xA1, 0xDF, 13.0),  # kana of half width
    (0x8140, 0x829E, 12.0),
    (0x889F, 0x9872, 13.5),  # level 1
    (0x989F, 0x9FFC, 18.0),
    (0xE040, 0xEAA4, 18.0),
)
EAST_ASIAN: tuple[tuple[str, str, dict[str, float], tuple[tuple[int, int, float], ...]], ...] = (
    # charset, the charset whose rows count, costs of common characters, costs of rows
    (
        "gbk",
        "gb2312",
        _listed((11, _FULL), (9, SIMPLIFIED)),
        (
            (0xA1A1, 0xA3FE, 12.0),
            (0xA4A1, 0xA5F6, 15.0),
            (0xB0A1, 0xD7F9, 13.0),
            (0xD8A1, 0xF7FE, 17.5),
        ),
    ),
    (
        "cp950",
        "big5",
        _listed((11, _FULL), (9, TRADITIONAL)),
        ((0xA140, 0xA3BF, 12.0), (0xA440, 0xC67E, 13.5), (0xC940, 0xF9D5, 18.5)),
    ),
    ("cp932", "cp932", _JAPANESE, _JIS),
    ("euc_jp", "cp932", _JAPANESE, _JIS),
    (
        "cp949",
        "euc_kr",
        _listed((11, _FULL), (8, KOREAN)),
        ((0xA1A1, 0xA3FE, 12.0), (0xB0A1, 0xC8FE, 13.0), (0xCAA1, 0xFDFE, 18.5)),
    ),
)
USUAL = (
    frozenset(CYRILLIC)
    | frozenset(GREEK)
    | SIMPLIFIED
    | TRADITIONAL
    | JAPANESE
    | KOREAN
    | frozenset("àšąュムだゅ")
)
"""Characters that a text may well end in."""
