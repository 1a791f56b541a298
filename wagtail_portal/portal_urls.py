"""URLs of the portal's pages, for code that can't import them: emails, sign-in, the Wagtail admin.

Page models have the attribute ``portal_page``, which is ``"home"`` or ``"form"``. A URL never gives
access to a page, because emails are forwarded.
"""

from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef
from django.shortcuts import resolve_url
from django.utils.translation import get_language
from wagtail.models import Site

from .compat import page_model
from .utils.remembering import remembered

#: The names of the URLs where people sign in and out.
SIGN_IN = "wagtail_portal_signin:account_login"
SIGN_OUT = "wagtail_portal_signin:account_logout"
#: Signs the tokens with which a member mutes a ticket from within an email.
MUTE_SALT = "wagtail_portal.mute"


def admin_login_url() -> str:
    """Return the URL where the team signs in, which can be a page of the site's own."""
    return resolve_url(getattr(settings, "WAGTAILADMIN_LOGIN_URL", "wagtailadmin_login"))


def page_models(kind: str) -> list[Any]:
    """Return the page models that are portal homes, or ticket forms.

    :param kind: ``"home"`` or ``"form"``.
    """
    return [model for model in apps.get_models() if getattr(model, "portal_page", "") == kind]


def is_multilingual() -> bool:
    """Return whether pages of the site have translations."""
    return getattr(settings, "WAGTAIL_I18N_ENABLED", False)


def find_home(site: Site):
    """Return the live portal home of a site, in the current language if there's one; else None."""
    return remembered(("home", site.pk, get_language()), lambda: _find_home(site))


def _find_home(site: Site):
    for model in page_models("home"):
        homes = model.objects.live().order_by("path")
        home = homes.in_site(site).first()
        if is_multilingual():
            # The translations of a site's pages are beside its own pages, not below them.
            roots = site.root_page.get_translations()
            for root in roots if home is None else ():
                home = home or homes.descendant_of(root, inclusive=True).first()
            home = home and home.localized
        if home:
            return home
    return None


def site_with_portal() -> Site:
    """Return a site that has a portal, preferably the default site; without a portal, any site."""
    sites = list(Site.objects.order_by("-is_default_site", "pk"))
    return next((row for row in sites if find_home(row)), sites[0])


def home_url(request) -> str:
    """Return the URL of the portal home of the request's site; "" without a portal."""
    site = Site.find_for_request(request)
    home = find_home(site) if site else None
    return home.get_url(request) if home else ""


def portal_url(site: Site, route: str = "", *args) -> str:
    """Return the absolute URL of a site's portal, or of a route in it; "" without a portal."""
    home = find_home(site)
    if home is None:
        return ""
    return home.full_url + (home.reverse_subpage(route, args=args) if route else "")


def ticket_url(ticket, message=None) -> str:
    """Return the absolute URL of a ticket, or of a message in it; "" without a portal."""
    url = portal_url(ticket.site, "portal_ticket", ticket.number)
    return url + message_suffix(message) if url and message else url


def shared_url(ticket) -> str:
    """Return the absolute URL where a guest reads a ticket; "" without a portal."""
    return portal_url(ticket.site, "portal_shared", ticket.number)


def message_suffix(message) -> str:
    """Return what the URL of a message adds to that of its ticket."""
    return f"?message={message.pk}#message-{message.pk}"


def invitation_url(site: Site, token: str) -> str:
    """Return the absolute URL where an invitation is accepted; "" without a portal."""
    url = portal_url(site, "portal_invitation")
    return f"{url}?{urlencode({'token': token})}" if url else ""


def form_pages():
    """Return all ticket forms as a queryset, each in one language only. Unpublished ones may have
    been live in the past."""
    models = page_models("form")
    types = ContentType.objects.get_for_models(*models).values() if models else []
    forms = _form_base().objects.filter(content_type__in=list(types))
    if is_multilingual():
        older = forms.filter(translation_key=OuterRef("translation_key"), pk__lt=OuterRef("pk"))
        forms = forms.filter(~Exists(older))
    return forms.order_by("title", "pk")


def in_all_languages(forms):
    """Return forms with all their translations, as the right side of an ``__in`` lookup.

    :param forms: pages, or their primary keys.
    """
    if not is_multilingual():
        return forms
    pages = _form_base().objects
    pks = [getattr(form, "pk", form) for form in forms]
    keys = pages.filter(pk__in=pks).values("translation_key")
    return pages.filter(translation_key__in=keys).values("pk")


def titles_in_one_language(forms: dict[int, str]) -> dict[int, str]:
    """Return each form once for all its languages, with its title in the current one.

    :param forms: titles by primary key.
    """
    if not (forms and is_multilingual()):
        return forms
    pages, language = _form_base().objects.order_by("pk"), get_language()
    found: dict = {}
    rows = pages.filter(pk__in=forms).values_list("pk", "translation_key", "locale__language_code")
    for pk, key, code in rows:
        # The same one for every reader, because filters are part of links that are shared.
        first, title = found.get(key, (pk, forms[pk]))
        found[key] = (first, forms[pk] if code == language else title)
    return dict(found.values())


def forms_in_one_language(pks) -> dict[int, tuple[int, str]]:
    """Return for each form the primary key of the translation that stands for all of them in
    :func:`form_pages`, and the title in the current language."""
    pages = _form_base().objects
    if not is_multilingual():
        return {
            pk: (pk, title) for pk, title in pages.filter(pk__in=pks).values_list("pk", "title")
        }
    keys = pages.filter(pk__in=pks).order_by().values("translation_key")
    rows = pages.filter(translation_key__in=keys).order_by("pk")
    found: dict = {}
    keys_of: dict = {}
    for pk, title, key, code in rows.values_list(
        "pk", "title", "translation_key", "locale__language_code"
    ):
        keys_of[pk] = key
        first, first_title = found.get(key, (pk, title))
        found[key] = (first, title if code == get_language() else first_title)
    return {pk: found[key] for pk, key in keys_of.items()}


def _form_base():
    """Return the model of the table to which tickets refer."""
    return next((model._meta.get_parent_list()[-1] for model in page_models("form")), page_model())
