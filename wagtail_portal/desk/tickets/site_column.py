"""Which site a ticket belongs to, where there are several."""

from django.utils.translation import gettext_lazy as _

from wagtail_portal.columns import Column
from wagtail_portal.models import PortalSettings

SITE = Column(key="site", label=_("Site"), source="site", related=("site",))


def has_several_sites() -> bool:
    """Return whether there are several sites, cached."""
    return PortalSettings.several_sites()


def site_columns() -> list[Column]:
    """Return the column of the site, if there are several."""
    return [SITE] if has_several_sites() else []
