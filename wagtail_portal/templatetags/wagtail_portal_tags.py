"""Template tags for the layout: ``{% portal as portal %}``, nonces, and Wagtail's bar."""

import re

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from wagtail.admin.templatetags.wagtailuserbar import wagtailuserbar

from wagtail_portal.pages.layout import layout_for

register = template.Library()

#: Scripts and style sheets in Wagtail's bar.
_LOADED = re.compile(r"<(?=script\b|link\b[^>]*\brel=\"stylesheet\")(script|link)(?![^>]*\bnonce=)")


@register.simple_tag(takes_context=True)
def portal(context):
    """Return the :class:`~wagtail_portal.pages.layout.Layout` of this response.

    :raises RuntimeError: without the request context processor.
    """
    request = context.get("request")
    if request is None:
        raise RuntimeError("The portal's templates need the context processor for requests.")
    return layout_for(request)


@register.simple_block_tag
def capture(content):
    """Return what's inside the tag, for a variable.

    ``{% capture as heading %}…{% endcapture %}``
    """
    return content


@register.simple_tag(takes_context=True)
def nonce(context):
    """Return the ``nonce`` attribute for a script or a style sheet, "" if the site has no nonces.

    ``<script{% nonce %} src="…"></script>``. It's found where Django's context processor ``csp``
    and django-csp put it.
    """
    found = context.get("csp_nonce")
    if found is None:
        found = getattr(context.get("request"), "csp_nonce", None)
    return "" if found is None else format_html(' nonce="{}"', found)


@register.simple_tag(takes_context=True)
def portal_userbar(context):
    """Return Wagtail's bar for editors, with nonces, which Wagtail leaves out."""
    attribute = nonce(context)
    bar = wagtailuserbar(context)
    return mark_safe(_LOADED.sub(rf"<\1{attribute}", bar)) if attribute else bar  # noqa: S308
