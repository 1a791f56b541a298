"""Sixty texts as people paste and type them, and how each is to be shown.

``tags`` names the elements of the result besides ``br``: ``p`` alone is prose. Without ``typed``,
signs of Markdown have done their work; with it, every line is shown as it was typed.
"""

from dataclasses import dataclass

PROSE, CODE, BOTH = {"p"}, {"pre", "code"}, {"p", "pre", "code"}


@dataclass(frozen=True)
class Paste:
    """A text, and how it's shown."""

    name: str
    text: str
    tags: frozenset | set = frozenset(PROSE)
    typed: bool = True


def paste(name, text, tags=PROSE, *, typed=True) -> Paste:
    return Paste(name, text.strip("\n"), frozenset(tags), typed)


PASTES = [
    # Paths, globs and names of files.
    paste("Windows path", r"The file is C:\Users\_temp_\new\*.log and C:\tools\__init__\x."),
    paste("UNC path", r"Open \\server\share$\_projects_\[2024]\*.xlsx, please."),
    paste("glob", "We match src/*.py, lib/*.py and **/*.md, but not *.tmp or test_*.py."),
    paste("dunder file", "It fails in __init__.py, in __main__.py and in my__own__file.py."),
    paste("dunder method", "Is __init__ called before __enter__?"),
    paste("snake case", "Set max_open_files and min_idle_time in pool_config_v2."),
    paste("Unix paths", "Compare ~/data/_old_/x with /srv/*/data/_new_ and ~~/bin~~x."),
    paste("wildcard host", "*.example.com and *.example.org are both affected"),
    # Numbers and signs.
    paste("product", "The volume is 2*3*4 = 24, not 2**3**4, and 5 * 6 * 7 = 210."),
    paste("footnote", "Price*: 5 €, required**: all\n** see below"),
    paste("stars of a rating", "Service: ***** Food: **** Price: ***"),
    paste("less and more", "x < 5 && y > 3, a <- b -> c, <none>, &amp; and &lt;br&gt;"),
    paste("phone numbers", "+49 30 1234567\n+1 555 0100"),
    paste("percentages", ">90% of CPU\n>=5 retries\n~ 3 minutes"),
    paste("number sign", "#1234 is a duplicate of #1200\n#hashtag"),
    paste("dates at the beginning", "31.12. is the end.\n2024. What a year!"),
    paste("temperature", "-5 °C outside\n-7 °C at night"),
    paste("regular expression", r"It has to match ^\d{3}\.\w+(\[x\])?$ and [a-z](b|c)*"),
    paste("password", r"The password is a*b_c*d_e\*f`g (no joke)"),
    paste("templates", "Dear {{ first_name }}, your code is ${CODE} or %s or $1"),
    paste("call", "We call values[i](x) and handlers[name](event)."),
    # Lines that are drawn, signatures, mail headers.
    paste("underlined title", "Summary\n=======\nIt works.\n\nDetails\n-------\nNone."),
    paste("signature", "Thanks!\n-- \nDana Reyes\nAcme Ltd. | +1 555 0100"),
    paste("separators", "One\n-----\nTwo\n*****\nThree\n_____\n\n---\n\n* * *\n\n~~~~~~~\nFour"),
    paste("mail header", "From: Dana Reyes <dana@acme.example>\nSent: Monday\nSubject: AW: [x]"),
    paste("footnotes of a mail", "See [1] and [2].\n\n[1]: the first\n[2]: the second"),
    paste("single comment", "# retry 1\n\nIt fails again.\n\n# 2nd retry\n\nStill."),
    paste("address", "Acme Ltd.\n   4 High Street\n   Springfield"),
    paste("aligned columns", "Plan      Price\nBasic         5\nPremium      50"),
    paste("poem with blanks", "one\n  two\n    three\n      four"),
    paste("list without blanks", "-one\n-two\n*three\n1.four"),
    paste("other bullets", "• one\n• two\n– three\n+ four"),
    paste("quote marks", "''word'' and ``word'' and \"word\" and `word"),
    paste("stray signs", "Is this **bold? And _this? [maybe](this) or ~~that"),
    paste("chat", "[10:15] dana: hi\n[10:16] support: hello *waves"),
    # Code and logs.
    paste(
        "Python traceback",
        """
Traceback (most recent call last):
  File "/srv/app/__init__.py", line 12, in <module>
    run(*args, **kwargs)
    ~~~^^^^^^^^^^^^^^^^^
  File "/srv/app/_run.py", line 3, in __call__
    raise ValueError("bad *value*")
ValueError: bad *value*
""",
        CODE,
    ),
    paste(
        "traceback between sentences",
        """
Hello,
since today I get this:
Traceback (most recent call last):
  File "x.py", line 1, in <module>
ZeroDivisionError: division by zero

What can I do?
""",
        BOTH,
    ),
    paste(
        "Java stack trace",
        """
Exception in thread "main" java.lang.NullPointerException
    at com.acme.Runner.<init>(Runner.java:12)
    at com.acme.Main.main(Main.java:3)
Caused by: java.io.IOException: _x_
    ... 3 more
""",
        CODE,
    ),
    paste(
        "JavaScript error",
        """
TypeError: Cannot read properties of undefined (reading '*')
    at render (app.js:10:5)
    at main.js:3:1
""",
        CODE,
    ),
    paste(
        "log",
        """
2024-05-01 12:00:00,123 INFO  [main] Starting *worker* 1
2024-05-01 12:00:01,456 ERROR [main] __init__ failed: C:\\tmp\\_x_
    caused by something
2024-05-01 12:00:02,789 WARN  [main] # retry 1
""",
        CODE,
    ),
    paste(
        "syslog",
        """
May  1 12:00:00 host sshd[123]: Failed password for *root*
May 11 12:00:01 host sshd[123]: Connection closed [preauth]
""",
        CODE,
    ),
    paste(
        "access log",
        """
127.0.0.1 - - [01/May/2024:12:00:00 +0000] "GET /*_*/ HTTP/1.1" 200 5
10.0.0.7 - - [01/May/2024:12:00:01 +0000] "GET /x HTTP/1.1" 404 5
""",
        CODE,
    ),
    paste(
        "YAML",
        """
name: build
on:
  push:
    branches: [main, "*"]
jobs:
  test:
    steps:
      - run: npm ci
      - run: npm test
""",
        CODE,
    ),
    paste(
        "indented YAML after a sentence",
        """
This is our configuration:

    retries: 3
    hosts:
      - *default
      - b_c_d
""",
        BOTH,
    ),
    paste(
        "JSON",
        """
{
  "id": 5,
  "name": "*_*",
  "tags": ["a", "b"]
}
""",
        CODE,
    ),
    paste("INI", "[server]\nhost=*\nport=8080\n# retry 1\nmax_retries=3", CODE),
    paste("environment", "DATABASE_URL=postgres://x:*@db/_a_\nDEBUG=*", CODE),
    paste(
        "shell session",
        """
$ ls -l *.py
$ grep -r "__init__" src/*
dana@host:~/x$ echo *
""",
        CODE,
    ),
    paste("Windows prompt", "C:\\Users\\dana> dir *.*\nC:\\Users\\dana> cd _x_", CODE),
    paste(
        "Python",
        """
import os
def run(*args, **kwargs):
    # retry 1
    return a*b*c

if x in __all__:
    run(*a, **b)
""",
        CODE,
    ),
    paste(
        "JavaScript",
        """
const a = b * c * d;
function run(x) {
  return `*${x}*`;
}
""",
        CODE,
    ),
    paste("SQL", "SELECT *, a*b*c\nFROM _x_\nWHERE name LIKE '%_*_%'", CODE),
    paste("XML", "<config>\n  <path>*_x_*</path>\n</config>", CODE),
    paste(
        "difference",
        """
--- a/x.py
+++ b/x.py
@@ -1,2 +1,2 @@
-a = *b
+a = **c
""",
        CODE,
    ),
    paste(
        "result of a query",
        """
+----+-------+
| id | name  |
+----+-------+
|  1 | *_a_* |
+----+-------+
""",
        CODE,
    ),
    paste("spreadsheet", "Name\tAmount\nA_b_c\t5*5*5", CODE),
    # What is meant as Markdown.
    paste(
        "list",
        "Steps:\n- open it\n- press **Save**\nThen it fails.",
        {"p", "ul", "li", "strong"},
        typed=False,
    ),
    paste(
        "numbered list",
        "1. open it\n2. save it\n   - twice\n\nThen:\n\n4) wait",
        {"p", "ol", "ul", "li"},
        typed=False,
    ),
    paste("reply below a quote", "> How often?\nEvery day.", {"blockquote", "p"}, typed=False),
    paste(
        "everything",
        "## Steps\n\nI _really_ pressed `x*y*z` and ~~not~~ [this](https://a.example/x):\n\n```\n*a*\n```",
        {"h4", "p", "em", "code", "s", "a", "pre"},
        typed=False,
    ),
]
