"""The blocks that editors build forms from."""

import uuid

from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import BlockGroup
from wagtail.images.blocks import ImageBlock

from .answer_keys import KeyedStructBlock, show_labels, store_keys
from .basic_blocks import FieldChooserBlock, LineBlock, SameInAllLanguages, WholeNumberBlock
from .block_checks import check_form
from .form_fields import range_problem
from .questions import BUILT_IN_QUESTIONS, CONTENT_KINDS, QUESTION_PREFIX
from .registry import field_types
from .rule_block import RuleBlock
from .types.files import FileFamiliesBlock, FileTypesBlock

BUILT_IN = _("Built-in questions")
SHARED = _("Ticket fields")
OWN = _("Questions on this form only")
CONTENT = _("Content")


class CompactBlock(KeyedStructBlock):
    """A question whose rarely used options are collapsed."""

    #: What's always open, in this order.
    first: tuple[str, ...] = ("label", "required", "choices", "show_if")

    def get_form_layout(self):
        first = [name for name in self.first if name in self.child_blocks]
        rest = [name for name in self.child_blocks if name not in first]
        more = BlockGroup(
            rest, heading=_("More options"), icon="cogs", classname="collapsed", label_format=""
        )
        return BlockGroup([*first, *([more] if rest else [])])

    class Meta:
        # The title of the closed block.
        label_format = "{label}{show_if}"


class QuestionBlock(CompactBlock):
    """The base of questions whose field has a label of its own."""

    label = LineBlock(
        required=False,
        max_length=120,
        label=_("Label"),
        help_text=_("Leave empty to use the field’s own label."),
    )
    help_text = LineBlock(required=False, max_length=300, label=_("Help text"))


class SubjectBlock(QuestionBlock):
    placeholder = LineBlock(required=False, max_length=120, label=_("Placeholder"))

    class Meta:
        icon = "title"
        label = _("Subject")
        description = _("The ticket’s subject, always required")
        group = BUILT_IN


class DescriptionBlock(QuestionBlock):
    required = blocks.BooleanBlock(required=False, default=True, label=_("Required"))
    placeholder = LineBlock(required=False, max_length=120, label=_("Placeholder"))
    show_if = RuleBlock()

    class Meta:
        icon = "comment"
        label = _("Description")
        description = _("The first message of the conversation. Supports Markdown.")
        group = BUILT_IN


class AttachmentsBlock(QuestionBlock):
    required = blocks.BooleanBlock(required=False, label=_("Required"))
    max_number = WholeNumberBlock(
        required=False,
        min_value=1,
        max_value=50,
        label=_("Maximum number of files"),
        help_text=_("Within the limits of the portal settings."),
    )
    max_mb = WholeNumberBlock(required=False, min_value=1, label=_("Maximum file size (MB)"))
    families = FileFamiliesBlock()
    types = FileTypesBlock()
    show_if = RuleBlock()

    class Meta:
        icon = "doc-full-inverse"
        label = _("Attachments")
        description = _("Files, within the limits of the portal settings")
        group = BUILT_IN


class FollowersBlock(QuestionBlock):
    show_if = RuleBlock()

    class Meta:
        icon = "group"
        label = _("Followers")
        description = _("Teammates who will follow the ticket, by email address")
        group = BUILT_IN


class UrgencyBlock(QuestionBlock):
    required = blocks.BooleanBlock(required=False, label=_("Required"))
    show_if = RuleBlock()

    class Meta:
        icon = "warning"
        label = _("Urgency")
        description = _("Low, normal, high or urgent")
        group = BUILT_IN


class PrivateBlock(QuestionBlock):
    class Meta:
        icon = "lock"
        label = _("Private")
        description = _(
            "Whether the ticket is hidden from members who can otherwise see all tickets of the "
            "organization"
        )
        group = BUILT_IN


class TeammateBlock(QuestionBlock):
    class Meta:
        icon = "user"
        label = _("For a teammate")
        description = _(
            "A teammate on whose behalf the ticket is opened. Both can see it and are notified."
        )
        group = BUILT_IN


class WidthBlock(blocks.ChoiceBlock):
    """The width of a question."""

    def __init__(self, **kwargs):
        choices = [("full", _("Full width")), ("half", _("Half width"))]
        super().__init__(choices=choices, default="full", label=_("Width"), **kwargs)


