"""Template tags for how the portal looks; they know nothing of tickets or members."""

from django import template
from django.utils.html import format_html

from wagtail_portal.utils import humanize
from wagtail_portal.utils.palette import colours

register = template.Library()


@register.simple_tag
def portal_icon(name, **attrs):
    """
    Draw an icon of the sprite in ``includes/icons.html``; it says nothing to screen readers.

    ``{% portal_icon "paperclip" class="my-class" %}``
    """
    return format_html(
        '<svg class="portal-icon portal-icon--{} {}" width="20" height="20" aria-hidden="true" '
        'focusable="false"><use href="#portal-icon-{}"></use></svg>',
        name,
        attrs.get("class", ""),
        name,
    )


@register.filter
def localized(row, name):
    """A text that editors wrote, in the language of the reader.

    ``{{ portal.settings|localized:"welcome_text" }}``
    """
    return row.localized(name)


@register.simple_tag
def relative_time(moment, short=False):
    """
    Say how long ago ``moment`` was, up to a week; then its date. The exact time is the title,
    and read out.

    ``short`` is for columns: "2 h" instead of "2 hours ago".
    """
    return humanize.time_html(moment, short=short)


@register.simple_tag
def exact_time(moment):
    """The date and time of ``moment``, as short as it stays clear."""
    return humanize.exact_time_html(moment)


@register.simple_tag
def next_time(moment):
    """Say when something is to happen within a week."""
    return humanize.next_time_html(moment)


@register.simple_tag
def email_colours(accent, theme="light"):
    """The portal's colours by name, for mails, which cannot use custom properties."""
    return colours(accent or "#2f6fed", theme)


@register.filter
def initials(name):
    """Up to two letters that stand for a person: the first and the last word's."""
    words = [word for word in str(name or "").replace("@", " ").split() if word[0].isalnum()]
    letters = [words[0][0], *(words[-1][0] for _ in words[1:2])] if words else []
    return "".join(letters).upper()
