"""Parse the blocks of a form into questions, content and steps."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.humanize import comma_list

from .base import Choice, FieldSpec
from .conditions import Rule, match_answers, possible_answers
from .customers import Known, customer_fields_in, is_customer_key
from .registry import get_field_type
from .rules import read_rule

URGENCIES = [
    ("low", _("Low")),
    ("normal", _("Normal")),
    ("high", _("High")),
    ("urgent", _("Urgent")),
]

#: Blocks that aren't questions.
CONTENT_KINDS = ("heading", "rich_text", "image", "page_link", "step")

#: A block for a question on one form only is named ``question_<type>``.
QUESTION_PREFIX = "question_"

#: Built-in questions: the default label, and whether they're always required.
BUILT_IN_QUESTIONS = {
    "subject": (_("Subject"), True),
    "description": (_("Description"), False),
    "attachments": (_("Attachments"), False),
    "followers": (_("Followers"), False),
    "urgency": (_("Urgency"), False),
    "private": (_("Keep this ticket private"), False),
    "teammate": (_("Who is this for?"), False),
}


@dataclass(frozen=True)
class Question:
    """A question of a form.

    ``target`` is where the answer is stored: ``"subject"`` or another built-in field,
    ``"field:<key>"`` for a ticket field, ``"answer"`` for a question on this form only.
    ``id`` is the block's ID, which doesn't change when the question is reworded.
    """

    id: str
    name: str
    target: str
    spec: FieldSpec
    half_width: bool = False
    rule: Rule | None = None


@dataclass(frozen=True)
class Content:
    """Content between the questions; ``kind`` is one of :data:`CONTENT_KINDS`."""

    kind: str
    value: object


@dataclass(frozen=True)
class Step:
    """A step of a form; ``title`` is empty for a first step without a break before it."""

    title: str
    items: list[Question | Content]

    @property
    def names(self) -> set[str]:
        """The names of the step's form fields."""
        return {item.name for item in self.items if isinstance(item, Question)}


def parse(stream) -> list[Question | Content]:
    """Return the questions and content of a form, in the editor's order.

    Ticket fields that were deleted, archived or reserved for the team are left out.

    :param stream: the value of a StreamField of :class:`~.blocks.FormBlocks`.
    """
    items: list[Question | Content] = []
    questions: dict[str, Question | Known] = {**customer_fields_in(map(rule_of, stream))}
    for position, block in enumerate(stream):
        item = parse_block(block, position)
        if isinstance(item, Question):
            item = replace(item, rule=read_rule(rule_of(block), questions))
            questions[item.id] = item
        if item is not None:
            items.append(item)
    return items


def rule_of(block) -> dict | None:
    """Return the value of a block's :class:`~.rule_block.RuleBlock`; None if it has none."""
    return block.value.get("show_if") if hasattr(block.value, "get") else None


def decide_items(
    items: list[Question | Content], find_answers: Callable[[set[str]], dict] | None
) -> list[Question | Content]:
    """Return the items of a form for one customer: conditions about organizations and members are
    decided, and questions that the customer is never asked are left out.

    :param find_answers: returns what :func:`~wagtail_portal.models.answers_of` does. None leaves
        out these conditions, for a preview that's for no one in particular.
    """
    keys = {
        row.question
        for item in items
        if isinstance(item, Question) and item.rule
        for row in item.rule.conditions
        if is_customer_key(row.question)
    }
    if not keys:
        return items
    answers = None if find_answers is None else find_answers(keys)
    decided = []
    for item in items:
        rule = item.rule if isinstance(item, Question) else None
        left: Any = True
        if rule and answers is not None:
            left = rule.remaining(answers)
        elif rule:
            rest = tuple(row for row in rule.conditions if row.question not in keys)
            left = replace(rule, conditions=rest) if rest else True
        if rule:
            item = replace(cast(Question, item), rule=None if left is True else left)
        if left is not False:
            decided.append(item)
    return decided


def split_into_steps(items: list[Question | Content]) -> list[Step]:
    """Return the steps of a form, at least one. Empty steps are left out, so that a step break at
    the beginning only names the first step."""
    steps: list[Step] = []
    title: str = ""
    current: list[Question | Content] = []
    for item in items:
        if isinstance(item, Content) and item.kind == "step":
            if current:
                steps.append(Step(title, current))
            title, current = cast(str, item.value), []
        else:
            current.append(item)
    if current or not steps:
        steps.append(Step(title, current))
    return steps


def parse_block(block, position: int, *, defaults: bool = True) -> Question | Content | None:
    """Return the question or content of a block, without its rule; None if the block's ticket
    field can't be asked for, and for blocks that aren't part of a form.

    :param defaults: whether to read the default, which needs a block that has been validated.
    """
    # Blocks of an unsaved page in a preview have no ID.
    block_id = block.id or f"new-{position}"
    if block.block_type in CONTENT_KINDS:
        return Content(block.block_type, block.value)
    if block.block_type in BUILT_IN_QUESTIONS:
        return _built_in(block, block_id)
    if block.block_type == "ticket_field":
        question = _ticket_field(block.value, block_id)
    elif block.block_type.startswith(QUESTION_PREFIX):
        question = _form_question(block, block_id)
    else:
        # A block of another stream, such as the content of the portal home.
        return None
    if question is not None and defaults:
        question = replace(question, spec=_with_default(question.spec, block.value))
    return question


