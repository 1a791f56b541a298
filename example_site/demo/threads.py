"""Read conversations from ``topics/*.toml`` and fill them in for particular people.

A thread has these keys:

``subject``   alternative subjects, one of which is chosen
``form``      the slug of the form; "problem" by default
``area``, ``severity``, ``environment``   values of ticket fields, or lists to choose from
``answers``   answers to the form's own questions, by the names in ``support.OWN_QUESTIONS``
``fixed``     whether "Fixed in" is filled in at the end
``ends``      "closed" (the default) or "on-hold"
``variants``  tables, one of which provides the values of placeholders; see ``customers``
``customers`` prefixes of the domains that the thread or variant is for; everyone by default
``talk``      turns: who, text, and the name and content of an attachment. Who is "customer"
              (the requester), "teammate" (another member), "agent", "expert" or "note",
              optionally with a delay: "agent after 2d".

A placeholder is written «name», or «Name» at the start of a sentence. Besides the variant's own,
there are: me, agent, expert (first names), domain, org, run, date, version and next (of Millrace).
"""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

TOPICS = Path(__file__).parent / "topics"

_PLACEHOLDER = re.compile("«([^»]+)»")
_WHO = re.compile(r"^(?P<who>\w+)(?: after (?P<number>\d+)(?P<unit>[dhm]))?$")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True)
class Turn:
    """One message; ``pause`` is the delay before it, None for a usual one."""

    who: str
    text: str
    pause: timedelta | None = None
    file_name: str = ""
    file_text: str = ""


@dataclass(frozen=True)
class Thread:
    """A conversation with all placeholders filled in."""

    subject: str
    form: str
    values: dict[str, str]
    answers: dict[str, str]
    turns: list[Turn] = field(default_factory=list)
    is_fixed: bool = False
    ends: str = "closed"


@cache
def templates() -> list[dict]:
    """Return all threads of all topics as they are in the files."""
    return [
        thread
        for path in sorted(TOPICS.glob("*.toml"))
        for thread in tomllib.loads(path.read_text(encoding="utf-8"))["thread"]
    ]


def tell(template: dict, words: dict[str, str], random) -> Thread:
    """Return a thread with a random subject and variant, and ``words`` for the placeholders."""
    words = words | random.choice(_variants(template, words["domain"]))

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: _word(words, match[1]), text).strip()

    values = {
        key: random.choice(choices)
        for key, choices in (
            ("severity", template["severity"]),
            ("environment", template.get("environment", ["production"] * 4 + ["staging"])),
        )
    }
    return Thread(
        subject=fill(random.choice(template["subject"])),
        form=template.get("form", "problem"),
        values={**values, "area": template["area"]},
        answers={key: fill(text) for key, text in template.get("answers", {}).items()},
        turns=[_turn(parts, fill) for parts in template["talk"]],
        is_fixed=template.get("fixed", False),
        ends=template.get("ends", "closed"),
    )


def suits(entry: dict, domain: str) -> bool:
    """Return whether a thread or variant is meant for this customer or for everyone."""
    return "customers" not in entry or domain.startswith(tuple(entry["customers"]))


def _variants(template: dict, domain: str) -> list[dict]:
    """Return the variants meant for this customer, or else the ones for everyone."""
    fitting = [variant for variant in template["variants"] if suits(variant, domain)]
    return [variant for variant in fitting if "customers" in variant] or fitting


def _word(words, name: str) -> str:
    if name in words:
        return words[name]
    word = words[name.lower()]
    return word[0].upper() + word[1:]


def _turn(parts, fill) -> Turn:
    who = _WHO.match(parts[0])
    pause = timedelta(**{_UNITS[who["unit"]]: int(who["number"])}) if who["unit"] else None
    files = [fill(part) for part in parts[2:]] or ["", ""]
    return Turn(who["who"], fill(parts[1]), pause, *files)
