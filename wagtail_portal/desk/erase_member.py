"""Erase a person: a page that says what will happen, and its button."""

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.panels import HelpPanel

from wagtail_portal.actions import erase_member, why_not_erased
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Member, Message, Ticket, addresses_of, is_erased
from wagtail_portal.permissions import Actor, Verb, members_for_team

from .views import DeskPage

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
            erase_member(self.member, by=self.actor, remove_texts=remove)
        except Invalid as error:
            messages.error(self.request, " ".join(map(str, error.errors.values())))
            return redirect(self.request.path)
        messages.success(self.request, gettext("The person’s data was erased."))
        return redirect(self.list_url)


def refuse_to_delete_requester(request, user):
    """Redirect instead of deleting a user who has opened tickets."""
    if not Ticket.objects.filter(requester__user=user).exists():
        return None
    messages.error(
        request,
        gettext(
            "This user has opened tickets and can’t be deleted. Make the user inactive instead."
        ),
    )
    return redirect("wagtailusers_users:edit", user.pk)
