"""Uploaded files: which ones are allowed, and a form field for several."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext

from wagtail_portal.utils.humanize import comma_list, file_size

from .file_types import (
    REFUSED,
    describe_extensions,
    disguise,
    extension,
    extensions_of,
    split_extensions,
)


@dataclass(frozen=True)
class FileLimits:
    """Limits of the files of a message; ``max_size`` is in bytes per file.

    ``extensions`` are in lower case; "" allows files without one.
    """

    max_size: int
    max_number: int
    extensions: frozenset[str]

    @property
    def allowed(self) -> frozenset[str]:
        """The extensions that are allowed, whatever the settings say."""
        return self.extensions - REFUSED

    def within(self, *, max_number=None, max_mb=None, types=None, families=None) -> "FileLimits":
        """Return the limits of one question, which can only be narrower."""
        wanted = split_extensions(types or "") | extensions_of(families)
        return FileLimits(
            max_size=min(self.max_size, (max_mb or self.max_size) * 1024 * 1024),
            max_number=min(self.max_number, max_number or self.max_number),
            extensions=self.extensions & (wanted or self.extensions),
        )

    def describe(self) -> str:
        """Return which files are allowed, for the person who chooses them."""
        text = ngettext(
            "One file, up to %(size)s. Allowed: %(kinds)s.",
            "Up to %(number)d files, %(size)s each. Allowed: %(kinds)s.",
            self.max_number,
        )
        kinds = comma_list(describe_extensions(self.allowed))
        size = file_size(self.max_size)
        return text % {"number": self.max_number, "size": size, "kinds": kinds}

    def check(self, file) -> None:
        """Check the size, the name and the beginning of a file.

        :raises ValidationError: for the person who uploaded it.
        """
        self.check_metadata(file)
        if text := disguise(file):
            raise ValidationError(
                gettext("“%(name)s” doesn’t match its file type. %(what)s")
                % {"name": file.name, "what": text}
            )

    def check_metadata(self, file) -> None:
        """Check the size and the name of a file or an upload.

        :raises ValidationError: for the person who uploaded it.
        """
        if file.size > self.max_size:
            raise ValidationError(self.too_large(file.name))
        if file.size == 0:
            raise ValidationError(gettext("“%(name)s” is empty.") % {"name": file.name})
        if extension(file.name) not in self.allowed:
            raise ValidationError(self.wrong_type(file.name))

    def too_large(self, name: str) -> str:
        """Return the error for a file that is too large."""
        values = {"name": name, "limit": file_size(self.max_size)}
        return gettext("“%(name)s” is too large. Files can be up to %(limit)s.") % values

    def wrong_type(self, name: str) -> str:
        """Return the error for a file of a type that isn't allowed."""
        allowed = comma_list(sorted(self.allowed - {""}))
        if "" in self.allowed:
            without = gettext("files without an extension")
            allowed = f"{allowed}, {without}" if allowed else without
        values = {"name": name, "allowed": allowed}
        return gettext("“%(name)s” can’t be attached. Allowed file types: %(allowed)s.") % values


@dataclass(frozen=True)
class SubmittedFiles:
    """What a form sent: new files, uploads to keep as :func:`kept_value` writes them, and IDs to
    remove."""

    files: list
    kept: list[str]
    removed: list[str]


def kept_value(file) -> str:
    """Return the ID of an upload with its name, which is needed once the upload has been
    deleted."""
    return f"{file.pk}/{file.name}"


def unavailable(name: str) -> str:
    """Return the error for an upload that was deleted, or sent with something else.

    :param name: "" if it isn't known.
    """
    if name:
        return gettext("“%(name)s” is no longer available. Attach it again.") % {"name": name}
    return gettext("An attached file is no longer available. Attach it again.")


class FilesInput(forms.FileInput):
    """A native file input for several files.

    Browsers don't fill it in again after an error, so files that were uploaded already are listed
    above it. Each can be removed without a script.
    """

    template_name = "wagtail_portal/widgets/files.html"
    allow_multiple_selected = True

    def __init__(self, attrs=None):
        super().__init__(attrs)
        #: Earlier uploads: objects with ``pk``, ``name`` and ``size``.
        self.kept = []
        #: The errors of those that are no longer available, in a form that wasn't sent yet.
        self.errors = []

    def __deepcopy__(self, memo):
        copied = super().__deepcopy__(memo)
        copied.kept, copied.errors = list(self.kept), list(self.errors)
        return copied

    def value_from_datadict(self, data, files, name):
        def values(source, key):
            return source.getlist(key) if hasattr(source, "getlist") else []

        return SubmittedFiles(
            files=values(files, name),
            kept=values(data, f"{name}-kept"),
            removed=values(data, f"{name}-remove"),
        )

    def value_omitted_from_data(self, data, files, name):
        return name not in files and f"{name}-kept" not in data

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        # One that has been sent can't be sent a second time.
        kept = [file for file in self.kept if not getattr(file, "is_sent", False)]
        context["widget"]["kept"] = [(file, kept_value(file)) for file in kept]
        context["widget"]["errors"] = self.errors
        return context


