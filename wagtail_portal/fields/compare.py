"""Compare versions of a form by the wording of its questions and answers."""

from typing import Any

from wagtail.admin.compare import StreamFieldComparison

from .customers import customer_fields_in
from .questions import Question, parse_block, rule_of
from .rules import rule_in_words


class FormComparison(StreamFieldComparison):
    """Compares the questions of a form; conditions are compared as sentences, not as IDs."""

    val_a: Any
    val_b: Any

    def htmldiff(self):
        self.val_a, self.val_b = _worded(self.val_a), _worded(self.val_b)
        return super().htmldiff()


def _worded(stream):
    customers = customer_fields_in(map(rule_of, stream))
    specs = {key: known.spec for key, known in customers.items()}
    for position, child in enumerate(stream):
        question = parse_block(child, position, defaults=False)
        if isinstance(question, Question):
            specs[question.id] = question.spec
    for child in stream:
        if hasattr(child.value, "get") and "show_if" in child.value:
            child.value["show_if"] = rule_in_words(child.value["show_if"], specs)
    return stream
