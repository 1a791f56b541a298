"""Change several members at once, after a page that shows who changes and who doesn't."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import Member, Role
from wagtail_portal.pages.access import members_only
from wagtail_portal.pages.forms import error_message
from wagtail_portal.permissions import Actor
from wagtail_portal.utils.query_params import parse_pk

from .members import PAGE_SIZE, roles_to_give
from .views import list_url, manages, require


@dataclass(frozen=True)
class MembersChange:
    """A change of several members: another role, or no access.

    :param role: None to remove the access.
    """

    members: list[Member]
    role: Role | None = None

    def refusal(self, member: Member, by: Actor) -> str:
        """Return why a member doesn't change; "" for one who does."""
        if member == by.member:
            return gettext("You can’t change your own role together with others.")
        if not member.role.gives_access:
            return gettext("Has no access.")
        if not by.may_manage(member.organization, member):
            return gettext("Has a role that you can’t change.")
        return gettext("Already has this role.") if self.is_done(member) else ""

    def is_done(self, member: Member) -> bool:
        """Return whether the member is as the change would make them."""
        return not member.role.gives_access if self.role is None else member.role == self.role

    def apply(self, member: Member, by: Actor) -> None:
        """Change one member.

        :raises ActionError: if that isn't possible any more.
        """
        if self.role is None:
            actions.revoke_access(member, by=by)
        else:
            actions.change_role(member, by=by, role=self.role)


@members_only
def change_members(request, page, member):
    """Ask about a change of several members, and carry it out."""
    require(manages(request, member))
    by, back = Actor.for_member(member), list_url(request, page, member)
    data = request.POST if request.method == "POST" else request.GET
    change = _change_in(data, member, by)
    if change is None or not change.members:
        if request.method == "POST":
            missing = gettext("Select a role.") if change is None else gettext("Select members.")
            messages.error(request, missing)
        return redirect(back)
    if request.method != "POST":
        return _ask(request, page, change, by, back)
    if "confirmed" not in request.POST:
        query = QueryDict(mutable=True)
        query.update({**request.GET.dict(), "do": data.get("do")})
        if change.role:
            query["new_role"] = change.role.pk
        query.setlist("member", [row.pk for row in change.members])
        return redirect(f"{request.path}?{query.urlencode()}")
    _apply(request, change, by)
    return redirect(back)


def _change_in(data, member, by) -> MembersChange | None:
    """Return the change that ``data`` asks for; None if it names no role."""
    keys = [parse_pk(text) for text in data.getlist("member")[:PAGE_SIZE]]
    found = Member.objects.visible_to(member).filter(pk__in=[key for key in keys if key])
    members = list(found.select_related("user", "role", "organization").order_by("pk"))
    if data.get("do") == "revoke":
        return MembersChange(members)
    role = next((row for row in roles_to_give(by) if str(row.pk) == data.get("new_role")), None)
    return MembersChange(members, role) if role else None


def _ask(request, page, change, by, back):
    rows = [{"member": row, "refusal": change.refusal(row, by)} for row in change.members]
    context = {
        "page": page,
        "change": change,
        "changing": [row["member"] for row in rows if not row["refusal"]],
        "staying": [row for row in rows if row["refusal"]],
        "change_url": request.get_full_path(),
        "list_url": back,
    }
    return render(request, "wagtail_portal/members/confirm_bulk.html", context)


def _apply(request, change, by) -> None:
    changed = 0
    for member in change.members:
        if change.is_done(member):
            # The form may have been sent twice.
            continue
        if reason := change.refusal(member, by):
            _show_refusal(request, member, reason)
            continue
        try:
            change.apply(member, by)
        except ActionError as error:
            _show_refusal(request, member, error_message(error))
        else:
            changed += 1
    if not changed:
        return
    if change.role is None:
        text = ngettext(
            "%(number)d member no longer has access and has been signed out.",
            "%(number)d members no longer have access and have been signed out.",
            changed,
        )
    else:
        text = ngettext(
            "%(number)d member now has the role “%(role)s”.",
            "%(number)d members now have the role “%(role)s”.",
            changed,
        )
    role = change.role.localized_name if change.role else ""
    messages.success(request, text % {"number": changed, "role": role})


def _show_refusal(request, member, reason) -> None:
    text = gettext("%(name)s wasn’t changed: %(reason)s")
    messages.warning(request, text % {"name": member.name, "reason": reason})
