"""Number words as people spell them: English, Hindi in Roman letters, Hindi in Devanagari.

Left out on purpose are spellings that are everyday words of another meaning ("so", "sat", "no", "for").
"""

from decimal import Decimal

from dialogs.values.text import fold_spelling, word_set

_UNITS = """
0 zero shunya sunya शून्य
1 one ek aik एक
2 two do doh दो
3 three teen tin तीन
4 four char chaar चार
5 five paanch panch paach पांच पाँच
6 six che chhe cheh chhah chai छह छः छे
7 seven saat सात
8 eight aath ath आठ
9 nine nau नौ
10 ten das dus दस
11 eleven gyarah gyara ग्यारह
12 twelve barah baarah बारह
13 thirteen terah तेरह
14 fourteen chaudah choudah चौदह
15 fifteen pandrah pandra पंद्रह पन्द्रह
16 sixteen solah सोलह
17 seventeen satrah सत्रह
18 eighteen atharah अठारह
19 nineteen unnis unees उन्नीस
20 twenty bees bis बीस
21 ikkis ikkees इक्कीस
22 bais baais बाईस बाइस
23 teis तेईस तेइस
24 chaubis chaubees चौबीस
25 pachis pachees pacchis पच्चीस
26 chhabbis chabbis छब्बीस
27 sattais सत्ताईस
28 atthais अट्ठाईस
29 untis उनतीस
30 thirty tees tis तीस
31 ikattis इकतीस
32 battis बत्तीस
33 taintis तैंतीस
34 chauntis चौंतीस
35 paintis paintees पैंतीस
36 chhattis छत्तीस
37 saintis सैंतीस
38 adtis अड़तीस
39 untalis उनतालीस
40 forty fourty chalis chalees चालीस
41 iktalis इकतालीस
42 bayalis बयालीस
43 taintalis तैंतालीस
44 chavalis चवालीस
45 paintalis paintalees पैंतालीस
46 chhiyalis छियालीस
47 saintalis सैंतालीस
48 adtalis adtaalis अड़तालीस
49 unchas उनचास
50 fifty pachas pachaas पचास
51 ikyavan इक्यावन
52 bavan बावन
53 tirpan तिरपन
54 chauvan चौवन
55 pachpan पचपन
56 chhappan छप्पन
57 sattavan सत्तावन
58 atthavan अट्ठावन
59 unsath उनसठ
60 sixty saath sath साठ
61 iksath इकसठ
62 basath बासठ
63 tirsath तिरसठ
64 chausath चौंसठ
65 painsath पैंसठ
66 chhiyasath छियासठ
67 sadsath सड़सठ
68 adsath अड़सठ
69 unhattar उनहत्तर
70 seventy sattar सत्तर
71 ikhattar इकहत्तर
72 bahattar बहत्तर
73 tihattar तिहत्तर
74 chauhattar चौहत्तर
75 pachhattar pachattar पचहत्तर
76 chhihattar छिहत्तर
77 satattar सतहत्तर
78 athattar अठहत्तर
79 unasi उन्यासी
80 eighty assi अस्सी
81 ikyasi इक्यासी
82 bayasi बयासी
83 tirasi तिरासी
84 chaurasi चौरासी
85 pachasi पचासी
86 chhiyasi छियासी
87 satasi सत्तासी
88 athasi अट्ठासी
89 navasi नवासी
90 ninety nabbe navve नब्बे
91 ikyanave इक्यानवे
92 banave बानवे
93 tiranave तिरानवे
94 chauranave चौरानवे
95 pachanave पचानवे पंचानवे
96 chhiyanave छियानवे
97 sattanave सत्तानवे
98 atthanave अट्ठानवे
99 ninyanave निन्यानवे
"""

_SCALES = """
100 hundred hundreds sau sou सौ
1000 k thousand thousands thousnd hazar hazaar hajar hajaar hazaaron hzr हज़ार हजार
100000 lakh lakhs lac lacs laakh lkh लाख
1000000 million
10000000 crore crores cr karod karor करोड़ करोड
"""

_FRACTIONS = """
1.5 dedh deadh ded डेढ़ डेढ
2.5 dhai dhaai adhai ढाई अढ़ाई
"""

_OFFSETS = """
0.5 sadhe saadhe sade saade साढ़े साढे
0.25 sava sawa savaa सवा
-0.25 paune pauney पौने
"""


def _table(lines: str) -> dict[str, Decimal]:
    rows = (line.split() for line in lines.split("\n") if line)
    return {fold_spelling(word): Decimal(value) for value, *words in rows for word in words}


UNITS = _table(_UNITS)
SCALES = _table(_SCALES)
FRACTIONS = _table(_FRACTIONS)
"""Words that are a number by themselves: dedh is one and a half, dhai two and a half."""
OFFSETS = _table(_OFFSETS)
"""Words that shift the number behind them: sadhe teen is 3.5, sava teen 3.25, paune teen 2.75."""
HALVES = frozenset(
    fold_spelling(word) for word in ["half", "½", "aadha", "adha", "aadhe", "adhe", "aadhi", "adhi", "आधा", "आधे", "आधी"]
)
EVERYDAY = word_set(
    """
    do doh one ek aik char chai saath sath bis tin ath che das tis ded sade
    """
)
"""Number words that mostly mean something else when they stand alone ("paisa wapas do", "saath me")."""
