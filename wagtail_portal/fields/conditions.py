"""Show a question only if another one has a certain answer.

The server decides, and a script in the browser mirrors it. A question can only depend on earlier
ones, so there are no loops. Hidden questions count as not answered, so chains of conditions work.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils import numbers
from wagtail_portal.utils.markup import split_at_commas

#: Types whose answers are compared as numbers.
NUMBERS = {"number", "decimal"}
#: Types whose answers are compared as dates.
DATES = {"date", "datetime"}

#: Operators that compare sizes or dates with one value.
ORDERED = ("less", "at_most", "at_least", "greater")

#: Each operator as a sentence, for questions of any type but dates.
SENTENCES = {
    "equals": _("“%(question)s” is “%(answers)s”"),
    "not_equals": _("“%(question)s” isn’t “%(answers)s”"),
    "less": _("“%(question)s” is less than %(answers)s"),
    "at_most": _("“%(question)s” is %(answers)s or less"),
    "at_least": _("“%(question)s” is %(answers)s or more"),
    "greater": _("“%(question)s” is more than %(answers)s"),
    "filled": _("“%(question)s” is answered"),
    "empty": _("“%(question)s” isn’t answered"),
}
#: The operators that are worded differently for dates.
DATE_SENTENCES = {
    "less": _("“%(question)s” is before %(answers)s"),
    "at_most": _("“%(question)s” is %(answers)s or earlier"),
    "at_least": _("“%(question)s” is %(answers)s or later"),
    "greater": _("“%(question)s” is after %(answers)s"),
}


@dataclass(frozen=True)
class Condition:
    """A condition on the answer to another question.

    ``question`` is the ID of that question, ``operator`` a key of :data:`SENTENCES`. ``values``
    are answers as a form sends them: keys of choices, ``"yes"`` and ``"no"``, numbers, ISO dates,
    or text. One of them is enough.
    """

    question: str
    operator: str = "filled"
    values: tuple[str, ...] = ()

    def holds(self, answer: Any) -> bool:
        """Return whether the cleaned ``answer`` to the other question meets the condition.

        Without an answer, ``"empty"`` and ``"not_equals"`` hold and all others don't.
        """
        given = as_texts(answer)
        if self.operator in ("filled", "empty"):
            return bool(given) == (self.operator == "filled")
        if self.operator in ORDERED:
            return bool(given and self.values) and self._is_ordered(answer, min(given))
        found = bool(given & {value.strip().casefold() for value in self.values})
        return found != (self.operator == "not_equals")

    def _is_ordered(self, answer: Any, given: str) -> bool:
        text: Any = given
        wanted: Any = self.values[0].strip().casefold()
        if isinstance(answer, int | Decimal):
            try:
                text, wanted = Decimal(text), numbers.parse(wanted)
            except (ValueError, ArithmeticError):
                return False
        match self.operator:
            case "less":
                return text < wanted
            case "at_most":
                return text <= wanted
            case "at_least":
                return text >= wanted
        return text > wanted

    def describe(self, spec) -> str:
        """Return the condition in words, like "“Is it urgent?” is “Yes”".

        :param spec: of the other question.
        """
        sentences = SENTENCES | (DATE_SENTENCES if spec.type in DATES else {})
        quote = gettext("” or “") if self.operator in ("equals", "not_equals") else ", "
        answers = quote.join(answer_label(value, spec) for value in self.values)
        return str(sentences.get(self.operator, SENTENCES["filled"])) % {
            "question": spec.label,
            "answers": answers,
        }


@dataclass(frozen=True)
class Rule:
    """When a question is shown: if all of its conditions hold, or any of them."""

    conditions: tuple[Condition, ...]
    match: str = "all"

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Return whether the question is shown.

        :param answers: cleaned answers by question ID, without those to hidden questions.
        """
        decide = any if self.match == "any" else all
        return decide(row.holds(answers.get(row.question)) for row in self.conditions)

    def remaining(self, answers: Mapping[str, Any]) -> "Rule | bool":
        """Return whether the question is shown if ``answers`` decide that, or else the rule without
        the conditions that they decide."""
        is_any = self.match == "any"
        known = [row for row in self.conditions if row.question in answers]
        if any(row.holds(answers[row.question]) == is_any for row in known):
            return is_any
        rest = tuple(row for row in self.conditions if row.question not in answers)
        return replace(self, conditions=rest) if rest else not is_any


def answer_label(value: str, spec) -> str:
    """Return a value of a condition as customers see it."""
    possible = possible_answers(spec)
    if possible is not None:
        return possible.get(value, value)
    try:
        if spec.type == "date":
            return formats.date_format(date.fromisoformat(value))
        if spec.type == "datetime":
            return formats.date_format(datetime.fromisoformat(value), "SHORT_DATETIME_FORMAT")
    except ValueError:
        pass
    return value


def as_texts(answer: Any) -> set[str]:
    """Return a cleaned answer as the texts that conditions compare; empty if not answered."""
    if answer is None or answer == "" or answer == []:
        return set()
    if isinstance(answer, bool):
        return {"yes" if answer else "no"}
    if isinstance(answer, int | Decimal):
        return {numbers.canonical(answer)}
    if isinstance(answer, datetime):
        return {timezone.make_naive(answer).isoformat(" ", "minutes")}
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
    by_text: dict = {}
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
    by_text: dict = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for key, label in (possible_answers(spec) or {}).items():
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
