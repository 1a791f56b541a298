"""The blocks from which editors build a form."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from .block_checks import check_conditions, check_defaults, same_field_twice
from .conditions import OPERATORS
from .files import validate_extensions
from .questions import CONTENT_KINDS
from .registry import QUESTION_PREFIX, field_types

BUILT_IN = _("Built-in questions")
SHARED = _("Ticket fields")
OWN = _("Questions on this form only")
CONTENT = _("Content")


class WholeStructBlock(blocks.StructBlock):
    """A struct block whose values, made in Python or stored, may leave out what has a default."""

    def normalize(self, value):
        if not isinstance(value, self.meta.value_class):
            defaults = {name: child.get_default() for name, child in self.child_blocks.items()}
            value = {**defaults, **value}
        return super().normalize(value)


class QuestionPicker(forms.TextInput):
    """Hold the ID of another question; a script lists the earlier ones by their labels."""

    def __init__(self, attrs=None):
        super().__init__({"data-controller": "portal-question-picker", **(attrs or {})})

    @property
    def media(self):
        return forms.Media(js=["wagtail_portal/editor/question-picker.js"])


class OtherQuestionBlock(blocks.CharBlock):
    """The ID of another question, picked by its label."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # A CharBlock takes no widget.
        self.field.widget = QuestionPicker(self.field.widget.attrs)


class ConditionBlock(WholeStructBlock):
    """When a question is shown."""

    question = OtherQuestionBlock(
        required=False,
        max_length=36,
        label=_("Question"),
        help_text=_("An earlier question on this form. Leave empty to always show the question."),
    )
    operator = blocks.ChoiceBlock(choices=OPERATORS, default="equals", label=_("Condition"))
    value = blocks.CharBlock(
        required=False,
        max_length=255,
        label=_("Answer"),
        help_text=_("As customers see it. Separate several answers with commas."),
    )

    class Meta:
        icon = "view"
        label = _("Show only if")
        # Beside the label of the closed panel; nothing for a question that is always shown.
        label_format = "{value}"
        collapsed = True


class QuestionBlock(WholeStructBlock):
    """What all questions have, all of it optional for built-in questions."""

    label = blocks.CharBlock(
        required=False,
        max_length=120,
        label=_("Label"),
        help_text=_("Leave empty to use the field’s own label."),
    )
    help_text = blocks.CharBlock(required=False, max_length=300, label=_("Help text"))


class SubjectBlock(QuestionBlock):
    placeholder = blocks.CharBlock(required=False, max_length=120, label=_("Placeholder"))

    class Meta:
        icon = "title"
        label = _("Subject")
        description = _("The ticket’s subject, always required")
        group = BUILT_IN


class DescriptionBlock(QuestionBlock):
    required = blocks.BooleanBlock(required=False, default=True, label=_("Required"))
    placeholder = blocks.CharBlock(required=False, max_length=120, label=_("Placeholder"))
    show_if = ConditionBlock()

    class Meta:
        icon = "comment"
        label = _("Description")
        description = _("The first message of the conversation. Supports Markdown.")
        group = BUILT_IN


class AttachmentsBlock(QuestionBlock):
    required = blocks.BooleanBlock(required=False, label=_("Required"))
    max_number = blocks.IntegerBlock(
        required=False,
        min_value=1,
        max_value=50,
        label=_("Maximum number of files"),
        help_text=_("Within the limits of the portal settings."),
    )
    max_mb = blocks.IntegerBlock(required=False, min_value=1, label=_("Maximum file size (MB)"))
    types = blocks.CharBlock(
        required=False,
        max_length=255,
        label=_("File types"),
        help_text=_("File extensions separated by spaces, for example “pdf png”."),
        validators=[validate_extensions],
    )
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
    """How much of the line a question takes."""

    def __init__(self, **kwargs):
        choices = [("full", _("Full width")), ("half", _("Half width"))]
        super().__init__(choices=choices, default="full", label=_("Width"), **kwargs)


class DefaultBlock(blocks.CharBlock):
    """An answer as customers would give it."""

    def __init__(self, **kwargs):
        super().__init__(
            **{
                "required": False,
                "max_length": 255,
                "label": _("Default"),
                "help_text": _("As customers would answer; for a choice, its label."),
                **kwargs,
            }
        )


