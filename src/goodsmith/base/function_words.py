"""Function words of languages: enough of them tell which language a running text is in, without a model of it."""

from __future__ import annotations

import re
from collections import Counter

from goodsmith.base.scripts import count_letters

# Words that any running text has and that the languages beside it do not: enough of them settle the question.
FUNCTION_WORDS: dict[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the and with for of your you is are this to it that from or at on by can will has have its their which",
        "de": "der die das und mit für den dem ein eine einen einer ist sind nicht auch sich auf aus bei zum zur "
        "oder ihre wird durch dank sowie von",
        "fr": "le les des une est et avec pour dans du sur vous votre vos cette ces qui aux sont plus ou "
        "grâce d'un d'une",
        "es": "el los las del una con y es su por muy más sus este esta son al gracias o ideal",
        "it": "il gli della delle dei con per è una che nel alla questo questa sono più e grazie di anche",
        "pt": "o os do da dos das com uma e é não ao seu sua são em mais este esta você ou um",
        "nl": "het een van en met voor zijn je niet deze dit ook uw aan bij worden wordt of door naar",
        "pl": "i w z na do jest się nie dla oraz które który przez jak od ten lub dzięki",
        "tr": "ve ile için bir bu da de çok olan veya en gibi sizin",
        "vi": "và của cho với các là có được không một trong sản phẩm bạn này để từ khi",
        "id": "dan yang untuk dengan di ini dari anda pada dapat atau adalah",
        "ms": "dan yang untuk dengan di ini daripada anda pada boleh atau adalah",
        "sv": "och är med för som en ett den det av på till inte kan din eller har",
        "da": "og er med til som en et den det af på ikke kan din eller har for",
        "no": "og er med til som en et den det av på ikke kan din eller har for",
        "fi": "ja on se joka ovat sekä myös kanssa tämä voi tai ei",
        "cs": "a je se na s pro z do které který jsou nebo díky také",
        "sk": "a je sa na s pre z do ktoré ktorý sú alebo vďaka tiež",
        "ro": "și cu este pentru din care sunt un o la de pe sau prin mai",
        "hu": "a az és egy hogy nem is van vagy ez meg",
        "hr": "i je za se od na s koji koja su ili uz te",
        "ca": "el els les amb i és per una del que dels són o",
        "tl": "ang ng sa mga na ay at para ito",
        "ru": "и в на с для не из это как или по от вы ваш что является",
        "uk": "і в на з для не із це як або по від ви ваш що є та",
    }.items()
}
LANGUAGES_OF: dict[str, list[str]] = {}  # function word -> languages
for _code, _words in FUNCTION_WORDS.items():
    for _word in _words:
        LANGUAGES_OF.setdefault(_word, []).append(_code)

LEAST_HITS = 3
LEAST_LETTERS = 12
LETTER_SHARE = 0.4  # of the characters: dates and codes have fewer
SCRIPT_SHARE = 0.3  # of the letters, for a script that one language has
# Blocks that tell a language, the surest first. Han comes last: Japanese has it, too.
_LANGUAGE_OF_SCRIPT = {
    "Kana": "ja", "Hangul": "ko", "Thai": "th", "Hebrew": "he", "Greek": "el", "Arabic": "ar", "Devanagari": "hi",
    "Georgian": "ka", "Armenian": "hy", "Khmer": "km", "Lao": "lo", "Burmese": "my", "Han": "zh",
}  # fmt: skip


def language_of(text: str) -> str:
    """The code of the language that a longer text is in, such as a column's values; "" where that is not clear.

    By script where one language has it, else by function words. Languages that look alike (Danish, Norwegian) may be
    taken for each other.
    """
    letters = count_letters(text)
    total = sum(letters.values())
    if total < LEAST_LETTERS or total < LETTER_SHARE * len(text):
        return ""
    for script, code in _LANGUAGE_OF_SCRIPT.items():
        share = SCRIPT_SHARE / 3 if script == "Kana" else SCRIPT_SHARE  # Japanese texts are half Han
        if letters.get(script, 0) >= share * total:
            return code
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.casefold())
    counts = Counter(code for word in words for code in LANGUAGES_OF.get(word, ()))
    best = counts.most_common(2)
    if not best or best[0][1] < LEAST_HITS or (len(best) > 1 and best[1][1] > 0.9 * best[0][1]):
        return ""
    return best[0][0]
