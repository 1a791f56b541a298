"""Blocks of the page editor that only some organizations see.

Not every editor may know which organizations they are, and a block doesn't know its editor. So the
block's field shows only their number, and holds a signed copy that is sent back. The form knows the
editor, and replaces the field by a chooser (:class:`OrganizationAudienceForm`).
"""

import copy
import json
from functools import cache

from django import forms
from django.core import signing
from wagtail import blocks
from wagtail.admin.compare import StreamFieldComparison
from wagtail.admin.panels import FieldPanel

from wagtail_portal.models import Organization
from wagtail_portal.pages.organization_chooser import (
    OrganizationBlocks,
    may_see_organizations,
    organization_count_text,
)
from wagtail_portal.utils.strict import StrictBlockWidget, StrictFormMixin

SALT = "wagtail_portal.organization_audience"
#: An organization that doesn't exist, so that a broken value is shown to no one.
CLOSED: list[dict] = [{"type": "organization", "value": None, "id": "closed"}]


def organization_ids(raw) -> list[int | None]:
    """Return primary keys from a stored value, even of deleted organizations; [] means all."""
    return [row["value"] for row in (CLOSED if raw is None else raw)]


class HiddenOrganizationsInput(forms.TextInput):
    """Hold the signed organizations; a script shows their number."""

    def __init__(self, attrs=None):
        super().__init__({"data-controller": "portal-hidden-organizations", **(attrs or {})})

    @property
    def media(self):
        return forms.Media(js=["wagtail_portal/editor/hidden-organizations.js"])


def to_hidden_value(raw: list) -> str:
    """Return the value of the hidden field: a text for the editor and a signed copy."""
    text = organization_count_text(len(raw))
    return json.dumps({"text": text, "signed": signing.dumps(raw, salt=SALT)})


def from_hidden_value(sent: str | None) -> list | None:
    """Return the organizations of a hidden field; None if it wasn't sent."""
    if not sent:
        return None
    try:
        return signing.loads(json.loads(sent)["signed"], salt=SALT)
    except (ValueError, KeyError, TypeError, signing.BadSignature):
        return CLOSED


class HiddenOrganizationsBlock(blocks.FieldBlock):
    """The organizations, for editors who may not see them.

    The value is the raw value of
    :class:`~wagtail_portal.pages.organization_chooser.OrganizationBlocks`, so that
    rendering a page needs no query for organizations.
    """

    def __init__(self, help_text=None, **kwargs):
        widget = HiddenOrganizationsInput()
        self.field = forms.CharField(required=False, help_text=help_text, widget=widget)
        super().__init__(**kwargs)

    def get_default(self):
        return []

    def value_for_form(self, value):
        return to_hidden_value(CLOSED if value is None else value)

    def value_from_form(self, value):
        return from_hidden_value(value)

    def clean(self, value):
        return value

    def render_basic(self, value, context=None):
        return organization_count_text(len(organization_ids(value)))

    def extract_references(self, value):
        """Let the usage page of an organization list the page."""
        for pk in organization_ids(value):
            if pk is not None:
                yield Organization, str(pk), "", ""

    class Meta:
        icon = "group"


class ShownOrganizationsBlock(OrganizationBlocks):
    """The organizations, for editors who choose them."""

    def value_from_datadict(self, data, files, prefix):
        if not self.value_omitted_from_data(data, files, prefix):
            return super().value_from_datadict(data, files, prefix)
        # The editor got the permission after opening the form.
        raw = from_hidden_value(data.get(prefix))
        return None if raw is None else self.to_python(raw)

    def clean(self, value):
        return None if value is None else super().clean(value)

    def get_prep_value(self, value):
        return None if value is None else super().get_prep_value(value)


def _hidden_in(block) -> dict:
    children = getattr(block, "child_blocks", {})
    return {
        name: child
        for name, child in children.items()
        if isinstance(child, HiddenOrganizationsBlock)
    }


def with_chooser(stream: blocks.StreamBlock) -> blocks.StreamBlock:
    """Return the same blocks for an editor who may see the organizations."""
    stream = copy.copy(stream)
    stream.child_blocks = stream.child_blocks.copy()
    for kind, block in stream.child_blocks.items():
        if hidden := _hidden_in(block):
            block = stream.child_blocks[kind] = copy.copy(block)
            block.child_blocks = block.child_blocks.copy()
            for name, child in hidden.items():
                shown = ShownOrganizationsBlock(
                    required=False, label=child.label, help_text=child.field.help_text
                )
                shown.set_name(name)
                block.child_blocks[name] = shown
    return stream


class OrganizationAudienceForm(StrictFormMixin):
    """Mix into the form of a page whose :attr:`audience_field` has such blocks."""

    audience_field = "content"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.audience_field in self.fields and may_see_organizations(self.for_user):
            field = self.fields[self.audience_field]
            field.block = with_chooser(field.block)
            field.widget = StrictBlockWidget(field.block)
            value = self.initial.get(self.audience_field)
            self.initial[self.audience_field] = in_blocks(field.block, value)

    def clean(self):
        cleaned = super().clean()
        if self.audience_field in self.cleaned_data:
            value = self.cleaned_data[self.audience_field]
            self.cleaned_data[self.audience_field] = self._as_stored(value)
        return cleaned

    def _as_stored(self, value):
        """Return the value in the model's blocks. Organizations that weren't sent don't change."""
        field = self._meta.model._meta.get_field(self.audience_field)
        rows = value.get_prep_value()
        before = {
            row["id"]: row["value"]
            for row in getattr(self.instance, self.audience_field).get_prep_value()
        }
        for row in rows:
            for name in _hidden_in(field.stream_block.child_blocks[row["type"]]):
                if row["value"][name] is None:
                    row["value"][name] = before.get(row["id"], {}).get(name, [])
        return field.to_python(rows)


def in_blocks(stream: blocks.StreamBlock, value):
    """Convert a value from the other kind of blocks."""
    return stream.to_python(value.get_prep_value() if value else [])


@cache
def form_class_with_audience(form_class):
    """Return ``form_class`` with :class:`OrganizationAudienceForm` mixed in."""
    if issubclass(form_class, OrganizationAudienceForm):
        return form_class
    return type(form_class)(form_class.__name__, (OrganizationAudienceForm, form_class), {})


class ComparisonWithNames(StreamFieldComparison):
    """Compare two revisions for an editor who may see the organizations."""

    def htmldiff(self):
        shown = with_chooser(self.field.stream_block)
        self.val_a, self.val_b = in_blocks(shown, self.val_a), in_blocks(shown, self.val_b)
        self.field = copy.copy(self.field)
        self.field.stream_block = shown
        return super().htmldiff()


class OrganizationAudiencePanel(FieldPanel):
    """The panel of a field with such blocks."""

    class BoundPanel(FieldPanel.BoundPanel):
        def get_comparison(self):
            if self.request is None or not may_see_organizations(self.request.user):
                return super().get_comparison()
            return [lambda a, b: ComparisonWithNames(self.panel.db_field, a, b)]
