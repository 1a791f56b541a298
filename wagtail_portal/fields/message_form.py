"""The form for a message in a conversation."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from wagtail_portal import conf
from wagtail_portal.utils.typing import StrOrPromise

from .files import FilesField
from .form_fields import MessageField
from .submission import SUBMISSION_KEY


class MessageForm(forms.Form):
    """A message, files, or both.

    :param find_uploads: see :class:`~wagtail_portal.fields.files.FilesField`.
    """

    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    body_label: StrOrPromise = ""
    #: The text as safe HTML, if a preview was requested.
    previewed = None
    #: Whether the template for fields shows the text in a composer.
    has_composer = True
    #: The initial height of the text, in lines.
    rows = 5

    def __init__(self, *args, file_limits, find_uploads, **kwargs):
        kwargs["initial"] = {"submission_key": uuid.uuid4(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["body"] = MessageField(
            label=self.body_label,
            required=False,
            max_length=conf.MESSAGE_MAX_LENGTH,
            widget=forms.Textarea(attrs={"rows": self.rows}),
        )
        self.fields["attachments"] = FilesField(
            label=_("Attach files"),
            required=False,
            limits=file_limits,
            find_uploads=find_uploads,
            max_length=255,
        )

    @property
    def sent_key(self) -> str:
        """The submission key as the browser sent it, even if a form derives another one from it."""
        return self.data.get(self.add_prefix(SUBMISSION_KEY), "")

    @property
    def is_empty(self) -> bool:
        """Whether a valid form holds neither text nor a file."""
        return not (self.cleaned_data["body"] or self.cleaned_data["attachments"])
