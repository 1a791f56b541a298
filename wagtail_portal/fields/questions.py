"""Turn the blocks of a form into what it asks, in order."""

from contextlib import suppress
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .base import Choice, FieldSpec
from .conditions import Condition, possible_answers, resolve
from .registry import get_field_type, question_type

URGENCIES = [
    ("low", _("Low")),
    ("normal", _("Normal")),
    ("high", _("High")),
    ("urgent", _("Urgent")),
]

#: Blocks that ask nothing.
CONTENT_KINDS = ("heading", "rich_text", "image", "page_link", "step")

#: Built-in questions: the label when the editor gave none, and whether a customer must answer.
BUILT_IN_QUESTIONS = {
    "subject": (_("Subject"), True),
    "description": (_("Description"), False),
    "attachments": (_("Attachments"), False),
    "followers": (_("Followers"), False),
    "urgency": (_("Urgency"), False),
}


@dataclass(frozen=True)
class Question:
    """One thing that a form asks.

    ``target`` says where the answer goes: ``"subject"`` and the other built-in ones,
    ``"field:<key>"`` for a ticket field, ``"answer"`` for a question of this form alone.
    ``id`` is the block's ID, which stays the same when the question is reworded.
    """

    id: str
    name: str
    target: str
    spec: FieldSpec
    half_width: bool = False
    condition: Condition | None = None


@dataclass(frozen=True)
class Content:
    """Something between the questions; ``kind`` is one of :data:`CONTENT_KINDS`."""

    kind: str
    value: object


def parse(stream) -> list[Question | Content]:
    """Questions and content of a form, in the editor's order.

    :param stream: the value of a StreamField made of :class:`~.blocks.FormBlocks`. A ticket
        field that was deleted, archived or reserved for the team is left out.
    """
    items: list[Question | Content] = []
    questions: dict[str, Question] = {}
    for position, block in enumerate(stream):
        item = parse_block(block, position)
        if isinstance(item, Question):
            item = replace(item, condition=_condition(block.value.get("show_if"), questions))
            questions[item.id] = item
        if item is not None:
            items.append(item)
    return items


def parse_block(block, position: int) -> Question | Content | None:
    """Return one block of a form, without its condition; None when there is nothing left to ask."""
    # A block has no id yet in the preview of an unsaved page.
    block_id = block.id or f"new-{position}"
    if block.block_type in CONTENT_KINDS:
        return Content(block.block_type, block.value)
    if block.block_type in BUILT_IN_QUESTIONS:
        return _built_in(block, block_id)
    if block.block_type == "ticket_field":
        return _ticket_field(block.value, block_id)
    return _own(block, block_id)


def read_answer(typed: str, spec: FieldSpec):
    """Return an answer that an editor typed, in its stored form; choices are named by their labels.

    :raises ValidationError: when the question would not accept it.
    """
    field_type = get_field_type(spec.type)
    if not field_type.can_be_typed:
        raise ValidationError(gettext("This question’s answer can only be selected, not typed."))
    values, unknown = resolve(typed, spec)
    if unknown:
        raise ValidationError(
            gettext("“%(question)s” has no answer “%(answer)s”.")
            % {"question": spec.label, "answer": unknown[0]}
        )
    answer = typed
    if possible_answers(spec) is not None:
        answer = list(values) if spec.type == "choices" else values[0]
    return field_type.to_json(field_type.form_field(spec).clean(answer))


def write_answer(stored, spec: FieldSpec) -> str:
    """Return the reverse of :func:`read_answer`: what an editor would type; "" for nothing."""
    field_type = get_field_type(spec.type)
    if stored is None or not field_type.can_be_typed:
        return ""
    answer = field_type.from_json(stored)
    possible = possible_answers(spec)
    if possible is None:
        return str(answer)
    keys = answer if isinstance(answer, list) else [answer]
    return ", ".join(possible.get(key, key) for key in keys)


def _condition(show_if, earlier: dict[str, Question]) -> Condition | None:
    """Return the condition of a block. One that speaks of a question that is gone is never met, as
    an answer that cannot be given; the page editor does not let it pass."""
    wanted = show_if["question"] if show_if else ""
    if not wanted:
        return None
    if wanted not in earlier:
        return Condition(wanted)
    values, _unknown = resolve(show_if["value"] or "", earlier[wanted].spec)
    return Condition(wanted, show_if["operator"], values)


def _built_in(block, block_id: str) -> Question:
    label, required = BUILT_IN_QUESTIONS[block.block_type]
    value = block.value
    urgencies = tuple(Choice(key, name) for key, name in URGENCIES)
    spec = FieldSpec(
        type=block.block_type,
        choices=urgencies if block.block_type == "urgency" else (),
        label=value["label"] or label,
        help_text=value["help_text"],
        required=required or bool(value.get("required")),
        placeholder=value.get("placeholder") or "",
        options={key: value.get(key) for key in ("max_number", "max_mb", "types")},
    )
    return Question(block_id, block.block_type, block.block_type, spec)


def _ticket_field(value, block_id: str) -> Question | None:
    field = value["field"]
    if field is None or field.archived or not field.customers_may_set:
        return None
    spec = field.spec(
        label=value["label"] or field.localized_label,
        help_text=value["help_text"] or field.localized("help_text"),
        required=value["required"],
        placeholder=value.get("placeholder") or "",
    )
    spec = _with_default(spec, value.get("default"))
    half = value["width"] == "half"
    return Question(block_id, f"field-{field.key}", f"field:{field.key}", spec, half)


def _own(block, block_id: str) -> Question:
    value, field_type = block.value, question_type(block.block_type)
    choices = ()
    if field_type.has_choices:
        choices = tuple(
            Choice(child.id or str(index), child.value["label"])
            for index, child in enumerate(value["choices"].bound_blocks)
        )
    spec = FieldSpec(
        type=field_type.key,
        label=value["label"],
        help_text=value["help_text"],
        required=value["required"],
        placeholder=value.get("placeholder") or "",
        choices=choices,
        options=field_type.options_from_block(value),
    )
    spec = _with_default(spec, value.get("default"))
    return Question(block_id, f"q-{block_id}", "answer", spec, value.get("width") == "half")


def _with_default(spec: FieldSpec, typed: str | None) -> FieldSpec:
    """Return the question with the default that an editor typed for it."""
    if typed:
        # A choice that was taken away meanwhile is no default any more.
        with suppress(ValidationError):
            return replace(spec, default=read_answer(typed, spec))
    return spec
