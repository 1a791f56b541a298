"""A page that says what the retention settings would delete, before they're saved."""

from django import forms
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import Panel
from wagtail.models import Site

from wagtail_portal.models import PortalSettings, Retention

from .views import DeskPage

#: Tickets that are counted; more cost too much time.
MOST = 10_000


class RetentionPreviewPanel(Panel):
    """A link to the preview."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/desk/retention_link.html"

        @property
        def url(self) -> str:
            """The URL of the preview for the site whose settings these are."""
            return reverse("wagtail_portal_retention", args=[self.instance.site_id])


class RetentionForm(forms.ModelForm):
    """The settings to try out, which aren't saved."""

    class Meta:
        model = PortalSettings
        fields = ["attachments_months", "log_months", "anonymize_months", "delete_months"]


class RetentionPreview(DeskPage):
    """Counts the tickets that would be changed."""

    permission_required = "wagtail_portal.change_portalsettings"
    page_title = _("What would be deleted")
    header_icon = "bin"

    @property
    def settings_url(self) -> str:
        """The URL of the portal settings."""
        args = ["wagtail_portal", "portalsettings", self.kwargs["site"]]
        return reverse("wagtailsettings:edit", args=args)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": self.settings_url, "label": gettext("Portal settings")},
            {"url": "", "label": self.get_page_title()},
        ]

    def get(self, request, site):
        settings = PortalSettings.for_site(get_object_or_404(Site, pk=site))
        form = RetentionForm(request.GET or None, instance=settings)
        context = self.get_context_data(form=form, settings_url=self.settings_url, most=MOST)
        if not form.is_bound or form.is_valid():
            rules = Retention(settings)
            context["effects"] = [
                (gettext("Tickets whose attachments are deleted"), _count(rules.with_old_files())),
                (gettext("Tickets whose history is deleted"), _count(rules.with_old_history())),
                (gettext("Tickets that are anonymised"), _count(rules.to_anonymize())),
                (gettext("Tickets that are deleted"), _count(rules.to_delete())),
            ]
        return render(request, "wagtail_portal/desk/retention.html", context)


def _count(tickets) -> int:
    """Return how many tickets there are, one more than ``MOST`` at most."""
    return tickets.order_by()[: MOST + 1].count()


admin_urls = [
    path(
        "portal/retention/<int:site>/",
        RetentionPreview.as_view(),
        name="wagtail_portal_retention",
    )
]
