"""Show a question only if another one has a certain answer.

The server decides, and a script in the browser mirrors it. A question can only depend on earlier
ones, so there are no loops. Hidden questions count as not answered, so chains of conditions work.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils import numbers
from wagtail_portal.utils.markup import split_at_commas

#: Types whose answers are compared as numbers.
NUMBERS = {"number", "decimal"}

OPERATORS = [
    ("equals", _("is")),
    ("one_of", _("is one of")),
    ("filled", _("is answered")),
]


@dataclass(frozen=True)
class Condition:
    """A condition on the answer to another question.

    ``question`` is the ID of that question. ``values`` are answers as a form sends them: keys of
    choices, ``"yes"`` and ``"no"``, or text.
    """

    question: str
    operator: str = "filled"
    values: tuple[str, ...] = ()

    def holds(self, answer: Any) -> bool:
        """Return whether the cleaned ``answer`` to the other question meets the condition."""
        given = as_texts(answer)
        if self.operator == "filled":
            return bool(given)
        return bool(given & {value.strip().casefold() for value in self.values})

    def describe(self, label: str, values: tuple[str, ...] = ()) -> str:
        """Return the condition as a sentence, for browsers without JavaScript.

        :param label: of the other question.
        :param values: the labels of ``self.values``.
        """
        if self.operator == "filled":
            return gettext("Only if you answered “%(question)s”.") % {"question": label}
        answers = gettext("” or “").join(values or self.values)
        return gettext("Only if “%(question)s” is “%(answers)s”.") % {
            "question": label,
            "answers": answers,
        }


def as_texts(answer: Any) -> set[str]:
    """Return a cleaned answer as the texts that conditions compare; empty if not answered."""
    if answer is None or answer == "" or answer == []:
        return set()
    if isinstance(answer, bool):
        return {"yes" if answer else "no"}
    if isinstance(answer, int | Decimal):
        return {numbers.canonical(answer)}
    if isinstance(answer, datetime):
        return {timezone.localtime(answer).strftime("%Y-%m-%d %H:%M")}
    answers = answer if isinstance(answer, list | tuple | set) else [answer]
    return {str(value).strip().casefold() for value in answers}


def possible_answers(spec) -> dict[str, str] | None:
    """Return the labels of possible answers to a question by value; None for free text."""
    if spec.type == "yes_no":
        return {"yes": gettext("Yes"), "no": gettext("No")}
    if spec.choices:
        return {choice.key: str(choice.label) for choice in spec.choices}
    return None


def match_answers(text: str, spec) -> tuple[tuple[str, ...], list[str]]:
    """Match answers that an editor typed, separated by commas, to the values of a question.

    :returns: the values, and the texts that match no answer.
    """
    if spec.type in NUMBERS:
        return _match_numbers(text, whole=spec.type == "number")
    typed = [part for part in split_at_commas(text) if part]
    possible = possible_answers(spec)
    if possible is None:
        return tuple(typed), []
    found, unknown = _match(typed, _texts(spec, possible))
    if unknown and (other := _texts_in_other_languages(spec)):
        found, unknown = _match(typed, _texts(spec, possible) | other)
    return tuple(dict.fromkeys(found)), unknown


def _texts(spec, possible) -> dict[str, str]:
    """Return the answers by the texts that stand for them. A label takes precedence over the key of
    another choice, because editors and customers only see labels."""
    by_text = {}
    for key, label in possible.items():
        by_text.setdefault(_normalize(label), key)
    for choice in spec.choices:
        # Another editor may have typed it in another language.
        for label in choice.labels:
            by_text.setdefault(_normalize(label), choice.key)
    for key in possible:
        by_text.setdefault(key.casefold(), key)
    return by_text


def _texts_in_other_languages(spec) -> dict[str, str]:
    """Return the answers by the texts that the portal itself has for them in any language."""
    if spec.type not in ("yes_no", "urgency"):
        return {}
    by_text = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for key, label in possible_answers(spec).items():
                by_text.setdefault(_normalize(label), key)
    return by_text


def _match(typed: list[str], by_text: dict[str, str]) -> tuple[list[str], list[str]]:
    found, unknown = [], []
    while typed:
        # Labels can contain commas: the longest match wins.
        for length in range(len(typed), 0, -1):
            key = by_text.get(_normalize(",".join(typed[:length])))
            if key is not None:
                found.append(key)
                break
        else:
            unknown.append(typed[0])
        typed = typed[length:]
    return found, unknown


def _match_numbers(text: str, *, whole: bool) -> tuple[tuple[str, ...], list[str]]:
    """Return the numbers in a text as conditions compare them. A comma can be a decimal sign, or
    stand between two numbers."""
    one, unknown = _read_numbers([text], whole)
    if not unknown:
        return one, []
    # A comma between numbers is followed by a space, unless there can be no decimals.
    return _read_numbers(re.split(r"[,،，;]\s*" if whole else r"[,،，]\s+|;\s*", text), whole)


def _read_numbers(parts, whole) -> tuple[tuple[str, ...], list[str]]:
    found, unknown = [], []
    for part in filter(None, map(str.strip, parts)):
        try:
            number = numbers.parse(part)
        except ValueError:
            unknown.append(part)
            continue
        if whole and number != number.to_integral_value():
            unknown.append(part)
        else:
            found.append(numbers.canonical(number))
    return tuple(dict.fromkeys(found)), unknown


def _normalize(label: str) -> str:
    """Return a label for comparison, ignoring case and spaces around commas."""
    return ",".join(split_at_commas(label)).casefold()
