from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "comms.demo"
    label = "demo"
