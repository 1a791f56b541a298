"""How each agent likes to work in the Wagtail admin."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.typing import User


class AfterSending(models.TextChoices):
    """Where an agent goes after saving a ticket that they opened from a list."""

    STAY = "stay", _("Stay on this ticket")
    NEXT = "next", _("Go to the next ticket")
    LIST = "list", _("Go back to the list")


class AgentPreferences(models.Model):
    """What the portal remembers of an agent's choices."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    after_sending = models.CharField(max_length=10, choices=AfterSending, default=AfterSending.STAY)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("agent preferences")
        verbose_name_plural = _("agent preferences")

    def __str__(self) -> str:
        return str(self.user_id)

    @classmethod
    def of(cls, user: User) -> "AgentPreferences":
        """Return the preferences of a user; unsaved defaults if there are none yet."""
        return cls.objects.filter(user=user).first() or cls(user=user)
