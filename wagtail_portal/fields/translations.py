"""Editors' texts in the other languages of a site.

They're stored in the row, so that a status or a field is the same in every language.
"""

from django import forms
from django.conf import settings
from django.utils.translation import get_language

from wagtail_portal.utils.humanize import labelled
from wagtail_portal.utils.languages import is_right_to_left, language_name


def content_languages() -> list[tuple[str, str]]:
    """Return ``(code, name)`` of the languages in ``WAGTAIL_CONTENT_LANGUAGES``, the site's own
    language first."""
    codes = [code for code, _name in getattr(settings, "WAGTAIL_CONTENT_LANGUAGES", [])]
    every = dict.fromkeys([settings.LANGUAGE_CODE, *codes])
    return [(code, language_name(code)) for code in every]


def localized(translations: dict | None, name: str, own):
    """Return a text in the current language.

    :param translations: as a row stores them: ``{"de": {"label": "Gelöst"}}``.
    :param own: the text in the site's language, for languages without a translation.
    """
    if not translations:
        return own
    code = get_language()
    while code:
        if text := translations.get(code, {}).get(name):
            return text
        # Fall back from "de-at" to "de".
        code = code.rpartition("-")[0]
    return own


class TranslationsWidget(forms.Widget):
    """Inputs for each text in each language, collapsed."""

    template_name = "wagtail_portal/editor/translations.html"

    def __init__(self, texts: dict[str, forms.Field], attrs=None):
        super().__init__(attrs)
        self.texts = texts

    @property
    def media(self):
        own = forms.Media(css={"all": ["wagtail_portal/desk/desk.css"]})
        return sum((field.widget.media for field in self.texts.values()), own)

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        value = value or {}
        languages = content_languages()[1:]
        context["languages"] = [self._language(name, value, *row) for row in languages]
        context["done"] = sum(bool(value.get(code)) for code, _name in languages)
        context["open"] = "aria-invalid" in context["widget"]["attrs"]
        return context

    def _language(self, name, value, code, language) -> dict:
        direction = "rtl" if is_right_to_left(code) else "ltr"
        rows = []
        for key, field in self.texts.items():
            part, widget = f"{name}-{code}-{key}", field.widget
            attrs = {"id": f"id_{part}", "lang": code, "dir": direction}
            attrs |= field.widget_attrs(widget)
            html = widget.render(part, value.get(code, {}).get(key), attrs)
            rows.append({"label": field.label, "id": attrs["id"], "html": html})
        return {"name": language, "code": code, "rows": rows}

    def value_from_datadict(self, data, files, name):
        return {
            code: {
                key: field.widget.value_from_datadict(data, files, f"{name}-{code}-{key}")
                for key, field in self.texts.items()
            }
            for code, _name in content_languages()[1:]
        }

    def value_omitted_from_data(self, data, files, name):
        return not any(part.startswith(f"{name}-") for part in data)

    def id_for_label(self, id_):
        # A label of the whole group has no single input.
        return ""


class TranslationsFormField(forms.Field):
    """A dictionary of texts by language, without empty ones."""

    def __init__(self, texts: dict[str, forms.Field], **kwargs):
        self.texts = texts
        kwargs["widget"] = TranslationsWidget(texts)
        super().__init__(**{**kwargs, "required": False})

    def __deepcopy__(self, memo):
        copied = super().__deepcopy__(memo)
        copied.widget.texts = copied.texts
        return copied

    def clean(self, value):
        names, errors = dict(content_languages()), []
        cleaned: dict[str, dict] = {}
        for code, texts in (value or {}).items():
            cleaned[code] = {}
            for key, typed in texts.items():
                try:
                    cleaned[code][key] = self.texts[key].clean(typed)
                except forms.ValidationError as error:
                    errors += [labelled(names[code], message) for message in error.messages]
        if errors:
            raise forms.ValidationError(errors)
        return _without_empty(cleaned)

    def has_changed(self, initial, data):
        return (initial or {}) != _without_empty(data or {})


def _without_empty(translations: dict) -> dict:
    filled = {
        code: {key: text for key, text in texts.items() if text}
        for code, texts in translations.items()
    }
    return {code: texts for code, texts in filled.items() if texts}
