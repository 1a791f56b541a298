"""Keep where a page of the portal was."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Site

from wagtail_portal.compat import page_model
from wagtail_portal.models import FormerPath


def remember_path(page: Any, *, left: str, at: datetime | None = None) -> None:
    """Keep the path that a portal or a form had, so that links in emails still lead to it.

    :param page: the page, which has another path by now.
    :param left: its former ``url_path``.
    """
    roots = {root.root_path for root in Site.get_site_root_paths()}
    pks = dict(page_model().objects.filter(url_path__in=roots).values_list("url_path", "pk"))
    longest = FormerPath._meta.get_field("path").max_length or 0
    with transaction.atomic():
        for root_path, pk in pks.items():
            here = page.url_path.removeprefix(root_path)
            if page.url_path.startswith(root_path):
                FormerPath.objects.filter(root=pk, path=here).delete()
            path = left.removeprefix(root_path)
            # Nothing but the portal could be at the root, where no link is broken.
            if left.startswith(root_path) and path and len(path) <= longest:
                values = {"page_id": page.pk, "left_at": at or timezone.now()}
                FormerPath.objects.update_or_create(root_id=pk, path=path, defaults=values)
