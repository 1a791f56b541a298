"""Find code, logs and configuration that were pasted between sentences.

They are shown as typed, in a code block. A wrong guess costs little: the text is still the same.
"""

import re

#: Characters of a line that are looked at.
_LOOKED_AT = 200
#: Empty lines within a range.
_MAX_GAP = 2

_FENCE = re.compile(r" {0,3}```[^`]*$")

#: Lines that are hardly ever part of a sentence.
_CODE = re.compile(
    r"""
    # Logs: a time or a level in front.
      \W{0,2}\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d
    | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ ][ \d]\d[ ]\d\d:\d\d:\d\d[ ]
    | \W{0,2}\d\d:\d\d:\d\d[.,]\d{2,}
    | \d{1,3}(?:\.\d{1,3}){3}[ ]-[ ]
    | \[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)
      (?:\][ ]|:|[ ]{2,}|[ ]*[-|\[(])
    # Tracebacks, and what points at a place in a line.
    | Traceback[ ]\(most[ ]recent[ ]call[ ]last\)
    | \s+File[ ]"[^"]+",[ ]line[ ]\d
    | \s+at[ ]\S+[ ]?\(.*\) | \s+at[ ]\S+:\d+
    | Caused[ ]by:[ ] | \s*\.{3}[ ]\d+[ ]more | Exception[ ]in[ ]thread
    | (?:\w+\.)*\w*(?:Error|Exception|Warning)(?::[ ]|$)
    | panic:[ ] | goroutine[ ]\d | thread[ ]'.*'[ ]panicked | \#\d+[ ]+0x
    | \s+[~^]+\s*$
    # Prompts.
    | \$[ ][a-z./~] | >>>[ ]\S | \.\.\.[ ][ ]+\S | PS[ ][A-Z]:\\.*> | [A-Z]:\\[^>]*>
    | [\w.-]+@[\w.-]+:[^$#]*[$#][ ] | (?:mysql|sqlite|sftp|ftp|redis.*)>[ ] | \w+=[\#>][ ]
    # Code.
    | \s*(?:if|for|while|switch|catch|else[ ]if|elseif)[ ]*\(.*\)[ ]*[{;]?\s*$
    | \s*(?:async[ ])?def[ ]\w+\( | \s*class[ ]\w+.*[:{]\s*$ | \s*(?:async[ ])?function[ ]?\w*\(
    | \s*(?:if|elif|while|for|with)[ ].*(?:[=<>]|[ ]in[ ]|[ ]not[ ]|\)|\]).*:\s*$
    | \s*(?:try|else|finally|except\b[^.]*):\s*$
    | \s*(?:const|let|var)[ ][\w{\[].*= | import[ ][\w.]+(?:[ ]as[ ]\w+)?;?\s*$
    | import[ ].*[ ]from[ ]['"] | from[ ][\w.]+[ ]import[ ] | \#include[ ]*[<"]
    | \s*(?:public|private|protected|static|func|fn)[ ]\w+.*[{;(]\s*$ | \s*return\b.*;\s*$
    | \s*[\w.\[\]>$-]+[ ]?[-+*/|]?=[ ]?[^=].*;\s*$ | \s*[\w.$>-]+\(.*\);\s*$
    | \s*[})\]]+[,;]*\s*$ | \s*[{\[]\s*$ | [^.!?]*\)[ ]\{\s*$ | \s*"[^"]*"\s*:\s*\S
    | \s*</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?> | <[?!]\w | \s*<!--
    | \s*(?:SELECT|INSERT[ ]INTO|UPDATE|DELETE[ ]FROM|CREATE|ALTER|DROP|FROM|WHERE|JOIN
      |LEFT[ ]JOIN|INNER[ ]JOIN|GROUP[ ]BY|ORDER[ ]BY|LIMIT)[ ].*
    # Differences, tables drawn with signs, configuration, dumps and requests.
    | @@[ ]-\d | diff[ ]--git[ ] | (?:\+\+\+|---)[ ](?:[ab]/|/dev/null) | index[ ][0-9a-f]{7}
    | \s*\+[-=+]{3,} | \s*[-─]{3,}[-+─┼]*[+┼] | [┌├└│]
    | \[[\w.:-]+\]\s*$ | (?:export[ ])?[A-Za-z_][\w.-]*=\S*\s*$ | [A-Z][A-Z0-9_]{2,}=\S
    | [0-9a-f]{4,8}:?[ ]{1,2}(?:[0-9a-f]{2,4}[ ]){4}
    | (?:GET|POST|PUT|PATCH|DELETE|HEAD)[ ]/\S*[ ]HTTP/ | HTTP/\d
    """,
    re.VERBOSE,
)
#: Keys of YAML within another, and keys with others in them.
_NESTED_KEY = re.compile(r"[ ]{2,}(?:-[ ])?[\w./-]+:(?:\s|$)")
_PARENT_KEY = re.compile(r"\s*(?:-[ ])?[a-z_][\w./-]*:\s*$")
_INDENTED = re.compile(r"[ ]{2,}\S|\t+\S")
#: Lines that belong to code beside them: comments, keys and values, rows of a drawn table.
_BESIDE_CODE = re.compile(
    r"[ ]{2,}\S|\t+\S|(?://|\#|--|/\*|\*/|;;)|\|.*\|\s*$|[+-](?!\s)"
    r"|(?:-[ ])?[A-Za-z_][\w.-]*(?::[ ]|[ ]?=[ ]?)\S"
)
_TABS = re.compile(r"[^\t\n]+\t[^\t\n]")

