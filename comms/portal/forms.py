"""The portal's way to draw a form."""

from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    pass
