"""An operation for migrations."""

from collections.abc import Iterator

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation


class CreateModels(Operation):
    """Create many models at once.

    One after the other, Django would build the classes of all models of the site again and again
    that are related to them, which takes most of the time of ``migrate``.
    """

    reduces_to_sql = True

    def __init__(self, operations: list[Operation]):
        """
        :param operations: that create the models, and change them while they have no tables yet.
        """
        self.operations = operations

    def deconstruct(self):
        return self.__class__.__name__, [self.operations], {}

    def describe(self) -> str:
        return "Create models"

    def state_forwards(self, app_label, state):
        # Whatever uses the classes next builds all of them, once.
        state.__dict__.pop("apps", None)
        state.is_delayed = False
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self._models(app_label, schema_editor, to_state):
            schema_editor.create_model(model)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        models = [*self._models(app_label, schema_editor, from_state)]
        # MariaDB and MySQL keep a table that another one refers to, which is deleted next.
        with schema_editor.connection.constraint_checks_disabled():
            for model in reversed(models):
                schema_editor.delete_model(model)

    def _models(self, app_label, schema_editor, state) -> Iterator:
        for operation in self.operations:
            if isinstance(operation, CreateModel):
                model = state.apps.get_model(app_label, operation.name)
                if self.allow_migrate_model(schema_editor.connection.alias, model):
                    yield model
