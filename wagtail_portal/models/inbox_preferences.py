"""How each agent likes to see the inbox."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.typing import User


class Density(models.TextChoices):
    """How much room a ticket takes in the list."""

    COMPACT = "compact", _("One line per ticket")
    COMFORTABLE = "comfortable", _("Comfortable, with the last message on a second line")


class InboxPreferences(models.Model):
    """What an agent chose to see in the inbox."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    density = models.CharField(max_length=20, choices=Density, default=Density.COMPACT)
    #: Names of columns in their order; empty for the team's usual ones.
    columns = models.JSONField(default=list, blank=True)
    #: Saved views in the agent's order, by primary key. Others follow.
    view_order = models.JSONField(default=list, blank=True)
    #: Saved views that are tabs, by primary key.
    pinned_views = models.JSONField(default=list, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("inbox preferences")
        verbose_name_plural = _("inbox preferences")

    def __str__(self) -> str:
        return str(self.user_id)

    @classmethod
    def of(cls, user: User) -> "InboxPreferences":
        """Return the preferences of a user; unsaved defaults if there are none yet."""
        return cls.objects.filter(user=user).first() or cls(user=user)

    def arrange(self, views: Any) -> list:
        """Return saved views in the agent's order, each with ``is_pinned``."""
        places = {pk: place for place, pk in enumerate(self.view_order)}
        found = sorted(views, key=lambda view: places.get(view.pk, len(places)))
        for view in found:
            view.is_pinned = view.pk in self.pinned_views
        return found
