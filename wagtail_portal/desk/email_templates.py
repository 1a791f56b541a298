"""Email templates in the Wagtail admin, with a preview."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList

from wagtail_portal.fields.translations import content_languages
from wagtail_portal.models import EmailTemplate

from .viewsets import DeskViewSet


class EmailTemplateForm(WagtailAdminModelForm):
    """Offers the site's languages, which the model's migrations don't know."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"] = forms.ChoiceField(
                label=self.fields["language"].label, choices=content_languages
            )


class EmailTemplateViewSet(DeskViewSet):
    """A template per event and language. Without one, the built-in text is sent."""

    model = EmailTemplate
    icon = "edit"
    menu_label = _("Email templates")
    inspect_view_fields = ["site", "event", "language", "subject", "text"]
    list_display = ["__str__", "subject"]
    edit_handler = ObjectList(
        [
            FieldPanel("site"),
            FieldRowPanel([FieldPanel("event"), FieldPanel("language")]),
            FieldPanel("subject"),
            FieldPanel("text"),
        ],
        base_form_class=EmailTemplateForm,
    )
