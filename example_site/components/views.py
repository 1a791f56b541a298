"""The page with all components, rendered by the portal itself for a sample customer."""

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
    """Show every component in every state, or a 404 if ``DEBUG`` is off."""
    if not settings.DEBUG:
        raise Http404
    site = Site.find_for_request(request)
    with stage_for(site, request) as stage:
        context = {"sections": sections(stage)}
        # Render it here: the customer no longer exists after this block.
        return HttpResponse(render_to_string("components/page.html", context, request))
