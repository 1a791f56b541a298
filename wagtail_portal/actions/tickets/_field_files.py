"""Files that are the value of a ticket field, or the answer to a question."""

import uuid
from dataclasses import dataclass

from django.core.files import File

from wagtail_portal.fields import get_field_type
from wagtail_portal.models import Attachment

from ._files import display_name


@dataclass(frozen=True)
class FieldFile:
    """A file to be stored with a ticket.

    :param file: a new file, or an earlier upload.
    :param pk: the primary key that it will have.
    :param field_key: the key of the ticket field, or "" for an answer.
    """

    file: object
    pk: uuid.UUID
    field_key: str


def extract_files(values: dict, answers=()) -> tuple[dict, list, list[FieldFile]]:
    """Replace files in ``values`` (by field key) and ``answers`` by what the ticket stores instead.

    :return: the values, the answers, and the files to be saved with the ticket.
    """
    found: list[FieldFile] = []

    def stored(value, field_key=""):
        if not isinstance(value, File | Attachment):
            return value
        pk = value.pk if isinstance(value, Attachment) else uuid.uuid4()
        found.append(FieldFile(value, pk, field_key))
        return {"id": str(pk), "name": display_name(value.name), "size": value.size}

    values = {key: stored(value, key) for key, value in values.items()}
    stored_answers = []
    for answer in answers:
        if get_field_type(answer.get("type", "text")).is_file:
            value = stored(answer["value"])
            name = value["name"] if isinstance(value, dict) else answer["display"]
            answer = {**answer, "value": value, "display": name}
        stored_answers.append(answer)
    return values, stored_answers, found