class TicketFieldBlock(QuestionBlock):
    """A question for a ticket field, with label, help text, required and default of this form."""

    field = SnippetChooserBlock("wagtail_portal.TicketField", label=_("Ticket field"))
    required = blocks.BooleanBlock(required=False, label=_("Required"))
    placeholder = blocks.CharBlock(required=False, max_length=120, label=_("Placeholder"))
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
        if field is None:
            # A draft may be saved before it was chosen.
            return value
        if field.archived or not field.customers_may_set:
            reason = (
                gettext("This field is archived. Choose another one.")
                if field.archived
                else gettext("Only the team can set this field, so a form can’t ask for it.")
            )
            raise blocks.StructBlockValidationError({"field": ValidationError(reason)})
        return value


class ChoiceItemBlock(blocks.StructBlock):
    label = blocks.CharBlock(max_length=120, label=_("Choice"))

    class Meta:
        icon = "list-ul"
        label = _("Choice")


def own_question_block(field_type) -> blocks.StructBlock:
    """Return the block for a question of this form alone, of ``field_type``."""
    children = [
        ("label", blocks.CharBlock(max_length=120, label=_("Question"))),
        ("help_text", blocks.CharBlock(required=False, max_length=300, label=_("Help text"))),
        ("required", blocks.BooleanBlock(required=False, label=_("Required"))),
    ]
    if field_type.has_choices:
        choices = blocks.ListBlock(ChoiceItemBlock(), min_num=1, label=_("Choices"))
        children.append(("choices", choices))
    if not field_type.has_choices and field_type.can_be_typed:
        placeholder = blocks.CharBlock(required=False, max_length=120, label=_("Placeholder"))
        children.append(("placeholder", placeholder))
    if field_type.can_be_typed:
        children.append(("default", DefaultBlock()))
    if field_type.can_be_half_width:
        children.append(("width", WidthBlock()))
    children += field_type.block_options()
    children.append(("show_if", ConditionBlock()))
    return WholeStructBlock(
        children,
        icon=field_type.icon,
        label=field_type.label,
        group=OWN,
        description=field_type.description,
    )


class PageLinkBlock(WholeStructBlock):
    """A page that may already answer the question."""

    page = blocks.PageChooserBlock(label=_("Page"))
    text = blocks.CharBlock(
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
    """Everything that a form can hold. Made from the registry, so that it includes new field
    types."""

    subject = SubjectBlock()
    description = DescriptionBlock()
    attachments = AttachmentsBlock()
    followers = FollowersBlock()
    urgency = UrgencyBlock()
    ticket_field = TicketFieldBlock()
    heading = blocks.CharBlock(
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
    step = blocks.CharBlock(
        icon="arrow-right-full",
        label=_("Step break"),
        group=CONTENT,
        description=_("The questions that follow are on a new step with this title"),
        max_length=80,
    )

    def __init__(self, local_blocks=None, **kwargs):
        own = [
            (f"{QUESTION_PREFIX}{key}", own_question_block(field_type))
            for key, field_type in field_types().items()
        ]
        super().__init__([*own, *(local_blocks or [])], **kwargs)

    class Meta:
        block_counts = {
            name: {"max_num": 1}
            for name in ("subject", "description", "attachments", "followers", "urgency")
        }

    @cached_property
    def question_names(self) -> set[str]:
        """Names of the blocks that ask for something."""
        return set(self.child_blocks) - set(CONTENT_KINDS)

    def clean(self, value):
        value = super().clean(value)
        draft = getattr(self, "is_deferred_validation", False)
        errors = {
            **same_field_twice(value),
            **check_conditions(value, draft=draft),
            **check_defaults(value),
        }
        if errors:
            raise blocks.StreamBlockValidationError(block_errors=errors)
        asks = any(child.block_type in self.question_names for child in value)
        if not asks and not draft:
            raise blocks.StreamBlockValidationError(
                non_block_errors=[ValidationError(gettext("Add at least one question."))]
            )
        return value
