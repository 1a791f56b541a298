"""Widgets for the page editor."""

from django import forms


class QuestionPicker(forms.TextInput):
    """Holds the id of another question of the same form.

    In the editor, a script puts a list of the earlier questions in front of it, by their labels.
    """

    def __init__(self, attrs=None):
        super().__init__({"data-controller": "portal-question-picker", **(attrs or {})})

    @property
    def media(self):
        return forms.Media(js=["wagtail_portal/editor/question-picker.js"])
