"""Keep the names of requesters in the search index, wherever they're changed."""

from django.contrib.auth import get_user_model
from django.db.models.signals import post_save

from wagtail_portal.utils.users import user_name_fields

from .base import backend


def connect() -> None:
    """Listen to changes of users."""
    uid = "wagtail_portal.search.names"
    post_save.connect(on_user_saved, sender=get_user_model(), dispatch_uid=uid)


def on_user_saved(instance, created, update_fields=None, raw=False, **kwargs) -> None:
    """Index the name of a user again, if it may have changed."""
    shown = {*user_name_fields(), instance.get_email_field_name()}
    if not (created or raw) and (update_fields is None or shown & set(update_fields)):
        backend().rename(instance)
