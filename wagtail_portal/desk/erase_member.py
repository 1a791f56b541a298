"""Erase a person: a page that says what will happen, and its button."""

from django import forms
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.panels import HelpPanel

from wagtail_portal.actions import begin_erasure, continue_erasure, why_not_erased
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Erasure, Member, Message, Ticket, addresses_of, is_erased
from wagtail_portal.permissions import Actor, Verb, members_for_team

from .failing_addresses import failing_notes
from .progress import ProgressView
from .tasks import continue_soon, run_erasure
from .views import DeskPage

#: Tickets that are searched through while the agent waits.
AT_ONCE = 200

NAMESPACE = "wagtailsnippets_wagtail_portal_member"


class MemberDetailsPanel(HelpPanel):
    """The member's name, addresses and organization, with buttons to erase the person, and to merge
    two accounts of theirs."""

    class BoundPanel(HelpPanel.BoundPanel):
        def get_context_data(self, parent_context=None):
            context = super().get_context_data(parent_context)
            user = getattr(self.request, "user", None)
            if not self.instance.pk or user is None or is_erased(self.instance.user):
                return context
            context["addresses"] = addresses_of(self.instance.user)
            context["failing"] = failing_notes(context["addresses"])
            actor = Actor.for_agent(user)
            if actor.may(Verb.DELETE_MEMBER) and actor.acts_for(self.instance.organization):
                context["erase_url"] = reverse(f"{NAMESPACE}:erase", args=[self.instance.pk])
                if actor.may(Verb.CHANGE_MEMBER):
                    context["merge_url"] = reverse(f"{NAMESPACE}:merge", args=[self.instance.pk])
            return context


class EraseForm(forms.Form):
    """What to do with what the person wrote."""

    texts = forms.ChoiceField(
        label=_("Messages and attachments"),
        choices=[
            ("keep", _("Keep them, without the person’s name and email address")),
            ("remove", _("Delete them")),
        ],
        widget=forms.RadioSelect,
    )


class EraseView(DeskPage, FormView):
    """Erases a person, in all their organizations."""

    permission_required = Verb.DELETE_MEMBER
    model = Member
    template_name = "wagtail_portal/desk/erase.html"
    page_title = _("Erase person")
    header_icon = "user"
    form_class = EraseForm

    @cached_property
    def member(self) -> Member:
        """A membership of the person."""
        member = get_object_or_404(members_for_team(self.request.user), pk=self.kwargs["pk"])
        if not self.actor.acts_for(member.organization):
            raise Http404
        return member

    def get_page_subtitle(self):
        return self.member.name

    def get_context_data(self, **kwargs):
        user = self.member.user
        members = list(members_for_team(self.request.user).filter(user=user))
        context = {
            "member": self.member,
            "refusal": why_not_erased(user, by=self.actor),
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
            return redirect(self.list_url)
        try:
            with transaction.atomic():
                erasure = begin_erasure(self.member, by=self.actor, remove_texts=remove)
                if not self.is_quick:
                    continue_soon(run_erasure, erasure)
        except Invalid as error:
            messages.error(self.request, " ".join(map(str, error.errors.values())))
            return redirect(self.request.path)
        if not self.is_quick:
            return redirect(reverse("wagtail_portal_erasure", args=[erasure.pk]))
        for _number, problem in continue_erasure(erasure).problems:
            messages.error(self.request, problem)
            return redirect(self.request.path)
        messages.success(self.request, gettext("The person’s data was erased."))
        return redirect(self.list_url)

    @cached_property
    def is_quick(self) -> bool:
        """Whether the person can be erased within the request."""
        organizations = Member.objects.filter(user=self.member.user).values("organization")
        tickets = Ticket.objects.filter(organization__in=organizations).order_by()
        return tickets[: AT_ONCE + 1].count() <= AT_ONCE


class ErasureProgressView(ProgressView):
    """Shows whether a person has been erased yet."""

    template_name = "wagtail_portal/desk/erasure_progress.html"
    page_title = _("Erase person")
    header_icon = "user"
    run_model, task = Erasure, run_erasure

    def permission_of(self, run):
        return Verb.DELETE_MEMBER


admin_urls = [
    path("portal/erase/<int:pk>/", ErasureProgressView.as_view(), name="wagtail_portal_erasure"),
]
