"""The library's search: what a reader typed, among what that reader may read."""

from cms.search.answers import Facet, Filters, Found, Hit
from cms.search.finding import search
from cms.search.suggesting import suggest

__all__ = ["Facet", "Filters", "Found", "Hit", "search", "suggest"]
