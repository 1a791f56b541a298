"""How long messages of the largest size take to render, when made to be difficult.

    python benchmarks/longest_text.py

Prints for each repeated text the seconds that the largest message of it takes, and how many times
as long it takes as one of half the size: 2 is a cost that grows with the text, 4 one that grows
with its square. Tests count the calls instead, which no busy machine changes.
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: What makes a renderer of Markdown look far ahead or back when there are many of it.
REPEATED = [
    *("://", "a://", "http://-", "http://a ", "[", "](", "![", "**a ", "*a_ ", "`a ``", "> "),
    *("- a\n", "|a|b|\n", "a@", "<", "&", "~~a", "# a\n", "```\n", "a\n=", "\x00", "[x]: u\n"),
    *("http://a/[", "http://a/(", "ftp://a/(", "http://a/{", "http://a/((", "http://a/[)"),
    *("http://a)", "[a](http://a", "[a](http://a 'b", "[a](<http://a", "![a](http://a)"),
    *("[a](http://a)", "((", "{", "__a", "__a__", "a__b", "**a**", "_a_ ", "*a **b "),
    *("a@b.c", "a.", "a@b.", "  ", "\t", " \n", "  a\n", "    a\n", "> a\n", "> - ", "- - - "),
    *("1. a\n", "2. a\n 1) b\n", "|", "|\n|-|\n|\n", "|a|b|\n|-|-|\n|\n", "~~~\n", "==\n"),
    *("2024-05-01 12:00:00 a\n", "a:\n b:\n", "a=b\n\n", ">>> a\n"),
]


def main():
    import django

    django.setup()
    from wagtail_portal import conf
    from wagtail_portal.utils import markup

    def seconds(markdown: str) -> float:
        begin = time.process_time()
        markup.render(markup.clean(markdown))
        return time.process_time() - begin

    seconds("once, for what is made only once")
    for part in REPEATED:
        longest = part * (conf.MESSAGE_MAX_LENGTH // len(part))
        half = min(seconds(longest[: len(longest) // 2]) for _try in range(3))
        whole = min(seconds(longest) for _try in range(3))
        print(f"{part!r:12} {whole:6.2f} s  {whole / max(half, 0.001):4.1f} times half of it")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main()
