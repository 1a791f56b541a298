"""``{% portal as portal %}``: the frame of the page, from the request."""

from django import template

from wagtail_portal.pages.layout import layout_for

register = template.Library()


@register.simple_tag(takes_context=True)
def portal(context):
    """The :class:`~wagtail_portal.pages.layout.Layout` of this response.

    :raises RuntimeError: without the request context processor.
    """
    request = context.get("request")
    if request is None:
        raise RuntimeError("The portal's templates need the context processor for requests.")
    return layout_for(request)
