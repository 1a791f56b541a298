from django.apps import AppConfig

from example_site.development import only_in_development


class DevMailConfig(AppConfig):
    name = "example_site.devmail"

    def ready(self):
        only_in_development("devmail", "shows all emails to anyone.")
