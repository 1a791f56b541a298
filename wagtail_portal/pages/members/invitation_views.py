"""The page that the link in an invitation opens.

The link gives no access by itself: its recipient has to verify the invited email address, and then
is a member. Invitations that can't be used get the same response, except expired ones.
"""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext

from wagtail_portal import actions
from wagtail_portal.exceptions import ActionError
from wagtail_portal.models import Invitation, Organization
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.privacy import ignores_privacy
from wagtail_portal.portal_urls import SIGN_IN, SIGN_OUT
from wagtail_portal.signin.sessions import has_verified
from wagtail_portal.utils.error_reports import private_reports

#: Longer than any token.
TOKEN_MAX_LENGTH = 100


@ignores_privacy
@private_reports
def invitation(request, page):
    """Show an invitation; POST accepts it, for someone signed in with its email address."""
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    found = _find(token)
    if request.method == "POST" and found is not None and not found.is_expired:
        response = _accept(request, page, found, token)
    else:
        response = _show(request, page, found, token)
    add_never_cache_headers(response)
    # The URL contains the token, which no other site may learn. This site needs the referrer, or
    # CSRF protection would reject the form.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _show(request, page, found, token):
    is_invalid = found is None or found.is_expired
    user = request.user
    is_signed_in = user.is_authenticated
    address = getattr(user, user.get_email_field_name()) if is_signed_in else ""
    here = f"{page.portal_url(request, 'portal_invitation')}?token={token}"
    context = {
        "page": page,
        "invitation": found,
        "is_invalid": is_invalid,
        "is_expired": is_invalid and found is not None,
        "token": token,
        "address": address,
        "can_join": found is not None and is_signed_in and has_verified(user, found.email),
        "is_signed_in": is_signed_in,
        "accept_url": page.portal_url(request, "portal_invitation"),
        "sign_in_url": reverse(SIGN_IN),
        "sign_out_url": reverse(SIGN_OUT),
        # Signing out returns here.
        "return_url": here if found is not None else page.portal_url(request, "portal_invitation"),
        "home_url": page.get_url(request),
    }
    status = 404 if is_invalid else 200
    return render(request, "wagtail_portal/members/invitation.html", context, status=status)


def _accept(request, page, found, token):
    user = request.user
    if not user.is_authenticated or not has_verified(user, found.email):
        return _show(request, page, found, token)
    try:
        member = actions.accept_invitation(found, user=user, email=found.email)
    except ActionError:
        return _show(request, page, None, "")
    portal_context(request).choose_member(member.pk)
    words = gettext("Welcome. You’re now a member of %(name)s.")
    messages.success(request, words % {"name": member.organization.name})
    return redirect(page.get_url(request))


def _find(token: str) -> Invitation | None:
    if not token or len(token) > TOKEN_MAX_LENGTH or not token.isascii():
        return None
    found = (
        Invitation.objects.unanswered()
        .with_token(token)
        .exclude(organization__key=Organization.VISITORS)
    )
    return found.select_related("organization", "role", "invited_by").first()
