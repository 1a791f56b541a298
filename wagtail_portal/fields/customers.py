"""Fields of organizations and members as conditions know them.

They're defined in the database, which lies above this package, so the models register how to find
them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .base import FieldSpec

#: Whom a field describes: the first part of its key in conditions, like ``"organization:plan"``.
ABOUT = ("organization", "member")


@dataclass(frozen=True)
class Known:
    """A field whose value is known before a form is filled in. It has the ``spec`` of a
    question."""

    spec: FieldSpec
    is_archived: bool = False


_finder: Callable[[], dict[str, Known]] = dict


def register_finder(finder: Callable[[], dict[str, Known]]) -> None:
    """Register the function that returns the fields by key."""
    global _finder
    _finder = finder


def customer_fields() -> dict[str, Known]:
    """Return the fields of organizations and members by key. One or two queries."""
    return _finder()


def customer_fields_in(rules: Iterable) -> dict[str, Known]:
    """Return the fields by key if any of the rules is about a customer, without a query otherwise.

    :param rules: values of a :class:`~.rule_block.RuleBlock`, or None.
    """
    rows = (row for rule in rules if rule for row in rule["conditions"])
    return customer_fields() if any(is_customer_key(row["question"]) for row in rows) else {}


def is_customer_key(question: str) -> bool:
    """Return whether a condition is about a customer, and not about another question."""
    return question.partition(":")[0] in ABOUT and ":" in question
