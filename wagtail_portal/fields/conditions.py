"""Show a question only if another one was answered in a certain way.

The server decides, and the browser's script mirrors it. A question depends only on earlier ones, so
there can be no loop, and chains work by themselves: hidden questions count as not answered.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.markup import split_at_commas

OPERATORS = [
    ("equals", _("is")),
    ("one_of", _("is one of")),
    ("filled", _("is answered")),
]


@dataclass(frozen=True)
class Condition:
    """Show a question only if the question with the id ``question`` was answered like this.

    ``values`` are answers as a form sends them: keys of choices, ``"yes"`` and ``"no"``, text.
    """

    question: str
    operator: str = "filled"
    values: tuple[str, ...] = ()

    def holds(self, answer: Any) -> bool:
        """Return whether the cleaned ``answer`` of the other question lets this one be shown."""
        given = as_texts(answer)
        if self.operator == "filled":
            return bool(given)
        return bool(given & {value.strip().casefold() for value in self.values})

    def in_words(self, label: str, values: tuple[str, ...] = ()) -> str:
        """Return the condition as a sentence, for browsers without the script.

        :param label: of the other question.
        :param values: what people read for ``self.values``.
        """
        if self.operator == "filled":
            return gettext("Only if you answered “%(question)s”.") % {"question": label}
        answers = gettext("” or “").join(values or self.values)
        return gettext("Only if “%(question)s” is “%(answers)s”.") % {
            "question": label,
            "answers": answers,
        }


def as_texts(answer: Any) -> set[str]:
    """Return a cleaned answer as the texts that conditions compare; empty when not answered."""
    if answer is None or answer == "" or answer == []:
        return set()
    if answer is True or answer is False:
        return {"yes" if answer else "no"}
    answers = answer if isinstance(answer, list | tuple | set) else [answer]
    return {str(value).strip().casefold() for value in answers}


def possible_answers(spec) -> dict[str, str] | None:
    """Return the possible answers to a question, label by value; None if anything is possible."""
    if spec.type == "yes_no":
        return {"yes": gettext("Yes"), "no": gettext("No")}
    if spec.choices:
        return {choice.key: str(choice.label) for choice in spec.choices}
    return None


def resolve(text: str, spec) -> tuple[tuple[str, ...], list[str]]:
    """Return the answers that an editor typed, separated by commas, as values of the question.

    :returns: the values, and what the question has no such answer for.
    """
    typed = [part for part in split_at_commas(text) if part]
    possible = possible_answers(spec)
    if possible is None:
        return tuple(typed), []
    by_text = {}
    for key, label in possible.items():
        by_text.setdefault(_normal(label), key)
    for choice in spec.choices:
        # Typed by a colleague in another language.
        for label in choice.labels:
            by_text.setdefault(_normal(label), choice.key)
    by_text |= {key.casefold(): key for key in possible}
    found, unknown = [], []
    while typed:
        # A label may have commas of its own: the longest one wins.
        for length in range(len(typed), 0, -1):
            key = by_text.get(_normal(",".join(typed[:length])))
            if key is not None:
                found.append(key)
                break
        else:
            unknown.append(typed[0])
        typed = typed[length:]
    return tuple(dict.fromkeys(found)), unknown


def _normal(label: str) -> str:
    """Return a label as it is compared, whatever blanks stand around its commas."""
    return ",".join(split_at_commas(label)).casefold()
