"""Erasing a person, in the admin: a page that says what will happen, then a button."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.panels import HelpPanel
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from wagtail_portal.actions import erase_member, why_not_erased
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Member, Message, Ticket, is_erased
from wagtail_portal.permissions import Actor, Verb

NAMESPACE = "wagtailsnippets_wagtail_portal_member"


class MemberFactsPanel(HelpPanel):
    """Who the member is, and where the person is erased."""

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context=None):
            context = super().get_context_data(parent_context)
            user = getattr(self.request, "user", None)
            may = user is not None and user.has_perm(Verb.DELETE_MEMBER)
            if may and self.instance.pk and not is_erased(self.instance.user):
                context["erase_url"] = reverse(f"{NAMESPACE}:erase", args=[self.instance.pk])
            return context


class EraseForm(forms.Form):
    """What becomes of what they wrote."""

    texts = forms.ChoiceField(
        label=_("Messages and attachments"),
        choices=[
            ("keep", _("Keep them, without the person’s name and email address")),
            ("remove", _("Delete them")),
        ],
        widget=forms.RadioSelect,
    )


class EraseView(WagtailAdminTemplateMixin, FormView):
    """One of the team with the right to delete members."""

    template_name = "wagtail_portal/desk/erase.html"
    page_title = _("Erase person")
    header_icon = "user"
    form_class = EraseForm
    _show_breadcrumbs = True

    def dispatch(self, request, *args, **kwargs):
        if not request.user.has_perm(Verb.DELETE_MEMBER):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def member(self) -> Member:
        """Whose address it is."""
        found = Member.objects.select_related("user", "organization")
        return get_object_or_404(found, pk=self.kwargs["pk"])

    def get_page_subtitle(self):
        return self.member.name

    def get_breadcrumbs_items(self):
        listing = {"url": reverse(f"{NAMESPACE}:list"), "label": gettext("Members")}
        return [*super().get_breadcrumbs_items(), listing, {"url": "", "label": self.member.name}]

    def get_context_data(self, **kwargs):
        user = self.member.user
        members = list(Member.objects.filter(user=user).select_related("organization"))
        context = {
            "member": self.member,
            "refusal": why_not_erased(user),
            "is_erased": is_erased(user),
            "organizations": [row.organization.name for row in members],
            "tickets": Ticket.objects.filter(requester__in=members).count(),
            "messages_number": Message.objects.filter(author=user, from_team=False).count(),
            "back_url": reverse(f"{NAMESPACE}:edit", args=[self.member.pk]),
        }
        return {**super().get_context_data(**kwargs), **context}

    def form_valid(self, form):
        remove = form.cleaned_data["texts"] == "remove"
        if is_erased(self.member.user):
            # The button was pressed twice.
            return redirect(f"{NAMESPACE}:list")
        try:
            erase_member(self.member, by=Actor.for_agent(self.request.user), remove_texts=remove)
        except Invalid as error:
            messages.error(self.request, " ".join(map(str, error.errors.values())))
            return redirect(self.request.path)
        messages.success(self.request, gettext("The person’s data was erased."))
        return redirect(f"{NAMESPACE}:list")


def keep_requesters(request, user):
    """Refuse to delete a user who has opened tickets, before Wagtail does it."""
    if not Ticket.objects.filter(requester__user=user).exists():
        return None
    messages.error(
        request,
        gettext(
            "This user has opened tickets and can’t be deleted. Make the user inactive instead."
        ),
    )
    return redirect("wagtailusers_users:edit", user.pk)
