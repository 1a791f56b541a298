"""Files."""

from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.files import File
from django.db.models import Q
from django.utils.html import escape, format_html
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from wagtail_portal.fields.base import FieldType
from wagtail_portal.fields.basic_blocks import UntranslatedLineBlock, WholeNumberBlock
from wagtail_portal.fields.context import NO_FILES
from wagtail_portal.fields.file_types import family_choices, validate_extensions
from wagtail_portal.fields.files import FilesField, SubmittedFiles, kept_value
from wagtail_portal.fields.filters import checkboxes
from wagtail_portal.fields.stored import IsAnswered


@dataclass(frozen=True)
class StoredFile:
    """A file that a ticket already has, which a form can keep or remove."""

    pk: str
    name: str
    size: int
    url: str = ""

    @classmethod
    def of(cls, stored: Any, url: str = "") -> "StoredFile | None":
        """Return the file of a stored value; None for anything else."""
        if not isinstance(stored, dict) or not stored.get("id"):
            return None
        size = stored["size"] if isinstance(stored.get("size"), int) else 1
        return cls(str(stored["id"]), str(stored.get("name") or ""), size, url)


class FileType(FieldType):
    """One file, stored as a reference to its attachment: ``{"id", "name", "size"}``.

    A form passes a new file or an earlier upload to an action, which stores both the file and the
    reference. The views of attachments serve it and check access.
    """

    key = "file"
    label = _("File")
    description = _("One file, such as a contract or a log")
    icon = "doc-full"
    can_be_typed = False
    can_be_half_width = False
    is_file = True

    def prepare(self, spec: Any, context: Any, stored: Any = ()) -> Any:
        files = [value for value in stored if StoredFile.of(value)]
        kept = [StoredFile.of(value, context.file_url(value)) for value in files]
        return replace(
            spec,
            options={
                **spec.options,
                "limits": context.file_limits,
                "find_uploads": _with_kept(kept, context.find_uploads),
                "kept": kept,
                "file_url": context.file_url,
            },
        )

    def form_field(self, spec: Any) -> Any:
        options = spec.options
        limits = options.get("limits", NO_FILES)
        field = FilesField(
            limits=limits.within(
                max_number=1,
                max_mb=options.get("max_mb"),
                types=options.get("types"),
                families=options.get("families"),
            ),
            find_uploads=options.get("find_uploads"),
            replaces=True,
            max_length=255,
        )
        field.widget.kept = options.get("kept", [])[:1]
        return field

    def to_json(self, value: Any) -> Any:
        file = value[0] if isinstance(value, list) and value else value or None
        if isinstance(file, StoredFile):
            return {"id": file.pk, "name": file.name, "size": file.size}
        return file

    def from_json(self, stored: Any) -> Any:
        """Return the value for the form field, also for a new file or an upload that was passed
        to an action."""
        if stored is None:
            return None
        if isinstance(stored, File):
            return SubmittedFiles([stored], [], [])
        file = StoredFile.of(stored) if isinstance(stored, dict) else stored
        kept = kept_value(file) if hasattr(file, "pk") else str(file)
        return SubmittedFiles([], [kept], [])

    def display(self, stored: Any, spec: Any) -> str:
        if isinstance(stored, dict):
            return str(stored.get("name") or "")
        return str(getattr(stored, "name", None) or super().display(stored, spec))

    def searched_text(self, stored: Any) -> Any:
        return str(stored.get("name") or "") if isinstance(stored, dict) else ""

    def html(self, stored: Any, spec: Any) -> Any:
        name = self.display(stored, spec)
        is_file = name and StoredFile.of(stored) is not None
        url = spec.options["file_url"](stored) if is_file and "file_url" in spec.options else ""
        if not url:
            return escape(name)
        return format_html('<a href="{}"><bdi>{}</bdi></a>', url, name)

    def filter_field(self, spec: Any) -> Any:
        return checkboxes(spec, [("yes", _("With a file")), ("no", _("Without a file"))])

    def filter_q(self, key: str, cleaned: Any) -> Q:
        if len(cleaned or ()) != 1:
            return Q()
        return Q(IsAnswered(key)) if "yes" in cleaned else ~Q(IsAnswered(key))

    def block_options(self) -> Any:
        max_mb = WholeNumberBlock(
            required=False,
            min_value=1,
            label=_("Maximum file size (MB)"),
            help_text=_("Within the limits of the portal settings."),
        )
        return [("max_mb", max_mb), ("families", FileFamiliesBlock()), ("types", FileTypesBlock())]


class FileFamiliesBlock(blocks.MultipleChoiceBlock):
    """Families of files, such as images."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=family_choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            label=_("Kinds of files"),
            help_text=_(
                "To accept every file that the portal accepts, choose none and leave the file "
                "types below empty."
            ),
            **kwargs,
        )


class FileTypesBlock(UntranslatedLineBlock):
    """File extensions, in addition to the families."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=255,
            label=_("Other file types"),
            help_text=_("File extensions separated by spaces, for example “pdf png”."),
            validators=[validate_extensions],
            **kwargs,
        )


def _with_kept(kept: Any, find_uploads: Any) -> Any:
    """Return a ``find_uploads`` that also finds the files that the ticket already has."""
    by_pk = {file.pk: file for file in kept}

    def find(ids: Any) -> Any:
        others = [pk for pk in ids if pk not in by_pk]
        found = [by_pk[pk] for pk in ids if pk in by_pk]
        return found + (find_uploads(others) if others else [])

    return find
