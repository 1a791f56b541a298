"""The page with all components, made of what the portal itself makes of a sample customer."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.models import Site

from .sections import sections
from .stage import stage_for


@never_cache
@require_safe
def components(request):
    """Every component in every state; as though it did not exist where ``DEBUG`` is off."""
    if not settings.DEBUG:
        raise Http404
    site = Site.find_for_request(request)
    with stage_for(site, request) as stage:
        context = {"sections": sections(stage)}
        # Here and now: the customer is gone when this ends.
        return HttpResponse(render_to_string("components/page.html", context, request))
