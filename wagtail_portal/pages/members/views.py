"""Views of the members tab."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext, ngettext_lazy

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Invalid
from wagtail_portal.models import Invitation, JoinRequest, Member, PortalSettings, Role
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.forms import error_message, perform
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.query_params import page_number

from .forms import InviteForm
from .history import MOST_PAGES, history_of
from .members import MembersTable, roles_to_give

TOO_MANY_INVITATIONS = ngettext_lazy(
    "Too many invitations. Try again in %(minutes)d minute.",
    "Too many invitations. Try again in %(minutes)d minutes.",
    "minutes",
)


@members_only
def members(request, page, member):
    """List the members of the organization who have access."""
    _require(_has_tab(request) and Actor.for_member(member).may(Verb.VIEW_MEMBER))
    return _members_page(request, page, member)


@members_only
def invite(request, page, member):
    """Invite people; GET redirects to the form."""
    _require(_manages(request, member) and PortalSettings.current(request).customers_invite)
    if request.method != "POST":
        return redirect(page.portal_url(request, "portal_members") + "#invite")
    roles = roles_to_give(Actor.for_member(member))
    form = _invite_form(request, page, member, roles, request.POST)
    if not form.is_valid() or not _invite(request, page, member, form):
        return _members_page(request, page, member, form)
    return redirect(page.portal_url(request, "portal_members"))


@members_only
def change_member(request, page, member, pk):
    """Change a member's role or access."""
    found = Member.objects.select_related("user", "role")
    return _change(request, page, member, found, pk, _change_member)


@members_only
def change_invitation(request, page, member, pk):
    """Resend or withdraw an invitation."""
    return _change(request, page, member, Invitation.objects.all(), pk, _change_invitation)


@members_only
def decide_join_request(request, page, member, pk):
    """Approve or decline a request to join."""
    found = JoinRequest.objects.select_related("user")
    return _change(request, page, member, found, pk, _decide)


@members_only
def members_history(request, page, member):
    """Show who changed what about the members."""
    _require(_manages(request, member))
    number = min(page_number(request.GET), MOST_PAGES)
    entries, has_more = history_of(member.organization, number)
    url = page.portal_url(request, "portal_members_history")
    context = {
        "page": page,
        "entries": entries,
        "next_url": f"{url}?page={number + 1}" if has_more else "",
        "previous_url": f"{url}?page={number - 1}" if number > 1 else "",
        "members_url": page.portal_url(request, "portal_members"),
    }
    return render(request, "wagtail_portal/members/history.html", context)


def _invite_form(request, page, member, roles, data=None):
    default = member.organization.default_role_id
    default = default or PortalSettings.current(request).default_role_id
    role = next((row for row in roles if row.pk == default), None)
    role = role or next((row for row in roles if row.key == Role.MEMBER), None)
    return InviteForm(data, roles=roles, role=role or roles[0], auto_id="invite-%s")


def _invite(request, page, member, form) -> bool:
    """Send the invitations that can be sent; the other addresses stay in the form, with the
    reason."""
    data, by = form.cleaned_data, Actor.for_member(member)
    same = member.organization.invitations.open()
    asked = set(same.values_list("email", flat=True))
    invited, already, refused, note_errors = [], [], {}, {}
    for address in data["addresses"]:
        if address.lower() in asked:
            # The form may have been sent twice, which must not send two emails.
            already.append(address)
            continue
        try:
            invitation, _token = actions.invite_member(
                member.organization,
                by=by,
                email=address,
                role=data["role"],
                note=data["note"],
                site=PortalSettings.current(request).site,
            )
        except ActionError as error:
            if isinstance(error, Invalid) and "note" in error.errors:
                note_errors[error.errors["note"]] = None
                refused[address] = ""
            else:
                refused[address] = error_message(error, TOO_MANY_INVITATIONS)
        else:
            invited.append(invitation)
    _show_invited(request, invited, already)
    form.refuse(refused, note_errors)
    return not refused


