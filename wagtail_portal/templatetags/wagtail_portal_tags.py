"""``{% portal as portal %}``: the layout of the page."""

from django import template

from wagtail_portal.pages.layout import layout_for

register = template.Library()


@register.simple_tag(takes_context=True)
def portal(context):
    """Return the :class:`~wagtail_portal.pages.layout.Layout` of this response.

    :raises RuntimeError: without the request context processor.
    """
    request = context.get("request")
    if request is None:
        raise RuntimeError("The portal's templates need the context processor for requests.")
    return layout_for(request)
