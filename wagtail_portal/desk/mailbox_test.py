"""The page that tests incoming email, step by step."""

from django.shortcuts import redirect, render
from django.urls import path, reverse
from wagtail.admin.panels import Panel
from wagtail.contrib.settings.views import EditView

from wagtail_portal import actions
from wagtail_portal.models import MailboxTest, PortalSettings
from wagtail_portal.permissions import Actor

NAMES = [PortalSettings._meta.app_label, PortalSettings._meta.model_name]


class MailboxTestPanel(Panel):
    """A link to the test."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_portal/desk/mailbox_test_link.html"

        @property
        def url(self) -> str:
            """The URL of the test of this portal."""
            return reverse("wagtail_portal_mailbox_test", args=[self.instance.site_id])


class MailboxTestView(EditView):
    """Shows the steps of the last test, for those who may edit the portal settings. Buttons begin a
    new one, or look again."""

    def setup(self, request, site, **kwargs):
        super().setup(request, *NAMES, pk=site)

    def run_before_hook(self):
        return None

    def get(self, request, *args, **kwargs):
        test = MailboxTest.objects.filter(site=self.site).first()
        context = {
            "portal": self.object,
            "steps": actions.mailbox_steps(self.site),
            "test": test,
            "can_begin": bool(self.object.incoming_address),
            "settings_url": reverse("wagtailsettings:edit", args=[*NAMES, self.site.pk]),
        }
        return render(request, "wagtail_portal/desk/mailbox_test.html", context)

    def post(self, request, *args, **kwargs):
        by = Actor.for_agent(request.user)
        test = MailboxTest.objects.filter(site=self.site).select_related("site").first()
        if request.POST.get("do") == "again" and test is not None:
            actions.look_again(test, by=by)
        else:
            actions.begin_mailbox_test(self.site, by=by)
        return redirect("wagtail_portal_mailbox_test", self.site.pk)


admin_urls = [
    path(
        "portal/settings/<int:site>/mailbox/",
        MailboxTestView.as_view(),
        name="wagtail_portal_mailbox_test",
    )
]
