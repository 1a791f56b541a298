from django.apps import AppConfig

from example_site.development import only_in_development


class ComponentsConfig(AppConfig):
    name = "example_site.components"

    def ready(self):
        only_in_development("components", "creates sample data on each visit.")
