"""The profile of the current user: name, language, time zone and sessions."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.localization import get_available_admin_time_zones

from wagtail_portal.actions import change_profile
from wagtail_portal.actions.rate_limits import count
from wagtail_portal.exceptions import RateLimited
from wagtail_portal.fields import FormContext
from wagtail_portal.fields.form_fields import CleanLineField
from wagtail_portal.models import (
    About,
    CustomerField,
    Member,
    customer_values,
    language_choices,
    profile_of,
)
from wagtail_portal.pages import drafts
from wagtail_portal.pages.access import in_any_organization, members_only, override_locale
from wagtail_portal.pages.context import portal_context
from wagtail_portal.permissions import Actor
from wagtail_portal.signin.own_addresses import can_change_addresses
from wagtail_portal.signin.sessions import can_end_sessions, end_sessions, sessions_of
from wagtail_portal.utils import timezones
from wagtail_portal.utils.users import full_name

from .data_export import write_archive
from .user_agents import describe_browser


class PlacesInput(forms.TextInput):
    """An input that suggests places with their time zones, in the browser's own list."""

    template_name = "wagtail_portal/widgets/places.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        places = timezones.labels(get_available_admin_time_zones())
        return {**context, "places": places, "list_id": f"{attrs['id']}_places"}


class TimeZoneField(CleanLineField):
    """A time zone, found by its place; cleans to its name in the IANA database."""

    widget = PlacesInput

    def clean(self, value):
        typed = super().clean(value)
        if not typed:
            return ""
        found = timezones.match_time_zone(typed, get_available_admin_time_zones())
        if found is None:
            raise forms.ValidationError(gettext("Choose a place from the list."))
        return found


class ProfileForm(forms.Form):
    """Name, language and time zone."""

    name = CleanLineField(
        label=_("Name"),
        max_length=150,
        required=False,
        help_text=_("Shown to your colleagues and the support team."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, data, *, member, unsent=None):
        profile = profile_of(member.user)
        super().__init__(data, initial={"name": full_name(member.user), **(unsent or {})})
        languages = language_choices()
        if len(languages) > 1:
            self.fields["language"] = forms.ChoiceField(
                label=_("Language"),
                choices=[("", _("Automatic")), *languages],
                required=False,
                initial=profile.language,
                help_text=_(
                    "Used for these pages and for emails. With “Automatic”, pages follow the "
                    "site or your browser, and emails the language of the ticket."
                ),
            )
        zone = timezones.find_time_zone(profile.time_zone)
        self.fields["time_zone"] = TimeZoneField(
            label=_("Time zone"),
            required=False,
            initial=timezones.label(zone.key) if zone else "",
            help_text=_(
                "Type a place, such as Berlin, and choose from the list. Leave empty to use the "
                "site’s time zone, which is then shown with times."
            ),
        )


@members_only
@in_any_organization
def profile(request, page, member):
    """Show and change the profile, and list sessions."""
    data = request.POST if request.method == "POST" else None
    form = ProfileForm(data, member=member, unsent=drafts.initial(request, request.path))
    if data is not None and form.is_valid():
        values = {"language": profile_of(member.user).language, **form.cleaned_data}
        profile = change_profile(by=Actor.for_member(member), **values)
        drafts.confirm(request)
        with override_locale(profile):
            messages.success(request, gettext("Profile saved."))
        return redirect(request.path)
    context = {"page": page, "form": form, "email": member.email}
    context["restored"] = "" if form.is_bound else drafts.notice(request, request.path)
    context |= {"organization": member.organization, "fields": fields_shown_to(member)}
    if portal_context(request).is_read_only or can_change_addresses(request.user):
        context["addresses_url"] = page.portal_url(request, "portal_addresses")
    if not portal_context(request).is_read_only:
        context |= _sessions(request, page)
    return render(request, "wagtail_portal/account/profile.html", context)


@members_only
@in_any_organization
def own_name(request, page, member):
    """Save the name that a new member was asked for, or don't ask again."""
    if request.method == "POST":
        kept, name = profile_of(member.user), request.POST.get("name", "")
        if "skip" in request.POST or not name.strip():
            name = full_name(member.user)
        change_profile(
            by=Actor.for_member(member),
            name=name[:150],
            language=kept.known_language,
            time_zone=kept.time_zone,
        )
        drafts.confirm(request)
    elif drafts.load(request, request.path):
        # They had to sign in first.
        url = page.portal_url(request, "portal_profile")
        drafts.move(request, request.path, url)
        return redirect(url)
    return redirect(page.get_url(request))


@members_only
@in_any_organization
def sign_out_elsewhere(request, page, member):
    """End all sessions of the current user except this one."""
    if request.method == "POST":
        end_sessions(request.user, except_for=request)
        messages.success(request, gettext("You’ve been signed out everywhere else."))
    return redirect(page.portal_url(request, "portal_profile"))


@members_only
@in_any_organization
def own_data(request, page, member):
    """Download what the portal stores about the current user."""
    if request.method != "POST":
        return redirect(page.portal_url(request, "portal_profile"))
    try:
        count(Actor.for_member(member), "DATA_DOWNLOADS_PER_HOUR")
    except RateLimited as error:
        text = ngettext(
            "You’ve downloaded your data several times. Try again in %(minutes)d minute.",
            "You’ve downloaded your data several times. Try again in %(minutes)d minutes.",
            error.minutes,
        )
        messages.error(request, text % {"minutes": error.minutes})
        return redirect(page.portal_url(request, "portal_profile"))
    what = gettext("my-data")
    name = f"{what}-{timezone.localdate().isoformat()}.zip"
    return FileResponse(
        write_archive(request.user),
        as_attachment=True,
        filename=name,
        content_type="application/zip",
    )


def _sessions(request, page) -> dict:
    rows = [
        {
            "session": row,
            "browser": describe_browser(row.user_agent),
            # Many sites only know when someone signed in.
            "was_used": row.last_seen_at - row.created_at > timedelta(minutes=1),
            "is_current": row.session_key == request.session.session_key,
        }
        for row in sessions_of(request.user)
    ]
    return {
        "sessions": rows,
        "can_sign_out": can_end_sessions(request.user),
        "own_data_url": page.portal_url(request, "portal_own_data"),
        "sign_out_elsewhere_url": page.portal_url(request, "portal_sign_out_elsewhere"),
    }


def fields_shown_to(member: Member) -> list[dict]:
    """Return label and value of what a customer sees on their profile: first of the organization,
    then of themselves. At most two queries."""
    fields = CustomerField.objects.shown_to(member).prefetch_related("choices")
    order = list(About)
    rows = []
    for field in sorted(fields, key=lambda field: order.index(field.about)):
        stored = customer_values(member, field.about).get(field.key)
        if stored is not None:
            spec = field.field_type.prepare(field.spec(), FormContext())
            value = field.field_type.html(stored, spec)
            rows.append({"label": field.localized_label, "value": value})
    return rows
