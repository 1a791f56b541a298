"""Template tags for icons, lists, times and colors."""

from functools import lru_cache
from uuid import uuid4

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from wagtail_portal.fields.submission import SUBMISSION_KEY
from wagtail_portal.utils import humanize
from wagtail_portal.utils.palette import colors
from wagtail_portal.utils.storage import rendition_or_none

register = template.Library()


@register.simple_tag
def portal_icon(name, **attrs):
    """Return an icon from ``includes/icons.html``, hidden from screen readers.

    ``{% portal_icon "paperclip" class="my-class" %}``
    """
    return _icon(str(name), str(attrs.get("class", "")))


@lru_cache(maxsize=500, typed=True)
def _icon(name: str, css_class: str) -> str:
    return format_html(
        '<svg class="portal-icon portal-icon--{} {}" width="20" height="20" aria-hidden="true" '
        'focusable="false"><use href="#portal-icon-{}"></use></svg>',
        name,
        css_class,
        name,
    )


@register.simple_tag
def portal_picture(image, spec):
    """Return the rendition of a picture in the portal settings, or None if it can't be read.

    ``{% portal_picture portal.settings.logo "max-480x96" as logo %}``
    """
    return rendition_or_none(image, spec)


@register.simple_tag
def submission_key():
    """Return the key by which the browser learns that what it keeps of a form has arrived."""
    return format_html('<input type="hidden" name="{}" value="{}">', SUBMISSION_KEY, uuid4())


@register.filter
def attributes(attrs):
    """Return the attributes of a widget, as Django's ``attrs.html``, which takes far longer."""
    shown = ((name, value) for name, value in attrs.items() if value is not False)
    return mark_safe(  # noqa: S308
        "".join(
            format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
            for name, value in shown
        )
    )


@register.filter
def localized(row, name):
    """Return a field of ``row`` in the reader's language.

    ``{{ portal.settings|localized:"welcome_text" }}``
    """
    return row.localized(name)


register.filter(humanize.comma_list)
register.filter(humanize.file_size)


@register.simple_tag
def relative_time(moment, short=False):
    """Return how long ago ``moment`` was, up to a week, then its date. The title is the exact time.

    :param short: for columns: "2 h" instead of "2 hours ago".
    """
    return humanize.time_html(moment, short=short)


@register.simple_tag
def exact_time(moment):
    """Return the date and time of ``moment``, as short as possible."""
    return humanize.exact_time_html(moment)


@register.simple_tag
def next_time(moment):
    """Return when something will happen within a week."""
    return humanize.next_time_html(moment)


@register.simple_tag
def email_colours(accent, theme="light"):
    """Return the portal's colors by name, for emails, which can't use custom properties."""
    return colors(accent or "#2f6fed", theme)


@register.filter
def initials(name):
    """Return the initials of the first and the last word of a name."""
    words = [word for word in str(name or "").replace("@", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
