"""Keep the names of deleted statuses in the history of tickets."""

import json
from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import pre_delete

from wagtail_portal.models import Status, TicketLogEntry

CHUNK = 500
ACTIONS = [f"wagtail_portal.{name}" for name in ("change_status", "close_ticket", "reopen_ticket")]


def keep_status(status: Status) -> None:
    """Store the name, label and translations of a status with every change to or from it, because
    it's about to be deleted. Until then, log entries hold only its key."""
    is_named = Q(data__old=status.key) | Q(data__new=status.key)
    entries = TicketLogEntry.objects.filter(is_named, action__in=ACTIONS).order_by()
    # Few entries differ in their data, so those with the same are updated together.
    found = defaultdict(list)
    for pk, data in entries.values_list("pk", "data").iterator():
        for key in ("old", "new"):
            if data.get(key) == status.key:
                data[key] = status.snapshot()
        found[json.dumps(data)].append(pk)
    with transaction.atomic():
        for data, pks in found.items():
            for start in range(0, len(pks), CHUNK):
                chunk = TicketLogEntry.objects.filter(pk__in=pks[start : start + CHUNK])
                chunk.update(data=json.loads(data))


def _deleted(sender: Any, instance: Any, **kwargs: Any) -> None:
    keep_status(instance)


def connect() -> None:
    """Keep them from now on."""
    pre_delete.connect(_deleted, sender=Status, dispatch_uid="wagtail_portal.keep_status")
