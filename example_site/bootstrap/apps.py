from django.apps import AppConfig


class BootstrapConfig(AppConfig):
    name = "example_site.bootstrap"
    label = "example_site_bootstrap"
