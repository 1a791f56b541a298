"""Views of the members tab."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Invalid, RateLimited
from wagtail_portal.models import (
    Invitation,
    JoinRequest,
    Member,
    PortalSettings,
    Role,
)
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.errors import in_words
from wagtail_portal.permissions import Actor, Verb

from .forms import InviteForm
from .history import history_of
from .members import MembersTable, roles_to_give


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
    _require(_manages(request, member))
    found = Member.objects.visible_to(member).filter(pk=pk).select_related("user", "role")
    other = found.first()
    _require(other is not None)
    if request.method == "POST":
        _do(request, page, lambda by: _change(request, other, by), member)
    return redirect(page.portal_url(request, "portal_members"))


@members_only
def change_invitation(request, page, member, pk):
    """Resend or withdraw an invitation."""
    _require(_manages(request, member))
    invitation = Invitation.objects.visible_to(member).filter(pk=pk).first()
    _require(invitation is not None)
    if request.method == "POST":
        _do(request, page, lambda by: _change_invitation(request, invitation, by), member)
    return redirect(page.portal_url(request, "portal_members"))


@members_only
def decide_join_request(request, page, member, pk):
    """Approve or decline a request to join."""
    _require(_manages(request, member))
    found = JoinRequest.objects.visible_to(member).filter(pk=pk).select_related("user").first()
    _require(found is not None)
    if request.method == "POST":
        _do(request, page, lambda by: _decide(request, found, by), member)
    return redirect(page.portal_url(request, "portal_members"))


@members_only
def members_history(request, page, member):
    """Show who changed what about the members."""
    _require(_manages(request, member))
    history = history_of(member, request.GET.get("page", ""))
    url = page.portal_url(request, "portal_members_history")
    context = {
        "page": page,
        "entries": history.entries,
        "next_url": f"{url}?page={history.page + 1}" if history.has_more else "",
        "previous_url": f"{url}?page={history.page - 1}" if history.page > 1 else "",
        "members_url": page.portal_url(request, "portal_members"),
    }
    return render(request, "wagtail_portal/members/history.html", context)


def _do(request, page, change, member):
    try:
        words = change(Actor.for_member(member))
    except ActionError as error:
        messages.error(request, _refusal(error))
    else:
        if words:
            messages.success(request, words)


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
    invited, already, refused = [], [], {}
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
            refused[address] = _refusal(error)
        else:
            invited.append(invitation)
    _say_who_was_invited(request, invited, already)
    form.refuse(refused)
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
    """Raise 404 for those who may not, so that forbidden and missing look the same."""
    if not allowed:
        raise Http404


def _has_tab(request) -> bool:
    """Return whether the editors show customers the members."""
    return PortalSettings.current(request).tab_members


def _manages(request, member) -> bool:
    return _has_tab(request) and Actor.for_member(member).may(Verb.CHANGE_MEMBER)


def _change(request, other, by) -> str:
    name = {"name": other.name}
    match request.POST.get("do"):
        case "role":
            role = next(
                (row for row in roles_to_give(by) if str(row.pk) == request.POST.get("role")), None
            )
            if role is None:
                raise Invalid(gettext("Select a role."))
            actions.change_role(other, by=by, role=role)
            words = gettext("%(name)s now has the role “%(role)s”.")
            return words % {**name, "role": role.localized_name}
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
                messages.warning(request, _not_mailed([invitation.email]))
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


def _say_who_was_invited(request, invited, already) -> None:
    mailed = [row.email for row in invited if not row.email_failed]
    if mailed:
        text = ngettext("%(names)s was invited.", "%(names)s were invited.", len(mailed))
        messages.success(request, text % {"names": ", ".join(mailed)})
    if unsent := [row.email for row in invited if row.email_failed]:
        messages.warning(request, _not_mailed(unsent))
    if already:
        text = ngettext(
            "%(names)s already had an invitation, so we didn’t send another one.",
            "%(names)s already had an invitation, so we didn’t send new ones.",
            len(already),
        )
        messages.info(request, text % {"names": ", ".join(already)})


def _not_mailed(addresses: list[str]) -> str:
    text = gettext("The email to %(names)s couldn’t be sent. Send the invitation again later.")
    return text % {"names": ", ".join(addresses)}


def _refusal(error: ActionError) -> str:
    if isinstance(error, RateLimited):
        return ngettext(
            "Too many invitations. Try again in %(minutes)d minute.",
            "Too many invitations. Try again in %(minutes)d minutes.",
            error.minutes,
        ) % {"minutes": error.minutes}
    return in_words(error)
