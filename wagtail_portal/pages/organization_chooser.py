"""A chooser for organizations in the page editor, for editors who may see them.

Wagtail's own choosers show titles to everyone in the admin, but not every editor may know who the
customers are.
"""

from django import forms
from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.panels import FieldPanel
from wagtail.admin.viewsets.chooser import ChooserViewSet

from wagtail_portal.fields.basic_blocks import SameInAllLanguages
from wagtail_portal.models import Organization
from wagtail_portal.permissions import organizations_for_team
from wagtail_portal.utils import markup
from wagtail_portal.utils.strict import StrictChooserMixin

VIEW = "wagtail_portal.view_organization"


class OrganizationFilterForm(BaseFilterForm):
    """Search names and external IDs."""

    q = forms.CharField(label=_("Search term"), required=False, max_length=100)

    def filter(self, objects):
        words = markup.clean_line(self.cleaned_data["q"])
        if words:
            objects = objects.filter(Q(name__icontains=words) | Q(external_id__icontains=words))
            self.is_searching, self.search_query = True, words
        return objects


class OrganizationChooserViewSet(StrictChooserMixin, ChooserViewSet):
    """Registered with the admin; nothing is created here."""

    model = Organization
    icon = "group"
    choose_one_text = _("Choose an organization")
    choose_another_text = _("Choose another organization")
    edit_item_text = _("Edit this organization")
    per_page = 20

    def rows_for(self, user):
        """Return the organizations that the user may know of, except the one of visitors."""
        return organizations_for_team(user).filter(key=None).order_by("name", "pk")

    def get_common_view_kwargs(self, **kwargs):
        return super().get_common_view_kwargs(filter_form_class=OrganizationFilterForm, **kwargs)

    def construct_view(self, view_class, **kwargs):
        view = super().construct_view(view_class, **kwargs)
        return permission_required(VIEW, raise_exception=True)(view)


organization_chooser = OrganizationChooserViewSet("wagtail_portal_organization_chooser")


OrganizationChooserBlock = organization_chooser.get_block_class(
    name="OrganizationChooserBlock", module_path=__name__
)


class AudienceChooserBlock(SameInAllLanguages, OrganizationChooserBlock):  # type: ignore[misc, valid-type]
    """An organization. Translators may not know its name."""


class OrganizationBlocks(blocks.StreamBlock):
    """Several organizations."""

    organization = AudienceChooserBlock(label=_("Organization"))


def may_see_organizations(user) -> bool:
    """Return whether an editor may know who the customers are."""
    return user is not None and user.has_perm(VIEW)


def organization_count_text(number: int) -> str:
    """Return how many organizations there are, for editors who may not see which."""
    if not number:
        return gettext("For customers from all organizations.")
    text = ngettext(
        "Only for %(number)d organization. You don’t have permission to see which.",
        "Only for %(number)d organizations. You don’t have permission to see which.",
        number,
    )
    return text % {"number": number}


class OrganizationsPanel(FieldPanel):
    """The organizations of a form. Editors who may not see them see their number, and can't change
    them."""

    def __init__(self, field_name, **kwargs):
        super().__init__(field_name, **{**kwargs, "permission": VIEW})

    def clone_kwargs(self):
        return {key: value for key, value in super().clone_kwargs().items() if key != "permission"}

    class BoundPanel(FieldPanel.BoundPanel):
        @property
        def _is_hidden(self) -> bool:
            return self.form is not None and self.field_name not in self.form.fields

        def is_shown(self):
            return self._is_hidden or super().is_shown()

        @property
        def template_name(self):
            if self._is_hidden:
                return "wagtail_portal/editor/organizations_hidden.html"
            return super().template_name

        def get_context_data(self, parent_context=None):
            if not self._is_hidden:
                return super().get_context_data(parent_context)
            return {"text": organization_count_text(len(self.instance.for_organizations.raw_data))}

        def get_comparison(self):
            # A comparison would name them.
            if self.request is None or not may_see_organizations(self.request.user):
                return []
            return super().get_comparison()
