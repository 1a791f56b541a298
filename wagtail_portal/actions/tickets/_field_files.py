"""Files that are the value of a ticket field, or the answer to a question."""

import uuid
from dataclasses import dataclass

from django.core.files import File

from wagtail_portal.fields import get_field_type
from wagtail_portal.models import Attachment

from ._files import display_name


@dataclass(frozen=True)
class FieldFile:
    """A file on its way into a ticket, under the primary key that it will have."""

    file: object
    pk: uuid.UUID
    #: The key of the ticket field; empty for an answer.
    field_key: str


def take_files(values: dict, answers=()) -> tuple[dict, list, list[FieldFile]]:
    """``values`` by field key and ``answers`` as a ticket keeps them, and the files that have to
    be kept with it: new ones, and uploads that went ahead."""
    found: list[FieldFile] = []

    def stored(value, field_key=""):
        if not isinstance(value, File | Attachment):
            return value
        pk = value.pk if isinstance(value, Attachment) else uuid.uuid4()
        found.append(FieldFile(value, pk, field_key))
        return {"id": str(pk), "name": display_name(value.name), "size": value.size}

    values = {key: stored(value, key) for key, value in values.items()}
    kept = []
    for answer in answers:
        if get_field_type(answer.get("type", "text")).is_file:
            value = stored(answer["value"])
            name = value["name"] if isinstance(value, dict) else answer["display"]
            answer = {**answer, "value": value, "display": name}
        kept.append(answer)
    return values, kept, found
