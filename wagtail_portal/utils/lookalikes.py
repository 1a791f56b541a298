"""Names that look like other names: "Rоbin Vale" with a Cyrillic о is Robin Vale to a reader.

:func:`skeleton` reduces a text to what a reader sees of it, in the manner of UTS #39 §4. The table
holds the letters of its confusables.txt that look like a letter of the English alphabet, of the
scripts that people have fonts for.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LOOKALIKES = {
    "a": "ɑαаᎪꓮ",
    "ae": "æӕ",
    "b": "ƀƃƅɓꞵбвьѣҍᏏᏴβꓐ",
    "c": "ȼᴄⲥсҫᏟꓚ",
    "d": "ԁᎠᏧꓒꓓðđƌɖɗ",
    "e": "ɇꬲеҽҿεᎬꓰ",
    "f": "ƒᵮẝꞙꬵքϝꓝ",
    "g": "ƍǥɠɡᶃցԍᏀᏳꓖ",
    "h": "нћңһӈӊꚕհᎻᏂᏲⲏꓧħɦⱨ",
    "j": "ϳјɉʝᎫꓙ",
    "k": "κⲕкқҟᏦꓗƙⱪꝁ",
    "l": "ıɨɩɪᵻᵼιіӏꙇᎥłƚǀɫɭⲓⳑꓡꓲᏞ",
    "m": "μϻⲙмӎᎷꓟɱᵯ",
    "n": "ոռηⲛꓠƞɲɳᵰ",
    "o": "øɵᴏᴑꝋꬽꬾθοσⲟоѳөօꓳᎤᎾᏫ",
    "oe": "œ",
    "p": "ρⲣрᏢꓑƥᵽ",
    "q": "ԛգզʠ",
    "r": "ɍɼɽʀᵲꭇꭈᴦⲅгғᎡᎱᏒꓣ",
    "s": "ƽʂᵴꜱѕᏕᏚտꓢ",
    "t": "τⲧтҭᎢꓔŧƭʈᵵⱦ",
    "u": "ʉʋᴜᵾꞟꭎꭒսꓴᏌ",
    "v": "ᴠνѵᏙꓦ",
    "w": "ɯᴡꝡѡѽԝաᎳᏔꓪ",
    "x": "хҳꭓχⲭꓫ",
    "y": "ƴɏɣʏᶌỿꭚγυуүұⲩᎩᎽꓬ",
    "z": "ƶȥʐᴢᵶᏃζꓜ",
    # Digits and signs that stand for letters, and letters that look alike in many fonts.
    **{"a ": "4@", "e ": "3", "l ": "i1|!", "o ": "0", "s ": "5$", "t ": "7"},
}
_TABLE = str.maketrans(
    {sign: letters.strip() for letters, signs in _LOOKALIKES.items() for sign in signs}
)
#: Letters of a name that no other name contains by accident.
LONG = 8
_OTHER = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """Return what a reader sees of a text: its words in lower case without accents, with one letter
    for all that look alike."""
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(
        character
        for character in unicodedata.normalize("NFKD", text)
        if unicodedata.category(character) not in ("Mn", "Me", "Cf")
    )
    text = text.translate(_TABLE).replace("rn", "m").replace("vv", "w")
    return _OTHER.sub(" ", text).strip()


def looks_like_one_of(name: str, others: Iterable[str], *, in_part: bool = False) -> bool:
    """Return whether a name looks like one of the others, or contains one of several words.

    :param in_part: whether containing one of a single word is enough.
    """
    seen = skeleton(name)
    joined = seen.replace(" ", "")
    for other in filter(None, map(skeleton, others)):
        other_joined = other.replace(" ", "")
        if joined == other_joined:
            return True
        if " " in other and len(other_joined) >= LONG and other_joined in joined:
            return True
        if (" " in other or in_part) and f" {other} " in f" {seen} ":
            return True
    return False
