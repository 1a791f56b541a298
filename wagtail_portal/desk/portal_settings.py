"""The form for the portal settings of a site."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
)

from wagtail_portal.fields.file_types import family_choices
from wagtail_portal.fields.form_fields import WholeNumbersMixin
from wagtail_portal.models import PortalSettings, time_zone_choices
from wagtail_portal.portal_urls import form_pages
from wagtail_portal.utils.strict import StrictFormMixin

from .designated_fields import DesignatedFieldsPanel, add_other_fields, with_stored_rows
from .first_steps.views import TabsBelowFirstSteps
from .mailbox_test import MailboxTestPanel
from .retention import RetentionPreviewPanel
from .role_warnings import NoAccessPanel, RoleSelect
from .settings_history import HistoryPanel
from .viewsets import TranslationsPanel


class PortalSettingsForm(WholeNumbersMixin, StrictFormMixin, WagtailAdminModelForm):
    """Refuses to designate a field twice, with an error at the second row."""

    attachment_families = forms.MultipleChoiceField(
        label=_("Kinds of files"),
        required=False,
        choices=family_choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data=None, *args, instance=None, **kwargs):
        data = with_stored_rows(data, instance or PortalSettings())
        super().__init__(data, *args, instance=instance, **kwargs)
        add_other_fields(self.formsets["designated_fields"])

    def clean(self):
        data = super().clean()
        names = ("attachment_families", "attachment_types")
        if not any(data.get(name) or name in self.errors for name in names):
            text = gettext("Choose at least one kind of file, or enter file types.")
            self.add_error("attachment_families", text)
        return data

    def is_valid(self):
        """Validate the rows together as well, which needs the formset."""
        valid = super().is_valid()
        rows = self.formsets.get("designated_fields")
        seen = set()
        for form in rows.forms if rows is not None and self.is_bound else ():
            data = getattr(form, "cleaned_data", {})
            name = "ticket_field" if data.get("ticket_field") else "builtin"
            key = (name, data.get(name))
            if form in rows.deleted_forms or not key[1]:
                continue
            if key in seen and not form.errors:
                form.add_error(name, gettext("This field is already in the list."))
                valid = False
            seen.add(key)
        return valid


class ColourInput(forms.TextInput):
    """The browser's color picker."""

    input_type = "color"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        # HTML doesn't allow these on a color input, which always has a value.
        for attribute in ("maxlength", "required"):
            context["widget"]["attrs"].pop(attribute, None)
        return context


