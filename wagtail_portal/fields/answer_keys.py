"""Store which choices an editor's typed answer stands for, not only its words.

Editors type answers as customers see them: as defaults and as presets. When they're
saved, the keys of the choices are stored beside the text. The text in the page editor is made from
them, so it shows today's labels in the editor's language, and renaming a choice changes nothing.
"""

import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from wagtail import blocks

from .base import FieldSpec
from .conditions import possible_answers
from .questions import Question, answer_values, parse_block, write_values


class KeyedValue(blocks.StructValue):
    """A struct value that also has the keys of typed answers, by the names of its children."""

    def __init__(self, block, *args):
        super().__init__(block, *args)
        self.answer_keys: dict[str, list[str]] = {}

    def __reduce__(self):
        state = {"answer_keys": self.answer_keys}
        return self.__class__, (self.block,), state, None, iter(self.items())


class KeyedStructBlock(blocks.StructBlock):
    """A struct block that stores the keys of typed answers, and fills in defaults that a value from
    Python or the database lacks."""

    #: The name under which the keys are stored.
    KEYS = "answer_keys"

    def normalize(self, value):
        if not isinstance(value, self.meta.value_class):
            defaults = {name: child.get_default() for name, child in self.child_blocks.items()}
            keys = value.get(self.KEYS)
            value = {name: value.get(name, default) for name, default in defaults.items()}
            return self._with_keys(super().normalize(value), keys)
        return super().normalize(value)

    def to_python(self, value):
        return self._with_keys(super().to_python(value), value.get(self.KEYS))

    def bulk_to_python(self, values):
        found = super().bulk_to_python(values)
        for struct, value in zip(found, values, strict=True):
            self._with_keys(struct, value.get(self.KEYS))
        return found

    def get_prep_value(self, value):
        keys = getattr(value, self.KEYS, None)
        return {**super().get_prep_value(value), **({self.KEYS: keys} if keys else {})}

    def clean(self, value):
        keys, errors = getattr(value, self.KEYS, None), {}
        try:
            value = super().clean(value)
        except blocks.StructBlockValidationError as error:
            errors = error.block_errors
        # Editors see everything that's wrong at once.
        if errors := {**self.problems(value, errors), **errors}:
            raise blocks.StructBlockValidationError(errors)
        return self._with_keys(value, keys)

    def problems(self, value, errors) -> dict[str, ValidationError]:
        """Return more errors by name of the child.

        :param errors: those of single children, whose values may not be clean.
        """
        return {}

    def _with_keys(self, struct, keys):
        struct.answer_keys = {
            name: [str(key) for key in found]
            for name, found in (keys if isinstance(keys, dict) else {}).items()
            if isinstance(found, list)
        }
        return struct

    class Meta:
        value_class = KeyedValue


@dataclass(frozen=True)
class TypedAnswer:
    """An answer that an editor typed.

    ``name`` is the name of the child with the text, in the block with the ID ``block_id``.
    """

    block_id: str
    name: str
    struct: KeyedValue
    spec: FieldSpec

    @property
    def text(self) -> str:
        """The text for the page editor, with today's labels in the editor's language."""
        values, unknown = answer_values(self.struct, self.name, self.spec)
        if unknown or not values or possible_answers(self.spec) is None:
            return self.struct.get(self.name) or ""
        return write_values(values, self.spec)


def typed_answers(stream) -> list[TypedAnswer]:
    """Return the typed answers in the value of a StreamField of forms or presets."""
    found = []
    for position, child in enumerate(stream):
        value = child.value
        if not hasattr(value, "get"):
            continue
        if child.block_type in ("preset", "condition"):
            if value["field"] is not None:
                found.append(TypedAnswer(child.id, "value", value, value["field"].spec()))
            continue
        # The page editor's form may be shown again with what can't be saved.
        item = parse_block(child, position, defaults=False)
        if isinstance(item, Question) and value.get("default"):
            found.append(TypedAnswer(child.id, "default", value, item.spec))
    return found


def store_keys(stream) -> None:
    """Store the keys of all typed answers that stand for choices."""
    _give_ids(stream)
    for answer in typed_answers(stream):
        values, _unknown = answer_values(answer.struct, answer.name, answer.spec)
        if values and possible_answers(answer.spec) is not None:
            answer.struct.answer_keys = {answer.name: list(values)}
        else:
            answer.struct.answer_keys = {}


def _give_ids(stream) -> None:
    """Give choices on a form the IDs that Wagtail would give them later: they're the keys."""
    for child in stream:
        choices = child.value.get("choices") if hasattr(child.value, "get") else None
        for choice in getattr(choices, "bound_blocks", ()):
            choice.id = choice.id or str(uuid.uuid4())


def keep_keys(stream, before) -> None:
    """Keep the keys of typed answers whose text is the one that the editor was shown, although the
    labels may have changed with it.

    :param before: the value from which the page editor's form was made.
    """
    shown = {(row.block_id, row.name): row for row in typed_answers(before)}
    for answer in typed_answers(stream):
        old = shown.get((answer.block_id, answer.name))
        if old is None or old.text != answer.struct[answer.name]:
            continue
        values, unknown = answer_values(old.struct, old.name, old.spec)
        if values and not unknown and possible_answers(old.spec) is not None:
            answer.struct.answer_keys = {answer.name: list(values)}


def show_labels(stream, states: list[dict]) -> None:
    """Put the today's labels into the states of the page editor's form."""
    by_id = {state["id"]: state["value"] for state in states if state["id"]}
    for answer in typed_answers(stream):
        if answer.block_id in by_id:
            by_id[answer.block_id][answer.name] = answer.text
