"""Texts as tags of real libraries have them, by language: what must stay, what must come back."""

WESTERN = {
    "artists": """
Björk | Motörhead | Sigur Rós | Mötley Crüe | Queensrÿche | Blue Öyster Cult | Hüsker Dü | Beyoncé
Café Tacvba | Röyksopp | Céline Dion | Sinéad O'Connor | Émilie Simon | Édith Piaf
Ólafur Arnalds | Múm | Amadou & Mariam | Françoise Hardy | Zoë Keating | Noël Coward | André 3000
José González | Enrique Iglesias & Nicole Scherzinger | Juanes (Édición) | Rosalía | Maná
Café Quijano | Tiësto | Ænima | ÆON | ÅÄÖ | Æther Realm | Ø | Øystein Sevåg | Røyksopp | Mø | MØ
Mew & Friends | Kaizers Orchestra på scenen | Die Ärzte | Die Toten Hosen & Böse Onkelz
Jürgen Drews | Grönemeyer | Xavier Naidoo & Söhne Mannheims | Köster & Hocker
Einstürzende Neubauten | Schürzenjäger | Nöthing | Witthüser & Westrupp | Münchener Freiheit
M¥SS KETA | P!nk & Kesha | †‡† (Ritualz) | Â | Ÿ | Þeyr | ÐØL | Ð | Ñengo Flow | Ñejo & Dálmata
¡Mayday! | ¿Téo? | !!! | ½ Japanese | Mañana | naïve café | Für Élise | Ágætis byrjun
Þursaflokkurinn | MÜM | Ásgeir | Mïdlake | Ünderground | Göksel | Spın̈al Tap | Mägo de Oz | Aṣa
Deadmau5 & Kaskade | Crüxshadows | Motor Ace | Dälek | Maxïmo Park | Lene Løvstrøm | Einar Stray
Årabrot | Zazie & Étienne | Àsgeir | Khruangbin | Tindersticks – Été | Gåte | Hedningarna på väg
Värttinä | Stam1na | Mötör | Ultra Bra – Kalifornia
""",
    "french": """
L'été indien | Ne me quitte pas à Noël | Les Fêtes galantes | Où sont les rêves ? | Déjà vu
Ça plane pour moi | La Bohême | Hélène | À la claire fontaine | Le Déserteur
J'ai demandé à la lune | L'Âge d'or | Élégie | Éphémère | Où va le monde | Été 67 | Là-bas
Ô Marie | Ça ira | Être né | Cœur de rockeur | L’œuvre au noir | Mère et fille | Le Bel Âge
Château d'eau | Forêt | Le Maître d'école | Crépuscule naïf | Maïs | Haïti | Où êtes-vous ?
Ça (c'est vraiment toi) | Dès que le vent soufflera | Mélancolie | Les Élucubrations
« À quoi ça sert l'amour » | Voilà | Déjà là | L´amour est bleu à Nîmes | Señorita à Paris
ÇA C'EST L'ÉTÉ | À BOUT DE SOUFFLE | ÉTÉ | NOËL | LE PÈRE NOËL EST UNE ORDURE | ÊTRE
Sœur Volante | Ambiguë | L'Haÿ-les-Roses | Les Années yé-yé | C'était bien (au petit bal perdu)
Comme d'habitude à l'Olympia | 30 ans déjà | N°5 de Chanel | Première Gymnopédie
Troisième Gnossienne | Le Sacre du printemps : Introduction – L'Adoration de la Terre
Boléro d'été | Prélude à l'après-midi d'un faune | Pièces froides | Préludes, Livre I
La fille aux cheveux de lin
""",
    "german": """
Über den Wolken | Griechischer Wein für alle | Schöne Grüße | Männer | Ein bißchen Frieden
Für immer jung | Die Straße | Müssen nur wollen | Nüchtern | Süßer die Glocken | Größenwahn
Königin der Nacht | Frühling | Der Erlkönig | Die schöne Müllerin | Frühlingsglaube
Süßes Begräbnis | Nähe des Geliebten | Ännchen von Tharau | Ode an die Freude (Götterfunken)
Eine kleine Nachtmusik KV 525: Menuett | Präludium und Fuge | ÜBERMÄßIG | ÄRZTE OHNE GRÄNZEN
ÖSTERREICH | ÜBER ALLE GRENZEN | GRÖSSE | SÜSS | Tür zu! | Übermut | Äpfel | Öl
Schön ist die Jugend | Ich wär so gern ein Huhn | Männerchor Zürich | Grüezi wohl, Frau Stirnimaa
Fährmann | Die Zauberflöte: Der Hölle Rache | Hänsel und Gretel | Lösegeld | Bäng Bäng
Wünsch dir was | Tränen lügen nicht | Löwenzähne | Möchtegern | Äääh | Ööö | Üü | Weißes Rößl
Spaß | Fuß | Kuß der Spinnenfrau | Böhmische Träume
""",
    "spanish_portuguese": """
Cómo te extraño mi amor | Corazón espinado | La camisa negra (Edición) | ¿Quién será?
¡Ay, Jalisco! | Años | Niño | Sueño | Bésame mucho, Señor | El cóndor pasa | Eres tú | Ojalá
Volver, volver… ¡Olé! | Peña | Canción del mariachi | Vivir así es morir de amor
Mañana será otro día | Sólo le pido a Dios | Pingüino | Cigüeña | ESPAÑA CAÑÍ | ¿DÓNDE ESTÁ?
¡QUÉ PASA! | AÑO NUEVO | Nº 1 | 1ª vez | 2º acto | Ñu | Ñ | Águas de março | Construção
Garota de Ipanema (João Gilberto) | Coração | Canção do mar | Não | Manhã de carnaval | Saudação
Você é linda | Ilusões | Avôhai | Solidão | Açaí | Pão e circo | Lágrimas negras | Só | É | À toa
SÃO PAULO | CORAÇÃO | MAÇÃ | AMANHÃ | IRMÃ | NÃO | AÇÃO | EMOÇÕES | CANÇÕES | ALÔ, ALÔ | Fácil
Tatuagem à mão | Chão de giz | Ó | Pé na África | Três | Avião | Balão mágico
Eu sei que vou te amar (ao vivo em São João) | Il·lusió | Cançó | Això és així | Què | País petit
L'estaca – Lluís Llach | Canço d'amor | Raó | Àngel
""",
    "italian_celtic": """
Più bella cosa | Così celeste | Perché no | È delicato | Città vuota | La libertà | Volaré | Però
Virtù | Azzurro è il pomeriggio | Verità | Tu sì 'na cosa grande | Lunedì | Gioventù | Cantò
PERCHÉ | CITTÀ | PIÙ | Llên | Yn y dŵr? | Tŷ ar y mynydd | Y Gwŷr a'r Môr | Môr o gariad | Sŵn
Tân | Cân y melinydd | Pêl | Hiraeth y môr | Ar Hyd y Nos – Côr Meibion | Fflur Dafydd | Gwên
Dŷn ni yma | Ní Mhaonaigh | Mairéad | Dúlamán | Éirinn | Siúil a Rún | Óró sé do bheatha 'bhaile
Téir abhaile riú | Amhrán na bhFiann | Fear a' bhàta | Gàidhlig | Mo rùn geal òg
Òran na maighdinn | Là | Ceò | Sìth | Ò | Brìde bhàn | Clannad – Rí na Cruinne | Seán Ó Riada
Sinéad Ní Ógáin
""",
    "icelandic": """
Sæglópur | Hoppípolla | Með blóðnasir | Glósóli | Gong | Viðrar vel til loftárása | Svefn-g-englar
Ný batterí | Flugufrelsarinn | Starálfur | Olsen Olsen | Hjartað hamast (bamm bamm bamm)
Í Reykjavík | Dýrð í dauðaþögn | Sumargestur | Leyndarmál | Hærra | Það vex eitt blóm | Þú og ég
Ísland | Ást | Æ | Ó | Það | Öll þín tár | Úti er ævintýri | Þorparinn | ÁST | ÞÚ OG ÉG
ÍSLAND ER LAND ÞITT | ÞAÐ ER ÆÐI | Ég á líf | Íþróttir | Óðinn | Á Sprengisandi
Vísur Vatnsenda-Rósu | Krummi svaf í klettagjá | Ólafur Liljurós | Týr | Eivør Pálsdóttir
Regin smiður | Ormurin langi | Tröllabundin | Ró | Føroyar mín móðir | Brosandi | Hátíð í bæ
Þögn | Lítið lag
""",
    "nordic": """
Åh nej | Den blomstertid nu kommer på väg | Så länge skutan kan gå | Öppna landskap | Älska mig
Är du kär i mig ännu | Håll om mig | Jag är fri (Manne Leam Frijje) | Änglamark | Ängeln i rummet
Sång till friheten | Vår | Å | Ö | ÄR DET SÅ | FÖR KÄRLEKS SKULL | Små grodorna
Nu är det jul igen | Där näckrosen blommar | Fjäriln vingad syns på Haga | Blå vind
Så skimrande var aldrig havet | Flickorna på TV2 | Främling | Över älven | Gå & fiska! | Överallt
Danmark, nu blunder den lyse nat | Midt om natten | Kærlighed gør blind
Smuk som et stjerneskud på vej | Ækvator | Rødgrød med fløde | Jeg ser de bøgelyse øer
Så længe mit hjerte slår | Æblekage | Åben dør | Ørnen | Blå øjne | Ø | Æ Æ | ÆØÅ
Kun for mig på Røde Plads | Forår | Nød | Sørgesang | Håb | Når solen går ned | Søndag | KÆRLIGHED
Å leva det er å elska | Vårsøg | Så rart | Kjære landsmenn på tur | Ørret | Fløyelsnatt
Bjørnen sover | Hårgalaksen | Peer Gynt: I Dovregubbens hall – Åses død | Ærlig talt
Trøste og bære | Lørdagskveld på Lørenskog | Säkenöivä voima | Hyvää yötä | Yö ja päivä
Täällä Pohjantähden alla | Kesäyö | Mä haluan olla sun | Älä mene | Pää pystyyn | Äiti | Ääni
Öinen | YÖ | HÄÄT | Ääretön | Jäätelöauto | Sä ja mä | Syyspäivä | Hiljaisuus järvellä
Aamuyön tähdet | Käyn ahon laitaa | Suomi-neidon yö | Tämä ikävä | Työttömän laulu
Päivänsäde ja menninkäinen
""",
    "estonian_turkish_dutch": """
Öö | Kõik on hea | Õhtu | Sõprus | Jää | Mis värvi on armastus | Süda tuksub | Koit ja hämarik
Ööbik | Põhjamaa | Eesti lipp – Üks kord | Tõde ja õigus | Äike | ÕHTULAUL | Tule mu jõe äärde
Jäääär | Öötöö | Kuu äärel | Tšello ja süda | Þarkýlar seni söyler | Aþk | Gözlerin doðuyor
Sevdiðim | Güneþ | Ýstanbul | Kýr çiçekleri | Düþler | Yaðmur | Þýmarýk | Öp | Kuzu kuzu
Dön bebeðim | Unutmamalý | Ölürüm sana | Gül döktüm yollarýna | Çile bülbülüm | Ayrýlýk | Geçer
Hâlâ | Rüzgâr gülü | Dünya döner | Ýki yabancý | Söz | Kýþ | ÞARKI | Ýz | Çýð | Ðü | Ateþ böceði
België | Één | Reünie | Café zonder bier | Zoë | Coördinatie | Geïrriteerd | Ík | Vóór alles
Hé hé | Eén dag
""",
}
"""Real titles and names, and some that were made up to be hard: capitals, accents in a row."""

