"""Keep the names of agents whose user accounts are deleted."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import pre_delete

from wagtail_portal.models import Member, Message, TicketLogEntry, display_name
from wagtail_portal.utils.typing import User

MAX_LENGTH = Message._meta.get_field("former_author").max_length


def keep_agent_name(user: User) -> None:
    """Store the name of an agent with everything they wrote and did, because their user account is
    about to be deleted. The name of a customer isn't kept."""
    name = display_name(user, from_team=True)[:MAX_LENGTH]
    with transaction.atomic():
        Message.objects.filter(author=user, from_team=True).update(former_author=name)
        if not Member.objects.filter(user=user).exists():
            TicketLogEntry.objects.filter(user=user).update(former_user=name)


def _deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    keep_agent_name(instance)


def connect() -> None:
    """Keep the names from now on."""
    pre_delete.connect(_deleted, sender=get_user_model(), dispatch_uid="wagtail_portal.agent_name")
