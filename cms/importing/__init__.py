"""An existing site brought in: a folder of HTML, Markdown and Word files becomes pages of the library.

Reading is pure (`reading`): files in, descriptions out. `plan` compares them with what is there, `writing` writes.
"""

from cms.importing.article import FolderError, Refusal
from cms.importing.plan import Plan, make_plan
from cms.importing.reading import Reading, Terms, read
from cms.importing.writing import Done, apply

__all__ = ["Done", "FolderError", "Plan", "Reading", "Refusal", "Terms", "apply", "make_plan", "read"]
