"""Views of the members tab."""

from functools import partial

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext, ngettext_lazy

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError, Conflict, Invalid
from wagtail_portal.models import (
    Invitation,
    JoinRequest,
    Member,
    PortalSettings,
    Role,
    TicketScope,
)
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.exports import export_links
from wagtail_portal.pages.forms import error_message, perform
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.query_params import page_number, pk_in

from . import undo
from .forms import InviteForm, MemberFilterForm
from .history import MOST_PAGES, history_of
from .members import MOST_MEMBERS, MembersTable, roles_to_give, weakest
from .query import MembersQuery

TOO_MANY_INVITATIONS = ngettext_lazy(
    "Too many invitations. Try again in %(minutes)d minute.",
    "Too many invitations. Try again in %(minutes)d minutes.",
    "minutes",
)


@members_only
def members(request, page, member):
    """List the members of the organization who have access."""
    require(has_tab(request) and Actor.for_member(member).may(Verb.VIEW_MEMBER))
    return _members_page(request, page, member)


@members_only
def invite(request, page, member):
    """Invite people; GET redirects to the form."""
    require(manages(request, member) and PortalSettings.current(request).customers_invite)
    if request.method != "POST":
        return redirect(page.portal_url(request, "portal_members") + "#invite")
    roles = roles_to_give(Actor.for_member(member))
    form = _invite_form(roles, request.POST)
    form.warn_of_outsiders(member.organization.verified_domains)
    if not form.is_valid() or not _invite(request, page, member, form):
        return _members_page(request, page, member, form)
    drafts.confirm(request)
    return redirect(page.portal_url(request, "portal_members"))


@members_only
def change_member(request, page, member, pk):
    """Change a member's role or access; GET asks before members lower their own role."""
    require(manages(request, member))
    found = Member.objects.visible_to(member).select_related("user", "role")
    other = get_object_or_404(found, pk=pk)
    if request.method == "POST":
        role = _lower_role(member, other, request.POST)
        asks = {"new_role": role.pk} if role is not None else {}
        if request.POST.get("do") == "revoke":
            asks = {"revoke": "yes"}
        if asks and "confirmed" not in request.POST:
            query = QueryDict(mutable=True)
            query.update({**request.GET.dict(), **asks})
            return redirect(f"{request.path}?{query.urlencode()}")
        by = Actor.for_member(member)
        perform(request, lambda: _change_member(request, other, by), TOO_MANY_INVITATIONS)
        return redirect(_after_change(request, page, member))
    if "revoke" in request.GET and Actor.for_member(member).may_manage(member.organization, other):
        context = {
            "page": page,
            "name": other.name,
            "is_own": other.pk == member.pk,
            "change_url": request.get_full_path(),
            "list_url": list_url(request, page, member),
        }
        return render(request, "wagtail_portal/members/confirm_revoke.html", context)
    role = _lower_role(member, other, {"do": "role", "role": request.GET.get("new_role", "")})
    if role is None:
        return redirect(list_url(request, page, member))
    context = {
        "page": page,
        "role": role,
        "losses": losses(member.role, role),
        "change_url": request.get_full_path(),
        "list_url": list_url(request, page, member),
    }
    return render(request, "wagtail_portal/members/confirm_own_role.html", context)


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
    require(manages(request, member))
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


def _invite_form(roles, data=None, **kwargs):
    # Someone who doesn't look at the role gives no more than necessary.
    return InviteForm(data, roles=roles, role=weakest(roles), auto_id="invite-%s", **kwargs)


def _invite(request, page, member, form) -> bool:
    """Send the invitations that can be sent; the other addresses stay in the form, with the
    reason."""
    data, by = form.cleaned_data, Actor.for_member(member)
    same = member.organization.invitations.open()
    asked = dict(same.values_list("email", "role"))
    invited, already, refused = [], [], {}
    note_errors: dict = {}
    for address in data["addresses"]:
        if asked.get(address) == data["role"].pk:
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
    if invited:
        # The browser mustn't offer them again with what's left.
        drafts.confirm(request)
    _show_invited(request, invited, already)
    form.refuse(refused, note_errors)
    return not refused


def _members_page(request, page, member, form=None):
    settings = PortalSettings.current(request)
    table = MembersTable(member, request.GET, settings.roles)
    can_invite = table.can_manage and settings.customers_invite
    url = page.portal_url(request, "portal_members")
    here = table.query.page_url(table.page)
    invite_url = page.portal_url(request, "portal_invite")
    if can_invite and form is None:
        form = _invite_form(table.roles_to_give(), initial=drafts.initial(request, invite_url))
    context = {
        "page": page,
        "table": table,
        "filter_form": MemberFilterForm.for_table(table),
        "headings": table.query.headings(),
        # The form for invitations comes back under another URL.
        "sorting": [{**row, "url": url + row["url"]} for row in table.query.sorting()],
        "can_invite": can_invite,
        "undo": undo.offered(request, page, member) if table.can_manage else None,
        "rows": [
            {"row": row, "url": page.portal_url(request, "portal_member", row.member.pk) + here}
            for row in table.rows
        ],
        "invitations": [
            {
                "invitation": row,
                "url": page.portal_url(request, "portal_invitation_change", row.pk),
                "may_resend": can_invite and table.may_resend(row),
            }
            for row in (table.invitations() if table.shows_waiting else [])
        ],
        "join_requests": [
            {
                "request": row,
                "url": page.portal_url(request, "portal_join_request", row.pk),
            }
            for row in (table.join_requests() if table.shows_waiting else [])
        ],
        "invite_form": form,
        "invite_url": invite_url,
        "restored": "" if form is None or form.is_bound else drafts.notice(request, invite_url),
        "history_url": page.portal_url(request, "portal_members_history"),
        "list_url": url,
        "exports": export_links(
            partial(page.portal_url, request, "portal_members_export"), table.query.page_url(1)
        ),
        "export_limit": MOST_MEMBERS,
        "bulk_url": bulk_url + here
        if table.can_manage and (bulk_url := page.portal_url(request, "portal_members_bulk"))
        else "",
        "bulk_roles": table.roles_to_give() if table.can_manage else [],
        "next_url": url + table.query.page_url(table.page + 1)
        if table.page < table.last_page
        else "",
        "previous_url": url + table.query.page_url(table.page - 1) if table.page > 1 else "",
    }
    return render(request, "wagtail_portal/members/list.html", context)