class DefaultBlock(LineBlock):
    """The default answer, typed as customers would."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", _("As customers would answer; for a choice, its label."))
        super().__init__(required=False, max_length=255, label=_("Default"), **kwargs)


class SharedDefaultBlock(SameInAllLanguages, DefaultBlock):
    """The default answer of a question that may have choices, whose labels are translated."""


class TicketFieldBlock(QuestionBlock):
    """A question for a ticket field, whose label and other options the form can override."""

    first = ("field", "required", "show_if")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What's inherited would be first, and have the focus.
        self.child_blocks: dict = {"field": self.child_blocks["field"], **self.child_blocks}

    field = FieldChooserBlock("wagtail_portal.TicketField", label=_("Ticket field"))
    required = blocks.BooleanBlock(required=False, label=_("Required"))
    placeholder = LineBlock(required=False, max_length=120, label=_("Placeholder"))
    default = SharedDefaultBlock(
        help_text=_(
            "As customers would answer; for a choice, its label. Leave empty to use the field’s"
            " default."
        )
    )
    width = WidthBlock()
    show_if = RuleBlock()

    class Meta:
        icon = "tag"
        label = _("Ticket field")
        label_format = "{field}{show_if}"
        description = _("A ticket field of this site, shared between forms")
        group = SHARED

    def bulk_to_python(self, values):
        found = super().bulk_to_python(values)
        # One query for the choices of all fields of a form.
        prefetch_related_objects([value["field"] for value in found if value["field"]], "choices")
        return found

    def problems(self, value, errors):
        field = value["field"]
        # A draft may be saved before a field is chosen.
        if field is None or (field.customers_may_set and not field.archived):
            return {}
        if field.archived:
            return {
                "field": ValidationError(gettext("This field is archived. Choose another one."))
            }
        text = gettext("Only the team can set this field, so a form can’t ask for it.")
        return {"field": ValidationError(text)}


class ChoiceItemBlock(blocks.StructBlock):
    label = LineBlock(max_length=120, label=_("Choice"))

    class Meta:
        icon = "list-ul"
        label = _("Choice")


class FormQuestionBlock(CompactBlock):
    """A question on one form only, whose limits have to leave something to answer."""

    def problems(self, value, errors):
        found = {}
        for first, last in (("earliest", "latest"), ("least", "most")):
            if {first, last} & errors.keys():
                continue
            if problem := range_problem(value.get(first), value.get(last)):
                found[last] = ValidationError(problem)
        return found


def form_question_block(field_type) -> blocks.StructBlock:
    """Return the block for a question of ``field_type`` on one form only."""
    children = [
        ("label", LineBlock(max_length=120, label=_("Question"))),
        ("help_text", LineBlock(required=False, max_length=300, label=_("Help text"))),
        ("required", blocks.BooleanBlock(required=False, label=_("Required"))),
    ]
    if field_type.has_choices:
        choices = blocks.ListBlock(ChoiceItemBlock(), min_num=1, label=_("Choices"))
        children.append(("choices", choices))
    if not field_type.has_choices and field_type.can_be_typed:
        placeholder = LineBlock(required=False, max_length=120, label=_("Placeholder"))
        children.append(("placeholder", placeholder))
    if field_type.can_be_typed:
        default = SharedDefaultBlock() if field_type.has_choices else DefaultBlock()
        children.append(("default", default))
    if field_type.can_be_half_width:
        children.append(("width", WidthBlock()))
    children += field_type.block_options()
    children.append(("show_if", RuleBlock()))
    return FormQuestionBlock(
        children,
        icon=field_type.icon,
        label=field_type.label,
        group=OWN,
        description=field_type.description,
    )


class PageLinkBlock(KeyedStructBlock):
    """A page that may already answer the question."""

    page = blocks.PageChooserBlock(label=_("Page"))
    text = LineBlock(
        required=False,
        max_length=120,
        label=_("Message"),
        help_text=_("Leave empty to use the page title."),
    )

    class Meta:
        icon = "doc-empty"
        label = _("Page link")
        description = _("A link to a page of this site, opened in a new tab")
        group = CONTENT


class FormBlocks(blocks.StreamBlock):
    """The questions and content of a form, with a block for each registered field type."""

    subject = SubjectBlock()
    description = DescriptionBlock()
    attachments = AttachmentsBlock()
    followers = FollowersBlock()
    urgency = UrgencyBlock()
    private = PrivateBlock()
    teammate = TeammateBlock()
    ticket_field = TicketFieldBlock()
    heading = LineBlock(
        icon="title", label=_("Heading"), group=CONTENT, description=_("Starts a section")
    )
    rich_text = blocks.RichTextBlock(
        features=["bold", "italic", "link", "ol", "ul"],
        icon="pilcrow",
        label=_("Paragraph"),
        group=CONTENT,
        description=_("Text between questions"),
    )

    image = ImageBlock(
        icon="image",
        label=_("Image"),
        group=CONTENT,
        description=_("An image between questions"),
    )
    page_link = PageLinkBlock()
    step = LineBlock(
        icon="arrow-right-full",
        label=_("Step break"),
        group=CONTENT,
        description=_("Starts a new step with this title"),
        max_length=80,
    )

    def __init__(self, local_blocks=None, **kwargs):
        own = [
            (f"{QUESTION_PREFIX}{key}", form_question_block(field_type))
            for key, field_type in field_types().items()
        ]
        super().__init__([*own, *(local_blocks or [])], **kwargs)

    class Meta:
        block_counts = {name: {"max_num": 1} for name in BUILT_IN_QUESTIONS}
        collapsed = True

    def clean(self, value):
        draft = getattr(self, "is_deferred_validation", False)
        errors, others = {}, []
        try:
            value = super().clean(value)
        except blocks.StreamBlockValidationError as error:
            errors, others = error.block_errors, error.non_block_errors
        errors = check_form(value, errors, draft=draft)
        if not draft and all(child.block_type in CONTENT_KINDS for child in value):
            others = [*others, ValidationError(gettext("Add at least one question."))]
        if errors or others:
            raise blocks.StreamBlockValidationError(block_errors=errors, non_block_errors=others)
        store_keys(value)
        return value

    def get_form_state(self, value):
        states = super().get_form_state(value)
        for state in states:
            # Conditions refer to questions by ID, and the editor's script collapses blocks by ID.
            state["id"] = state["id"] or str(uuid.uuid4())
        show_labels(value or (), states)
        return states
