from django.apps import AppConfig

from example_site.development import only_in_development


class ComponentsConfig(AppConfig):
    name = "example_site.components"

    def ready(self):
        only_in_development("components", "writes a sample for each visit.")