def require(allowed: bool) -> None:
    """Raise 404 unless allowed, so that forbidden and missing look the same."""
    if not allowed:
        raise Http404


def has_tab(request) -> bool:
    """Return whether the editors show customers the members."""
    return PortalSettings.current(request).tab_members


def manages(request, member) -> bool:
    """Return whether the member manages the others, and has the tab for it."""
    return has_tab(request) and Actor.for_member(member).may(Verb.CHANGE_MEMBER)


def list_url(request, page, member) -> str:
    """Return the URL of the list as it was when a form on it was sent."""
    query = MembersQuery(member, request.GET, PortalSettings.current(request).roles)
    return page.portal_url(request, "portal_members") + query.page_url(query.page)


def _after_change(request, page, member) -> str:
    """Return the URL of the list, or of the tickets if the member may no longer see it."""
    member = Member.objects.select_related("role", "user").get(pk=member.pk)
    if Actor.for_member(member).may(Verb.VIEW_MEMBER):
        return list_url(request, page, member)
    return page.get_url(request)


def _lower_role(member, other, data) -> Role | None:
    """Return the role that members are about to give themselves, if it allows less and the action
    won't refuse it."""
    if other.pk != member.pk or data.get("do") != "role":
        return None
    role = _role_in(data.get("role"), Actor.for_member(member))
    if role is None or member.role.is_within(role):
        return None
    return None if member.is_last_admin and not role.is_admin else role


def _role_in(text, by) -> Role | None:
    return next((row for row in roles_to_give(by) if str(row.pk) == text), None)


def losses(old: Role, new: Role) -> list[str]:
    """Return what someone can no longer do when their role changes from ``old`` to ``new``."""
    lost = [
        (old.manages_members and not new.manages_members, gettext("Manage members and access")),
        (old.sees_members and not new.sees_members, gettext("See the members")),
        (
            old.tickets == TicketScope.ORGANIZATION != new.tickets,
            gettext("See tickets of others that you don’t follow"),
        ),
        (
            old.can_edit_tickets and not new.can_edit_tickets,
            gettext("Open tickets, reply and edit fields"),
        ),
    ]
    return [text for is_lost, text in lost if is_lost]


def _change(request, page, member, found, pk, change):
    """Change one of the rows of a queryset, and redirect to the members.

    :param change: takes the request, the row and the actor, and returns a message.
    """
    require(manages(request, member))
    row = get_object_or_404(found.visible_to(member), pk=pk)
    if request.method == "POST":
        by = Actor.for_member(member)
        perform(request, lambda: change(request, row, by), TOO_MANY_INVITATIONS)
    return redirect(page.portal_url(request, "portal_members"))


def _change_member(request, other, by) -> str:
    name = {"name": other.name}
    match request.POST.get("do"):
        case "role":
            role = _role_in(request.POST.get("role"), by)
            if role is None:
                raise Invalid(gettext("Select a role."))
            original = Role.objects.filter(pk=pk_in(request.POST, "original") or 0).first()
            try:
                actions.change_role(other, by=by, role=role, original=original)
            except Conflict as conflict:
                text = gettext(
                    "%(name)s wasn’t changed, because someone else has just given them the role "
                    "“%(role)s”."
                )
                newer = conflict.current["role"].localized_name
                raise Invalid(text % {**name, "role": newer}) from conflict
            text = gettext("%(name)s now has the role “%(role)s”.")
            return text % {**name, "role": role.localized_name}
        case "revoke":
            actions.revoke_access(other, by=by)
            undo.offer(request, other)
            return gettext("%(name)s no longer has access and has been signed out.") % name
        case "restore":
            role = actions.restore_access(other, by=by).role
            undo.withdraw(request)
            text = gettext("%(name)s has access again, with the role “%(role)s”.")
            return text % {**name, "role": role.localized_name}
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
        messages.success(request, text % {"names": comma_list(sent)})
    if unsent := [row.email for row in invited if row.email_failed]:
        messages.warning(request, _not_sent(unsent))
    if already:
        text = ngettext(
            "%(names)s already had an invitation, so we didn’t send another one.",
            "%(names)s already had an invitation, so we didn’t send new ones.",
            len(already),
        )
        messages.info(request, text % {"names": comma_list(already)})


def _not_sent(addresses: list[str]) -> str:
    text = gettext("The email to %(names)s couldn’t be sent. Send the invitation again later.")
    return text % {"names": comma_list(addresses)}