def _members_page(request, page, member, form=None):
    settings = PortalSettings.current(request)
    table = MembersTable(member, request.GET, settings.roles)
    can_invite = table.can_manage and settings.customers_invite
    url = page.portal_url(request, "portal_members")
    if can_invite and form is None:
        form = _invite_form(request, page, member, table.roles_to_give())
    context = {
        "page": page,
        "table": table,
        "can_invite": can_invite,
        "rows": [
            {"row": row, "url": page.portal_url(request, "portal_member", row.member.pk)}
            for row in table.rows
        ],
        "invitations": [
            {
                "invitation": row,
                "url": page.portal_url(request, "portal_invitation_change", row.pk),
            }
            for row in (table.invitations() if table.is_first else [])
        ],
        "join_requests": [
            {
                "request": row,
                "url": page.portal_url(request, "portal_join_request", row.pk),
            }
            for row in (table.join_requests() if table.is_first else [])
        ],
        "invite_form": form,
        "invite_url": page.portal_url(request, "portal_invite"),
        "history_url": page.portal_url(request, "portal_members_history"),
        "list_url": url,
        "next_url": url + table.query_string(table.page + 1) if table.has_more else "",
        "previous_url": url + table.query_string(table.page - 1) if table.page > 1 else "",
    }
    return render(request, "wagtail_portal/members/list.html", context)


def _require(allowed: bool) -> None:
    """Raise 404 unless allowed, so that forbidden and missing look the same."""
    if not allowed:
        raise Http404


def _has_tab(request) -> bool:
    """Return whether the editors show customers the members."""
    return PortalSettings.current(request).tab_members


def _manages(request, member) -> bool:
    return _has_tab(request) and Actor.for_member(member).may(Verb.CHANGE_MEMBER)


def _change(request, page, member, found, pk, change):
    """Change one of the rows of a queryset, and redirect to the members.

    :param change: takes the request, the row and the actor, and returns a message.
    """
    _require(_manages(request, member))
    row = get_object_or_404(found.visible_to(member), pk=pk)
    if request.method == "POST":
        by = Actor.for_member(member)
        perform(request, lambda: change(request, row, by), TOO_MANY_INVITATIONS)
    return redirect(page.portal_url(request, "portal_members"))


def _change_member(request, other, by) -> str:
    name = {"name": other.name}
    match request.POST.get("do"):
        case "role":
            role = next(
                (row for row in roles_to_give(by) if str(row.pk) == request.POST.get("role")), None
            )
            if role is None:
                raise Invalid(gettext("Select a role."))
            actions.change_role(other, by=by, role=role)
            text = gettext("%(name)s now has the role “%(role)s”.")
            return text % {**name, "role": role.localized_name}
        case "revoke":
            actions.revoke_access(other, by=by)
            return gettext("%(name)s no longer has access and has been signed out.") % name
        case "restore":
            actions.restore_access(other, by=by)
            return gettext("%(name)s has access again.") % name
    return ""


def _change_invitation(request, invitation, by) -> str:
    address = {"address": invitation.email}
    match request.POST.get("do"):
        case "resend":
            invitation, _token = actions.resend_invitation(invitation, by=by)
            if invitation.email_failed:
                messages.warning(request, _not_sent([invitation.email]))
                return ""
            return gettext("A new invitation was sent to %(address)s.") % address
        case "withdraw":
            actions.withdraw_invitation(invitation, by=by)
            return gettext("The invitation for %(address)s was withdrawn.") % address
    return ""


def _decide(request, join_request, by) -> str:
    address = {"address": join_request.email}
    match request.POST.get("do"):
        case "approve":
            actions.approve_join_request(join_request, by=by)
            return gettext("%(address)s is now a member.") % address
        case "decline":
            actions.decline_join_request(join_request, by=by)
            return gettext("The request from %(address)s was declined.") % address
    return ""


def _show_invited(request, invited, already) -> None:
    sent = [row.email for row in invited if not row.email_failed]
    if sent:
        text = ngettext("%(names)s was invited.", "%(names)s were invited.", len(sent))
        messages.success(request, text % {"names": ", ".join(sent)})
    if unsent := [row.email for row in invited if row.email_failed]:
        messages.warning(request, _not_sent(unsent))
    if already:
        text = ngettext(
            "%(names)s already had an invitation, so we didn’t send another one.",
            "%(names)s already had an invitation, so we didn’t send new ones.",
            len(already),
        )
        messages.info(request, text % {"names": ", ".join(already)})


def _not_sent(addresses: list[str]) -> str:
    text = gettext("The email to %(names)s couldn’t be sent. Send the invitation again later.")
    return text % {"names": ", ".join(addresses)}
