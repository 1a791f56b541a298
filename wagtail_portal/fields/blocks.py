"""The blocks that editors build forms from."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from wagtail_portal.utils.text import clean_line

from .answer_keys import KeyedStructBlock, show_labels, store_keys
from .block_checks import check_conditions, check_defaults, check_duplicate_fields
from .conditions import OPERATORS
from .form_fields import range_problem
from .number_blocks import WholeNumberBlock
from .questions import BUILT_IN_QUESTIONS, CONTENT_KINDS, QUESTION_PREFIX, read_typed_answer
from .registry import field_types
from .types.files import FileFamiliesBlock, FileTypesBlock

BUILT_IN = _("Built-in questions")
SHARED = _("Ticket fields")
OWN = _("Questions on this form only")
CONTENT = _("Content")


class LineBlock(blocks.CharBlock):
    """A text on one line, without control characters and invisible ones."""

    def clean(self, value):
        return super().clean(clean_line(value or ""))


class QuestionPicker(forms.TextInput):
    """An input for the ID of another question, which a script turns into a list of labels."""

    def __init__(self, attrs=None):
        super().__init__({"data-controller": "portal-question-picker", **(attrs or {})})

    @property
    def media(self):
        return forms.Media(js=["wagtail_portal/editor/question-picker.js"])


class OtherQuestionBlock(blocks.CharBlock):
    """The ID of another question, chosen by its label."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # CharBlock has no argument for the widget.
        self.field.widget = QuestionPicker(self.field.widget.attrs)


class ConditionBlock(KeyedStructBlock):
    """When a question is shown."""

    question = OtherQuestionBlock(
        required=False,
        max_length=36,
        label=_("Question"),
        help_text=_("An earlier question on this form. Leave empty to always show the question."),
    )
    operator = blocks.ChoiceBlock(choices=OPERATORS, default="equals", label=_("Condition"))
    value = LineBlock(
        required=False,
        max_length=255,
        label=_("Answer"),
        help_text=_("As customers see it. Separate several answers with commas."),
    )

    class Meta:
        icon = "view"
        label = _("Show only if")
        # Shown beside the label of the closed panel.
        label_format = "{value}"
        collapsed = True


class QuestionBlock(KeyedStructBlock):
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
    show_if = ConditionBlock()

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
    show_if = ConditionBlock()

    class Meta:
        icon = "doc-full-inverse"
        label = _("Attachments")
        description = _("Files, within the limits of the portal settings")
        group = BUILT_IN


class FollowersBlock(QuestionBlock):
    show_if = ConditionBlock()

    class Meta:
        icon = "group"
        label = _("Followers")
        description = _("Teammates who will follow the ticket, by email address")
        group = BUILT_IN


class UrgencyBlock(QuestionBlock):
    required = blocks.BooleanBlock(required=False, label=_("Required"))
    show_if = ConditionBlock()

    class Meta:
        icon = "warning"
        label = _("Urgency")
        description = _("Low, normal, high or urgent")
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


class TicketFieldBlock(QuestionBlock):
    """A question for a ticket field, whose label and other options the form can override."""

    field = SnippetChooserBlock("wagtail_portal.TicketField", label=_("Ticket field"))
    required = blocks.BooleanBlock(required=False, label=_("Required"))
    placeholder = LineBlock(required=False, max_length=120, label=_("Placeholder"))
    default = DefaultBlock(
        help_text=_(
            "As customers would answer; for a choice, its label. Leave empty to use the field’s"
            " default."
        )
    )
    width = WidthBlock()
    show_if = ConditionBlock()

    class Meta:
        icon = "tag"
        label = _("Ticket field")
        description = _("A ticket field of this site, shared between forms")
        group = SHARED

    def clean(self, value):
        value = super().clean(value)
        field = value["field"]
        # A draft may be saved before a field is chosen.
        if field is None or (field.customers_may_set and not field.archived):
            return value
        if field.archived:
            error = gettext("This field is archived. Choose another one.")
        else:
            error = gettext("Only the team can set this field, so a form can’t ask for it.")
        raise blocks.StructBlockValidationError({"field": ValidationError(error)})


class ChoiceItemBlock(blocks.StructBlock):
    label = LineBlock(max_length=120, label=_("Choice"))

    class Meta:
        icon = "list-ul"
        label = _("Choice")


class FormQuestionBlock(KeyedStructBlock):
    """A question on one form only, whose limits have to leave something to answer."""

    def clean(self, value):
        value = super().clean(value)
        for first, last in (("earliest", "latest"), ("least", "most")):
            if problem := range_problem(value.get(first), value.get(last)):
                raise blocks.StructBlockValidationError({last: ValidationError(problem)})
        return value


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
        children.append(("default", DefaultBlock()))
    if field_type.can_be_half_width:
        children.append(("width", WidthBlock()))
    children += field_type.block_options()
    children.append(("show_if", ConditionBlock()))
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

    def clean(self, value):
        value = super().clean(value)
        draft = getattr(self, "is_deferred_validation", False)
        errors = {
            **check_duplicate_fields(value),
            **check_conditions(value, draft=draft),
            **check_defaults(value),
        }
        if errors:
            raise blocks.StreamBlockValidationError(block_errors=errors)
        if not draft and all(child.block_type in CONTENT_KINDS for child in value):
            raise blocks.StreamBlockValidationError(
                non_block_errors=[ValidationError(gettext("Add at least one question."))]
            )
        store_keys(value)
        return value

    def get_form_state(self, value):
        states = super().get_form_state(value)
        show_labels(value or (), states)
        return states


class PresetBlock(KeyedStructBlock):
    """A value for a ticket field of every ticket that the form opens."""

    field = SnippetChooserBlock("wagtail_portal.TicketField", label=_("Ticket field"))
    value = LineBlock(
        max_length=255,
        label=_("Value"),
        help_text=_("As customers see it; for a choice, its label."),
    )

    class Meta:
        icon = "tag"
        label = _("Ticket field")

    def clean(self, value):
        value = super().clean(value)
        # A draft may be saved before it's complete.
        if value["field"] is not None and value["value"]:
            try:
                read_typed_answer(value, "value", value["field"].spec())
            except ValidationError as error:
                raise blocks.StructBlockValidationError({"value": error}) from error
        return value


class PresetBlocks(blocks.StreamBlock):
    """The presets of a form."""

    preset = PresetBlock()

    def clean(self, value):
        value = super().clean(value)
        errors, seen = {}, set()
        for index, child in enumerate(value):
            if (field := child.value["field"]) and field.pk in seen:
                text = gettext("“%(field)s” already has a preset value.") % {"field": field.label}
                error = {"field": ValidationError(text)}
                errors[index] = blocks.StructBlockValidationError(error)
            elif field:
                seen.add(field.pk)
        if errors:
            raise blocks.StreamBlockValidationError(block_errors=errors)
        store_keys(value)
        return value

    def get_form_state(self, value):
        states = super().get_form_state(value)
        show_labels(value or (), states)
        return states
