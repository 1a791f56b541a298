"""Parts of the Wagtail admin that refuse malformed requests, which Wagtail's own fail at.

Pages never send such requests; programs do, and interrupted connections.
"""

from contextlib import contextmanager
from functools import cache, wraps

from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404
from django.utils.functional import classproperty
from wagtail.admin.widgets import BaseChooser
from wagtail.blocks.base import BlockWidget

from wagtail_portal.utils.typing import Mixin

from .query_params import parse_pk

#: What widgets raise for data that isn't theirs.
MALFORMED = (AttributeError, KeyError, TypeError, ValueError, ValidationError)


class StrictFormMixin(Mixin):
    """Mix into a form of the admin, before Wagtail's class.

    :raises BadRequest: if the data of a widget or a row is malformed.
    """

    def is_valid(self):
        if self.is_bound:
            _check(self)
        return super().is_valid()

    def defer_required_fields(self):
        # Wagtail calls this first for a draft, and looks into the rows.
        if self.is_bound:
            _check(self)
        super().defer_required_fields()


class StrictPageMixin(Mixin):
    """Mix into a page class, before the base page: the page editor's form is strict."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "base_form_class" in vars(cls):
            setattr(cls, "base_form_class", _strict(vars(cls)["base_form_class"]))  # noqa: B010

    @classproperty
    def base_form_class(cls):
        """Return the page editor's form class."""
        return _strict(super().base_form_class)


@cache
def _strict(form_class):
    if issubclass(form_class, StrictFormMixin):
        return form_class
    return type(form_class)(form_class.__name__, (StrictFormMixin, form_class), {})


def _check(form) -> None:
    for name, field in form.fields.items():
        with _refused(*MALFORMED):
            prefixed = form.add_prefix(name)
            value = field.widget.value_from_datadict(form.data, form.files, prefixed)
            if value and isinstance(field.widget, BaseChooser):
                field.widget.model_class._meta.pk.to_python(value)
    for formset in getattr(form, "formsets", {}).values():
        _check_rows(formset)
        for row in formset.forms:
            _check(row)


@contextmanager
def _refused(*errors):
    try:
        yield
    except errors as error:
        raise BadRequest("The form is incomplete or malformed.") from error


def _check_rows(formset) -> None:
    key = formset.model._meta.pk
    for number in range(min(formset.initial_form_count(), formset.total_form_count())):
        with _refused(KeyError, ValidationError):
            # An empty one is a row of an earlier draft.
            key.to_python(formset.data[f"{formset.add_prefix(number)}-{key.name}"] or None)
    for form in formset.extra_forms if formset.can_order else ():
        # Scripts number even the rows that are left empty.
        if not form.has_changed():
            raise BadRequest("A row has no number.")


class StrictBlockWidget(BlockWidget):
    """The widget of a StreamField.

    :raises BadRequest: if its data is malformed.
    """

    def value_from_datadict(self, data, files, name):
        with _refused(*MALFORMED):
            return super().value_from_datadict(data, files, name)


def refuse_overflow(view):
    """Return a view that refuses numbers of more than 64 bits. SQLite doesn't compare with them;
    other databases find nothing.

    :raises BadRequest: if there is one among several primary keys.
    """

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except OverflowError as error:
            raise BadRequest("A number is too large.") from error

    return wrapped


class StrictChooserMixin(Mixin):
    """Mix into a chooser's viewset, before Wagtail's class: whatever isn't the primary key of a row
    that can be chosen is not found, and there is no URL to create rows without a form for it."""

    def rows_for(self, user):
        """Return the rows that a user can choose."""
        raise NotImplementedError

    def construct_view(self, view_class, **kwargs):
        """Return the view, limited to these rows."""
        attributes = {"viewset": self}
        limited = type(view_class.__name__, (_LimitedRows, view_class), attributes)
        return super().construct_view(limited, **kwargs)

    def get_urlpatterns(self):
        """Return the patterns without that of a form that doesn't exist."""
        patterns = super().get_urlpatterns()
        if self.creation_form_class is None:
            return [pattern for pattern in patterns if pattern.name != "create"]
        return patterns


class _LimitedRows(Mixin):
    viewset = None

    def get_object_list(self):
        return self.viewset.rows_for(self.request.user)

    def get_objects(self, pks):
        return self.get_object_list().filter(pk__in=filter(None, map(parse_pk, pks)))

    def get_object(self, pk):
        found = self.get_objects([pk]).first()
        if found is None:
            raise Http404
        return found
