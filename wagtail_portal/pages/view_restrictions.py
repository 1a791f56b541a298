"""Wagtail's view restrictions, asked for with fewer queries: every page of the portal asks."""

from wagtail.models import PageViewRestriction


class ViewRestrictionsMixin:
    """Mix into a page class, in front of the base page."""

    def get_view_restrictions(self):
        """As Wagtail says, in one query less where neither this page nor one above it is an
        alias."""
        pages = self.get_ancestors(inclusive=True)
        found = list(pages.values_list("alias_of", "view_restrictions"))
        if any(alias for alias, _restriction in found):
            return super().get_view_restrictions()
        restrictions = PageViewRestriction.objects
        pks = [pk for _alias, pk in found if pk]
        return restrictions.filter(pk__in=pks) if pks else restrictions.none()
