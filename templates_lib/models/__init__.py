"""What communications staff design: brands, topics, pictures and invitation templates."""

from templates_lib.models.approval import SecondPersonTask
from templates_lib.models.brand import Brand
from templates_lib.models.picture import Picture
from templates_lib.models.template import GateRun, InvitationTemplate
from templates_lib.models.topic import Topic

__all__ = ["Brand", "GateRun", "InvitationTemplate", "Picture", "SecondPersonTask", "Topic"]