class FilesField(forms.FileField):
    """Several files; cleans to a list of new files and earlier uploads.

    :param find_uploads: takes IDs sent by a browser and returns the uploads among them that belong
        to the current user. Some may have been sent, because a form can be sent twice; an action
        refuses them.
    :param replaces: whether a new file replaces the earlier upload.
    """

    widget = FilesInput

    def __init__(self, *, limits: FileLimits, find_uploads=None, replaces=False, **kwargs):
        self.limits, self.replaces = limits, replaces
        self.find_uploads: Callable = find_uploads or (lambda ids: [])
        #: New files that are valid, even if the form as a whole isn't.
        self.accepted: list = []
        #: Earlier uploads that are no longer available, as they were sent.
        self.missing: list[str] = []
        super().__init__(**kwargs)
        types = sorted(f".{kind}" for kind in limits.allowed)
        self.widget.attrs |= {
            "accept": ",".join(types),
            # The script checks files before uploading them, and inserts the name.
            "data-max-size": limits.max_size,
            "data-too-large": limits.too_large("{name}"),
            "data-wrong-type": limits.wrong_type("{name}"),
            "data-max-number": limits.max_number,
            "data-refused": gettext("That’s too large to send"),
        }
        if "." in types:
            # Browsers can't be told of files without an extension.
            self.widget.attrs.pop("accept")
        if limits.max_number == 1:
            self.widget.attrs.pop("multiple", None)

    def clean(self, data, initial=None):
        data = data or SubmittedFiles([], [], [])
        files = [file for file in data.files if file]
        errors = self._find(() if self.replaces and files else data.kept, data.removed)
        kept = self.widget.kept
        if not (files or kept or errors):
            super().clean(None, initial)
            return []
        if len(files) + len(kept) > self.limits.max_number:
            raise ValidationError(
                ngettext(
                    "You can attach only %(number)d file at once.",
                    "You can attach only %(number)d files at once.",
                    self.limits.max_number,
                )
                % {"number": self.limits.max_number}
            )
        for upload in kept:
            # Uploads met the portal's limits, but those of this form may be narrower.
            try:
                self.limits.check_metadata(upload)
            except ValidationError as error:
                errors.append(error)
        for file in files:
            try:
                # First, because Django's error for an empty file doesn't name it.
                self.limits.check(file)
                self.accepted.append(super().clean(file, initial))
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return [*kept, *self.accepted]

    def keep(self, values: list[str]) -> None:
        """Show earlier uploads in a form that wasn't sent yet, and the errors of those that are no
        longer available.

        :param values: as :func:`kept_value` writes them.
        """
        self.widget.errors = [error.message for error in self._find(values)]

    def _find(self, values, removed=()) -> list[ValidationError]:
        """Find earlier uploads, and return the errors of the others."""
        sent = {value.partition("/")[0]: value for value in values}
        for value in removed:
            sent.pop(value.partition("/")[0], None)
        self.widget.kept = self.find_uploads(list(sent)) if sent else []
        found = {str(upload.pk) for upload in self.widget.kept}
        self.missing = [value for pk, value in sent.items() if pk not in found]
        names = (value.partition("/")[2] for value in self.missing)
        return [ValidationError(unavailable(name)) for name in names]

    @property
    def kept_values(self) -> list[str]:
        """The uploads to keep with a draft, and the missing ones, whose error has to be shown."""
        return [*map(kept_value, self.widget.kept), *self.missing]


def upload_valid_files(form: forms.Form, upload) -> None:
    """Upload the valid files of an invalid form, so that they needn't be chosen again.

    :param upload: takes a file and returns an object with ``pk``, ``name`` and ``size``.
    """
    for field in form.fields.values():
        if isinstance(field, FilesField):
            field.widget.kept = [*field.widget.kept, *map(upload, field.accepted)]
            field.accepted = []


def keep_files(form: forms.Form, data: dict[str, list[str]]) -> None:
    """Show the earlier uploads of a saved draft in a form that wasn't sent yet.

    :param data: lists of texts by field name.
    """
    for name, field in form.fields.items():
        if isinstance(field, FilesField):
            field.keep(data.get(f"{name}-kept", []))
