"""The tables of the radar."""

from apps.radar.models.attributes import Attribute, AttributeValue
from apps.radar.models.signals import Competitor, Import, ImportPart, SavedFilter, Signal

__all__ = ["Attribute", "AttributeValue", "Competitor", "Import", "ImportPart", "SavedFilter", "Signal"]
