"""Clinical trials as data: entered once, cited, drawn, compared."""

from .drugs import Drug, DrugClass, DrugName, Regimen
from .endpoints import Endpoint, TrialEndpoint
from .figures import Figure
from .numbers import Given, Interval, PrintedDecimal
from .observations import Observation, ObservationValue, Waiver
from .registry import RegistryArm, RegistrySnapshot, RegistrySuggestion
from .results import ArmValue, Comparison, Result
from .sources import Confirmed, Source, Sourced
from .trials import (
    FORMATS,
    Arm,
    ArmFollowUp,
    DataCut,
    Publication,
    Registry,
    Trial,
    TrialIdentifier,
)

__all__ = [
    "FORMATS",
    "Arm",
    "ArmFollowUp",
    "ArmValue",
    "Comparison",
    "Confirmed",
    "DataCut",
    "Drug",
    "DrugClass",
    "DrugName",
    "Endpoint",
    "Figure",
    "Given",
    "Interval",
    "Observation",
    "ObservationValue",
    "PrintedDecimal",
    "Publication",
    "Regimen",
    "Registry",
    "RegistryArm",
    "RegistrySnapshot",
    "RegistrySuggestion",
    "Result",
    "Source",
    "Sourced",
    "Trial",
    "TrialEndpoint",
    "TrialIdentifier",
    "Waiver",
]