def read_answer(typed: str, spec: FieldSpec):
    """Return the stored form of an answer that an editor typed; for choices, their labels.

    :raises ValidationError: if the question doesn't accept it.
    """
    field_type = get_field_type(spec.type)
    if not field_type.can_be_typed:
        raise ValidationError(gettext("This question’s answer can only be selected, not typed."))
    if possible_answers(spec) is not None:
        values, unknown = match_answers(typed, spec)
        return _read_values(values, unknown or ([] if values else [typed]), spec)
    return field_type.to_json(field_type.form_field(spec).clean(typed))


def answer_values(struct, name: str, spec: FieldSpec) -> tuple[tuple[str, ...], list[str]]:
    """Return the values of an answer that an editor typed into a block, as
    :func:`.conditions.match_answers` does. The stored keys of choices take precedence.

    :param struct: the value of the block.
    :param name: the name of the child block with the text.
    """
    keys, possible = getattr(struct, "answer_keys", {}).get(name), possible_answers(spec)
    if not keys or possible is None:
        return match_answers(struct[name] or "", spec)
    unknown = [] if set(keys) <= possible.keys() else [struct[name] or ""]
    return tuple(key for key in keys if key in possible), unknown


def read_typed_answer(struct, name: str, spec: FieldSpec):
    """Return the stored form of an answer that an editor typed into a block.

    :param struct: the value of the block.
    :param name: the name of the child block with the text.
    :raises ValidationError: if the question doesn't accept it.
    """
    if possible_answers(spec) is None or not get_field_type(spec.type).can_be_typed:
        return read_answer(struct[name], spec)
    return _read_values(*answer_values(struct, name, spec), spec)


def _read_values(values, unknown, spec: FieldSpec):
    if unknown or not values:
        raise ValidationError(
            gettext("“%(question)s” has no answer “%(answer)s”.")
            % {"question": spec.label, "answer": (unknown or [""])[0]}
        )
    field_type = get_field_type(spec.type)
    answer = list(values) if spec.type == "choices" else values[0]
    return field_type.to_json(field_type.form_field(spec).clean(answer))


def write_values(values, spec: FieldSpec) -> str:
    """Return what an editor would type for keys of choices."""
    possible = possible_answers(spec) or {}
    return comma_list(possible.get(key, key) for key in values)


def write_answer(stored, spec: FieldSpec) -> str:
    """Return what an editor would type for a stored answer: the reverse of :func:`read_answer`."""
    field_type = get_field_type(spec.type)
    if stored is None or not field_type.can_be_typed:
        return ""
    answer = field_type.from_json(stored)
    if possible_answers(spec) is None:
        return str(field_type.form_field(spec).prepare_value(answer))
    return write_values(answer if isinstance(answer, list) else [answer], spec)


def built_in_choices(name: str) -> tuple[Choice, ...]:
    """Return the choices of a built-in question."""
    return tuple(Choice(key, label) for key, label in URGENCIES) if name == "urgency" else ()


def _built_in(block, block_id: str) -> Question:
    label, required = BUILT_IN_QUESTIONS[block.block_type]
    value = block.value
    spec = FieldSpec(
        type=block.block_type,
        choices=built_in_choices(block.block_type),
        label=value["label"] or label,
        help_text=value["help_text"] or "",
        required=required or bool(value.get("required")),
        placeholder=value.get("placeholder") or "",
        options={key: value.get(key) for key in ("max_number", "max_mb", "types", "families")},
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
    half = value["width"] == "half"
    return Question(block_id, f"field-{field.key}", f"field:{field.key}", spec, half)


def _form_question(block, block_id: str) -> Question:
    value, field_type = block.value, get_field_type(block.block_type.removeprefix(QUESTION_PREFIX))
    choices: tuple[Choice, ...] = ()
    if field_type.has_choices:
        choices = tuple(
            Choice(child.id or str(index), child.value["label"])
            for index, child in enumerate(value["choices"].bound_blocks)
        )
    spec = FieldSpec(
        type=field_type.key,
        label=value["label"],
        help_text=value["help_text"] or "",
        required=value["required"],
        placeholder=value.get("placeholder") or "",
        choices=choices,
        options=field_type.options_from_block(value),
    )
    return Question(block_id, f"q-{block_id}", "answer", spec, value.get("width") == "half")


def _with_default(spec: FieldSpec, value) -> FieldSpec:
    """Return ``spec`` with the default that an editor typed into the block."""
    if value.get("default"):
        # The choice may have been deleted since.
        with suppress(ValidationError):
            return replace(spec, default=read_typed_answer(value, "default", spec))
    return spec