MEANT = {
    "russian": (
        "cp1251 koi8-r",
        """
Группа крови | Звезда по имени Солнце
Пачка сигарет | Перемен! | Спокойная ночь | Последний герой | Кукушка | Восьмиклассница
Мама Анархия | Алюминиевые огурцы | Время есть, а денег нет | Кино | Виктор Цой | Земфира
Прости меня моя любовь | Хочешь? | Искала | Трафик | Бесконечность | Ариведерчи | До свидания
Прогулка | ДДТ | Осень | Что такое осень | Просвистела | Дождь | Родина | Это всё...
В последнюю осень | Метель | Аквариум | Город золотой | Рок-н-ролл мёртв | Поезд в огне | Сплин
Выхода нет | Орбит без сахара | Моё сердце | Романс | Алла Пугачёва | Миллион алых роз | Арлекино
Позови меня с собой | Любэ | Конь | Комбат | Ты неси меня, река | Владимир Высоцкий
Кони привередливые | Охота на волков | Он не вернулся из боя | Песня о друге | Лирическая
Подмосковные вечера | Катюша | Калинка | Очи чёрные | Полюшко-поле | Ой, мороз, мороз
Наутилус Помпилиус | Я хочу быть с тобой | Скованные одной цепью | Крылья | Агата Кристи
Опиум для никого | Как на войне | Сказочная тайга
""",
    ),
    "ukrainian": (
        "cp1251 koi8-u",
        """
Океан Ельзи | Без бою | Обійми | Там, де нас нема | Вище неба | Майже весна | Холодно
Я їду додому | Відпусти | Стріляй | Квітка | Друг | Коли тебе нема | Човен | Скрябін
Місця щасливих людей | Старі фотографії | Шампанські очі | Воплі Відоплясова | Весна
День народження | Розпрягайте, хлопці, коні | Червона рута | Володимир Івасюк | Ніч яка місячна
Ой у лузі червона калина | Чорнобривці | Пісня про рушник | Два кольори | Щедрик | Плакала
Мій рай | Стефанія | Сонце | Обіцяю | Твоя земля | Пливе кача | Один в каное | Човник
Не твоя війна | Ти є
""",
    ),
    "greek": (
        "cp1253",
        """
Μίκης Θεοδωράκης | Ο χορός του Ζορμπά | Μάνος Χατζιδάκις | Τα παιδιά του Πειραιά
Της δικαιοσύνης ήλιε νοητέ | Χάρις Αλεξίου | Μια πίστα από φώσφορο | Γιώργος Νταλάρας
Θάλασσα πλατιά | Το τρένο φεύγει στις οκτώ | Συννεφιασμένη Κυριακή | Βασίλης Τσιτσάνης
Άσπρη μέρα και για μας | Μίλα μου για μήλα | Πυξ Λαξ | Έπαψες αγάπη να θυμίζεις | Στην υγειά μας
Όλα σε θυμίζουν | Δημοσθένους λέξις | Ζεϊμπέκικο | Πρώτη φορά | Αγάπη που 'γινες δίκοπο μαχαίρι
Μάγισσα | Ελλάδα | Καλημέρα ήλιε | Ένα το χελιδόνι | Η μπαλάντα του Ούρι | Νύχτα μαγικιά
Τζιβαέρι | Να μ' αγαπάς | Ρόδα είναι και γυρίζει | Τρύπες | Ξύλινα σπαθιά | Διάφανα κρίνα
Βροχή μου | Φεύγω | Σ' αγαπώ | ΚΑΛΟΚΑΙΡΙ
""",
    ),
    "simplified": (
        "gbk",
        """
月亮代表我的心 | 邓丽君 | 甜蜜蜜 | 小城故事 | 我只在乎你 | 漫步人生路 | 周杰伦 | 青花瓷 | 七里香
夜曲 | 东风破 | 稻香 | 发如雪 | 双截棍 | 简单爱 | 告白气球 | 晴天 | 范特西 | 叶惠美 | 十一月的萧邦
王菲 | 红豆 | 容易受伤的女人 | 传奇 | 匆匆那年 | 陈奕迅 | 十年 | 爱情转移 | 浮夸 | 富士山下
刘德华 | 忘情水 | 中国人 | 冰雨 | 张学友 | 吻别 | 一千个伤心的理由 | 她来听我的演唱会 | 老鼠爱大米
两只蝴蝶 | 千里之外 | 大海 | 朋友 | 光辉岁月 | 海阔天空 | 真的爱你 | 喜欢你 | 不再犹豫 | 崔健
一无所有 | 花房姑娘 | 平凡之路 | 后来 | 勇气 | 至少还有你 | 隐形的翅膀 | 茉莉花 | 梁祝小提琴协奏曲
二泉映月 | 春江花月夜 | 十面埋伏
""",
    ),
    "traditional": (
        "big5",
        """
月亮代表我的心 | 鄧麗君 | 甜蜜蜜 | 小城故事 | 我只在乎你 | 何日君再來 | 周杰倫 | 青花瓷 | 七里香
夜曲 | 東風破 | 稻香 | 髮如雪 | 雙截棍 | 簡單愛 | 告白氣球 | 晴天 | 張惠妹 | 聽海 | 姊妹
原來你什麼都不想要 | 五月天 | 溫柔 | 倔強 | 突然好想你 | 知足 | 張學友 | 吻別 | 一路上有你
劉德華 | 忘情水 | 孫燕姿 | 天黑黑 | 遇見 | 開始懂了 | 蔡依林 | 說愛你 | 倒帶 | 陳綺貞 | 旅行的意義
伍佰 | 挪威的森林 | 浪人情歌 | 愛情的盡頭 | 羅大佑 | 童年 | 戀曲一九九〇 | 光陰的故事 | 你的樣子
明天會更好 | 梁靜茹 | 勇氣
""",
    ),
    "japanese": (
        "shift_jis euc-jp",
        """
宇多田ヒカル | 花束を君に | 桜流し | 道 | 上を向いて歩こう | 坂本九 | 涙そうそう | 島唄
浜崎あゆみ | 中島みゆき | 地上の星 | 糸 | 時の流れに身をまかせ | いつも何度でも | 千と千尋の神隠し
もののけ姫 | 崖の上のポニョ | 久石譲 | となりのトトロ | さんぽ | 残酷な天使のテーゼ | 魂のルフラン
椎名林檎 | 丸の内サディスティック | 歌舞伎町の女王 | 無罪モラトリアム | 東京事変 | 群青日和
スピッツ | ロビンソン | 空も飛べるはず | チェリー | 渚 | サザンオールスターズ | いとしのエリー
真夏の果実 | 希望の轍 | 荒城の月 | 夜に駆ける | 紅蓮華 | 前前前世 | なんでもないや | 少年時代
井上陽水 | 夢の中へ | 川の流れのように | 美空ひばり | リンゴ追分 | さくらさくら
""",
    ),
    "korean": (
        "euc-kr",
        """
아리랑 | 서태지와 아이들 | 난 알아요 | 하여가 | 소녀시대 | 다시 만난 세계 | 거짓말 | 하루하루
빅뱅 | 강남스타일 | 아이유 | 좋은 날 | 밤편지 | 너의 의미 | 사랑이 지나가면 | 이문세 | 광화문 연가
붉은 노을 | 조용필 | 돌아와요 부산항에 | 단발머리 | 꿈 | 바운스 | 김광석 | 서른 즈음에
이등병의 편지 | 사랑했지만 | 먼지가 되어 | 봄날 | 작은 것들을 위한 시 | 방탄소년단 | 버스커 버스커
벚꽃 엔딩 | 여수 밤바다 | 첫눈처럼 너에게 가겠다 | 눈의 꽃 | 보고 싶다 | 애국가 | 고향의 봄
나비야 | 세월이 가면 | 비처럼 음악처럼
""",
    ),
    "czech": (
        "cp1250 iso8859-2",
        """
Když muž se ženou snídá | Být stále mlád | Lady Carneval – Karel Gott | Včelka Mája | Trezor
Srdce nehasnou | Tři oříšky pro Popelku | Kdepak, ty ptáčku, hnízdo máš? | Jaromír Nohavica
Těšínská | Darmoděj | Když mě brali za vojáka | Dokud se zpívá | Kometa | Zatanči | Mašinky
Až to se mnu sekne | Lucie Bílá | Láska je láska | Šípková Růženka | Hana Zagorová
Biblické příběhy | Málokdo ví | Černobílý svět | Ďáblova kazatelna | Holky z naší školky
Stín katedrál | Dvořák: Novosvětská symfonie | Smetana: Má vlast – Z českých luhů a hájů
Janáček: Příhody lišky Bystroušky | Žízeň | Vítr ve vlasech | Pár přátel | Dětské oči
Nejkrásnější přání | Všechno nejlepší | Rájem květů | Slečna závist | Sluneční hrob
""",
    ),
    "polish": (
        "cp1250 iso8859-2",
        """
Dziwny jest ten świat | Pod papugami – Czesław Niemen | Sen o Warszawie | Małgośka
Niech żyje bal | Nie płacz Ewka | Autobiografia | Chcemy być sobą | Wszystko ma swój czas | Łzy
Agnieszka już dawno tutaj nie mieszka | Krótki sen | Śpij, kochanie, śpij | Zaopiekuj się mną
Jesteś szalona | Życie cudem jest | Ktoś mnie pokochał | Do zakochania jeden krok
Budka Suflera – Jolka, Jolka pamiętasz | Cień wielkiej góry | Bal wszystkich świętych
Takie tango | Grzegorz Ciechowski | Nie pytaj o Polskę | Biała flaga | Mamona, śmierć i łąka
Kult | Do Ani, dziękuję | Arahja – mój dom murem podzielony | Gdzie się podziały tamte prywatki
Parostatek – piękny rejs | Ta ostatnia niedziela już się kończy | Kołysanka dla nieznajomej
Źródło | Wśród nocnej ciszy | Bóg się rodzi | Gdy śliczna Panna | Żal | Święta noc
Pójdźmy wszyscy do stajenki
""",
    ),
}
"""Charsets, and titles and names that old taggers wrote in them."""


def texts(listed: str) -> list[str]:
    """Return the texts of one list."""
    return [text.strip() for line in listed.strip().splitlines() for text in line.split("|")]