class ZoneSelect(forms.Select):
    """All time zones. In the model, each new one would need a migration."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        # From the model's text field.
        context["widget"]["attrs"].pop("maxlength", None)
        return context

    def optgroups(self, name, value, attrs=None):
        self.choices = time_zone_choices()
        return super().optgroups(name, value, attrs)


class FormSelect(forms.Select):
    """The published forms of all portals."""

    def optgroups(self, name, value, attrs=None):
        forms_of_portals = form_pages().live().values_list("pk", "title")
        self.choices = [("", "---------"), *forms_of_portals]
        return super().optgroups(name, value, attrs)


appearance = [
    FieldPanel("portal_name"),
    MultiFieldPanel([FieldPanel("logo"), FieldPanel("favicon")], heading=_("Images")),
    MultiFieldPanel(
        [
            FieldPanel("accent_colour", widget=ColourInput),
            FieldPanel("theme"),
            FieldPanel("corners"),
        ],
        heading=_("Colours and corners"),
    ),
    HistoryPanel(),
    InlinePanel(
        "header_links",
        [
            FieldPanel("label"),
            TranslationsPanel(),
            FieldRowPanel([FieldPanel("page"), FieldPanel("url")]),
        ],
        heading=_("Header links"),
        label=_("Link"),
        help_text=_(
            "Shown at the top of every page, for example to your website, docs or status page."
        ),
    ),
]

texts = [
    FieldPanel("welcome_text"),
    FieldPanel("sign_in_text"),
    FieldPanel("footer"),
    TranslationsPanel(),
]

support_hours = [
    InlinePanel(
        "support_hours",
        [FieldRowPanel([FieldPanel("days"), FieldPanel("opens"), FieldPanel("closes")])],
        heading=_("Support hours"),
        label=_("Opening times"),
        help_text=_(
            "Outside these hours, customers see when you’ll be back. Leave empty to show "
            "nothing. A closing time of 00:00 means midnight."
        ),
    ),
    FieldPanel("support_zone", widget=ZoneSelect),
]

tickets = [
    DesignatedFieldsPanel(
        heading=_("What customers see"),
        label=_("Field"),
        help_text=_(
            "Fields without a tick are visible to the team only. Customers can always filter by "
            "status, requester, form and date."
        ),
    ),
    MultiFieldPanel(
        [
            FieldPanel("tab_needs_reply"),
            FieldPanel("tab_open"),
            FieldPanel("tab_closed"),
            FieldPanel("tab_members"),
        ],
        heading=_("Visible tabs"),
        help_text=_("In addition to the tab with all tickets, which is always shown."),
    ),
    FieldPanel("show_other_sites"),
    FieldPanel("months_shown"),
    FieldPanel("reopen_days"),
    FieldPanel("ask_satisfaction"),
    FieldPanel("assign_on_reply"),
]

attachments = [
    FieldPanel("attachment_max_mb"),
    FieldPanel("attachment_max_number"),
    FieldPanel("attachment_families"),
    FieldPanel("attachment_types"),
]

members = [
    FieldPanel("default_role", widget=RoleSelect),
    NoAccessPanel("default_role", _("New members won’t have access to the portal.")),
    FieldPanel("strangers_may_join"),
    MultiFieldPanel(
        [FieldPanel("customers_invite"), FieldPanel("invitation_days")], heading=_("Invitations")
    ),
    FieldPanel("customers_share"),
]

emails = [
    FieldPanel("sender_name"),
    FieldPanel("sender_address"),
    FieldPanel("reply_address"),
    FieldPanel("team_address"),
    FieldPanel("emails_without_content"),
    MultiFieldPanel(
        [
            FieldPanel("incoming_address"),
            MailboxTestPanel(),
            FieldPanel("unknown_senders"),
            FieldPanel("agents_reply_by_email"),
            FieldPanel("incoming_form", widget=FormSelect),
            FieldRowPanel([FieldPanel("incoming_status"), FieldPanel("incoming_group")]),
            FieldPanel("blocked_senders"),
        ],
        heading=_("Incoming email"),
    ),
    InlinePanel(
        "incoming_addresses",
        [
            FieldPanel("address"),
            FieldPanel("form", widget=FormSelect),
            FieldRowPanel([FieldPanel("status"), FieldPanel("group")]),
            FieldPanel("unknown_senders"),
        ],
        heading=_("Further addresses for incoming email"),
        label=_("Address"),
        help_text=_(
            "New tickets can get different settings, depending on the address customers write to."
        ),
    ),
]

retention = [
    MultiFieldPanel(
        [
            FieldPanel("attachments_months"),
            FieldPanel("log_months"),
            FieldPanel("anonymize_months"),
            FieldPanel("delete_months"),
        ],
        heading=_("Closed tickets"),
        help_text=_(
            "Counted from the day on which a ticket was closed. Leave empty to keep everything. "
            "Organizations under legal hold are left out. This can’t be undone."
        ),
    ),
    RetentionPreviewPanel(),
]

edit_handler = TabsBelowFirstSteps(
    [
        ObjectList(appearance, heading=_("Appearance")),
        ObjectList(texts, heading=_("Texts")),
        ObjectList(support_hours, heading=_("Support hours")),
        ObjectList(tickets, heading=_("Tickets")),
        ObjectList(attachments, heading=_("Attachments")),
        ObjectList(members, heading=_("Members")),
        ObjectList(emails, heading=_("Emails")),
        ObjectList(retention, heading=_("Retention")),
    ],
    base_form_class=PortalSettingsForm,
)