_PLAIN, _BLANK, _BESIDE, _CERTAIN = range(4)


def code_ranges(lines: list[str]) -> dict[int, int]:
    """Return the ranges of lines that are code: the first line's index, and the one after the
    last. Lines in fenced code blocks and quotes belong to none."""
    kinds = _kinds(lines)
    ranges, number = {}, 0
    while number < len(lines):
        if kinds[number] in (_PLAIN, _BLANK):
            number += 1
            continue
        end = _end_of_range(lines, kinds, number)
        if _is_code(lines, kinds, number, end):
            ranges[number] = end
        number = end
    return ranges


def _kinds(lines: list[str]) -> list[int]:
    kinds: list[int] = []
    is_fenced = False
    for number, line in enumerate(lines):
        is_fence = bool(_FENCE.match(line))
        is_fenced ^= is_fence
        # ">>> " is Python's prompt, and a quote within quotes.
        is_quoted = number > 0 and line[:1] == lines[number - 1][:1] == ">" and not kinds[-1]
        if is_fence or is_fenced or is_quoted:
            kinds.append(_PLAIN)
        else:
            following = lines[number + 1] if number + 1 < len(lines) else ""
            kinds.append(_kind(line[:_LOOKED_AT], following[:_LOOKED_AT]))
    return kinds


def _kind(line: str, following: str) -> int:
    if not line.strip():
        return _BLANK
    is_parent = _PARENT_KEY.match(line) and _indent(following) > _indent(line)
    if is_parent or _CODE.match(line) or _NESTED_KEY.match(line) or _TABS.match(line):
        return _CERTAIN
    return _BESIDE if _BESIDE_CODE.match(line) else _PLAIN


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


def _end_of_range(lines: list[str], kinds: list[int], start: int) -> int:
    end = start + 1
    for number in range(end, len(kinds)):
        if kinds[number] == _PLAIN or number - end > _MAX_GAP:
            break
        follows_gap = number > end and not _INDENTED.match(lines[number][:_LOOKED_AT])
        if kinds[number] == _BESIDE and follows_gap:
            break
        if kinds[number] != _BLANK:
            end = number + 1
    return end


def _is_code(lines: list[str], kinds: list[int], start: int, end: int) -> bool:
    certain = kinds[start:end].count(_CERTAIN)
    indented = sum(bool(_INDENTED.match(line[:_LOOKED_AT])) for line in lines[start:end])
    return certain >= 2 or (certain == 1 and indented >= 2)
