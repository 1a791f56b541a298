"""The page on which people manage the email addresses that they sign in with."""

from functools import partial

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.exceptions import ActionError
from wagtail_portal.fields.form_fields import EmailAddressField
from wagtail_portal.models import PortalSettings
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import in_any_organization, members_only
from wagtail_portal.pages.context import portal_context
from wagtail_portal.pages.forms import add_action_error, error_message
from wagtail_portal.permissions import Actor
from wagtail_portal.signin import own_addresses


class AddAddressForm(forms.Form):
    """An email address to add."""

    email = EmailAddressField(
        label=_("Email address"),
        error_messages={"required": _("Enter an email address.")},
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class CodeForm(forms.Form):
    """The code that was sent to the new address."""

    code = forms.CharField(
        max_length=40, error_messages={"required": _("Enter the code from the email.")}
    )


@members_only
@in_any_organization
def addresses(request, page, member):
    """Show one's email addresses, and change them."""
    if portal_context(request).is_read_only:
        return _render(request, page, member)
    if not own_addresses.can_change_addresses(request.user):
        raise Http404
    if request.method == "POST":
        return _change(request, page, member)
    return _render(request, page, member)


@own_addresses.reauthentication_required
def _change(request, page, member):
    """Handle one of the page's forms."""
    by, site = Actor.for_member(member), PortalSettings.current(request).site
    action = request.POST.get("action", "")
    if action == "add":
        form = AddAddressForm(request.POST)
        if not _act(form, partial(own_addresses.request_code, request, by=by, site=site)):
            return _render(request, page, member, add_form=form)
        drafts.confirm(request)
    elif action == "verify":
        form = CodeForm(request.POST)
        if _act(form, partial(own_addresses.add_address, request, by=by, site=site)):
            messages.success(request, gettext("The email address was added."))
        elif own_addresses.pending_address(request):
            return _render(request, page, member, code_form=form)
        else:
            # The page doesn't ask for the code any more.
            messages.error(request, " ".join(_errors(form)))
    else:
        _change_known(request, action, by, site)
    return redirect(request.path)


def _act(form, act) -> bool:
    """Call ``act`` with the form's data, and return whether there were no errors."""
    if form.is_valid():
        try:
            act(**form.cleaned_data)
        except ActionError as error:
            add_action_error(form, error)
    return form.is_valid()


def _errors(form) -> list[str]:
    return [text for errors in form.errors.values() for text in errors]


def _change_known(request, action: str, by, site) -> None:
    email = request.POST.get("address", "")
    try:
        if action == "resend" and (pending := own_addresses.pending_address(request)):
            own_addresses.request_code(request, by=by, email=pending, site=site)
            messages.success(request, gettext("A new code was sent."))
        elif action == "cancel":
            own_addresses.cancel(request)
        elif action == "primary":
            own_addresses.make_primary(by=by, email=email, site=site)
            messages.success(request, gettext("Emails now go to %(email)s.") % {"email": email})
        elif action == "remove":
            own_addresses.remove_address(by=by, email=email, site=site)
            messages.success(request, gettext("The email address was removed."))
    except ActionError as error:
        messages.error(request, error_message(error))


def _render(request, page, member, add_form=None, code_form=None):
    read_only = portal_context(request).is_read_only
    code_form = code_form or CodeForm()
    sent_address = "" if read_only else own_addresses.sent_address(request)
    unsent = drafts.initial(request, request.path).get("email", sent_address)
    context = {
        "page": page,
        "restored": "" if add_form else drafts.notice(request, request.path),
        "code_errors": _errors(code_form),
        "addresses": own_addresses.addresses_to_show(member.user),
        # One click sends a new code if the last one has expired.
        "add_form": add_form or AddAddressForm(initial={"email": unsent}),
        "code_form": code_form,
        "pending": "" if read_only else own_addresses.pending_address(request),
        "is_read_only": read_only,
        "profile_url": page.portal_url(request, "portal_profile"),
    }
    return render(request, "wagtail_portal/account/addresses.html", context)
