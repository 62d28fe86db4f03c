"""Which key of a record is which column, for reading and for writing. The keys are told in demo/trials/README.md.

The order is that of the written file.
"""

from __future__ import annotations

from trials.models import Registry

from .layout import Group, Item, Items, Part
from .types import (
    DATE_OR_NULL,
    DECIMAL,
    DECIMAL_OR_NULL,
    INTEGER,
    INTEGER_OR_NULL,
    OPEN_OR_NULL,
    STATUS,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    TRUTH,
    reference,
    references,
)

SOURCE_CODES = Item("source_ids", "source_codes", references("sources"))
WAIVERS = Part("waivers", is_required=False)
NOTE = Item("note", "note", TEXT_OR_NULL)
PUBLICATION_ID = Item("publication_id", "publication", reference("publications", "code"))
ANALYSIS_ID = Item("analysis_id", "data_cut", reference("analyses", "code"))
CONFIRMED = Item("confirmed", "is_confirmed", TRUTH)
ARM_ID = Item("arm_id", "arm", reference("arms", "code"))

REGISTRIES = {  # key → registry, and whether the key must be there
    "clinicaltrials_gov": (Registry.NCT, True),
    "eudract": (Registry.EUDRACT, True),
    "euct": (Registry.EUCT, False),
    "isrctn": (Registry.ISRCTN, False),
}

TRIAL: Items = (
    Item("id", "slug", TEXT),
    Item("acronym", "acronym", TEXT),
    Part("registry"),
    Item("other_ids", "other_ids", TEXTS),
    Item("short_title", "title", TEXT),
    Item("published", "is_published", TRUTH, default=True),
    Item("phase", "phase", TEXT),
    Group(
        "design",
        (
            Item("randomised", "is_randomised", TRUTH),
            Item("blinding", "blinding", TEXT),
            Item("allocation_ratio", "allocation_ratio", TEXT_OR_NULL),
            Item("control", "control", TEXT),
            Item("second_randomisation_ratio", "second_randomisation_ratio", TEXT_OR_NULL),
            Item("summary", "design_summary", TEXT_OR_NULL),
        ),
    ),
    Group(
        "population",
        (
            Item("setting", "setting", TEXT),
            Item("transplant", "transplant", TEXT),
            Item("prior_lines_min", "prior_lines_min", INTEGER_OR_NULL),
            Item("prior_lines_max", "prior_lines_max", INTEGER_OR_NULL),
            Item("key_criteria", "key_criteria", TEXT_OR_NULL),
        ),
    ),
    Group(
        "sponsor",
        (
            Item("name", "sponsor", TEXT_OR_NULL),
            Item("partner_or_parent", "sponsor_partner", TEXT_OR_NULL),
            Item("confirmed", "is_sponsor_confirmed", TRUTH),
        ),
    ),
    Item("n_enrolled", "n_enrolled", INTEGER),
    Part("arms"),
    Part("baseline"),
    Part("analyses"),
    Part("endpoint_definitions", is_required=False),
    Part("endpoints"),
    Part("exposure"),
    Part("safety"),
    Part("publications"),
    Item("notes", "notes", TEXTS),
    SOURCE_CODES,
)
ARM: Items = (
    Item("id", "code", TEXT),
    Item("name", "name", TEXT),
    Item("regimen", "regimen", reference("regimens", "abbreviation", null=None)),
    Item("regimen_as_published", "label", TEXT_OR_NULL),
    Item("regimen_options", "regimen_options", references("regimens", "abbreviation")),
    Item("drugs", "drugs", references("drugs", "slug")),
    Item("n", "n", INTEGER_OR_NULL),
    Item("role", "role", TEXT),
    Item("randomisation", "randomisation", INTEGER),
    NOTE,
)
PUBLICATION: Items = (
    Item("id", "code", TEXT),
    Item("type", "kind", TEXT),
    Item("label", "label", TEXT),
    Item("authors", "authors", TEXT_OR_NULL),
    Item("title", "title", TEXT_OR_NULL),
    Item("journal", "journal", TEXT_OR_NULL),
    Item("year", "year", INTEGER_OR_NULL),
    Item("volume", "volume", TEXT_OR_NULL),
    Item("issue", "issue", TEXT_OR_NULL),
    Item("pages", "pages", TEXT_OR_NULL),
    Item("doi", "doi", TEXT_OR_NULL),
    Item("pmid", "pmid", TEXT_OR_NULL),
    SOURCE_CODES,
    NOTE,
)
ANALYSIS: Items = (
    Item("id", "code", TEXT),
    Item("label", "label", TEXT),
    Item("median_follow_up_months", "median_follow_up", DECIMAL_OR_NULL),
    Part("median_follow_up_by_arm_months"),
    Item("data_cutoff", "cutoff", DATE_OR_NULL),
    NOTE,
)
FOLLOW_UP: Items = (ARM_ID, Item("value", "months", DECIMAL))

CI = Group(
    "ci",
    (
        Item("level_percent", "ci_level", DECIMAL_OR_NULL),
        Item("sides", "ci_sides", INTEGER_OR_NULL, default=None),
        Item("lower", "ci_lower", DECIMAL_OR_NULL),
        Item("upper", "ci_upper", DECIMAL_OR_NULL),
        Item("lower_status", "ci_lower_status", OPEN_OR_NULL),
        Item("upper_status", "ci_upper_status", OPEN_OR_NULL),
    ),
    empty={
        "ci_level": None,
        "ci_sides": None,
        "ci_lower": None,
        "ci_upper": None,
        "ci_lower_status": "",
        "ci_upper_status": "",
    },
)
P = Group(
    "p",
    (
        Item("relation", "p_relation", TEXT_OR_NULL),
        Item("value", "p_value", DECIMAL_OR_NULL),
        Item("sided", "p_sides", INTEGER_OR_NULL),
        Item("nominal", "is_p_nominal", TRUTH),
    ),
    empty={"p_relation": "", "p_value": None, "p_sides": None, "is_p_nominal": False},
)
ENDPOINT: Items = (
    Item("name", "endpoint", reference("endpoints", "name")),
    Part("abbreviation"),
    Item("detail", "detail", TEXT_OR_NULL),
    Part("population", is_required=False),
    Part("assessor", is_required=False),
    Item("kind", "role", TEXT),
    ANALYSIS_ID,
    Item("measure", "measure", TEXT),
    Part("unit"),
    Item("timepoint_months", "timepoint", DECIMAL_OR_NULL),
    Part("values"),
    Part("comparison"),
    PUBLICATION_ID,
    SOURCE_CODES,
    CONFIRMED,
    NOTE,
    WAIVERS,
)
VALUE: Items = (
    ARM_ID,
    Item("status", "status", STATUS),
    Item("value", "value", DECIMAL_OR_NULL),
    Item("n", "n", INTEGER_OR_NULL),
    Item("n_analysed", "n_analysed", INTEGER_OR_NULL, default=None),
    CI,
)
COMPARISON: Items = (
    ARM_ID,
    Item("versus_arm_id", "versus", reference("arms", "code")),
    Item("effect", "effect", TEXT_OR_NULL),
    Item("estimate", "value", DECIMAL_OR_NULL),
    Part("status", is_required=False),
    CI,
    P,
)
DEFINITION: Items = (
    Item("name", "endpoint", reference("endpoints", "name")),
    Item("kind", "role", TEXT),
    Item("definition", "definition", TEXT_OR_NULL),
)
WAIVER: Items = (
    Item("check", "check_code", TEXT),
    Item("numbers", "numbers", TEXT, default=""),  # without them: whatever the check finds in this row
    Item("reason", "reason", TEXT),
    Item("given_by", "given_by", TEXT_OR_NULL),
)

UNIT = Item("unit", "unit", TEXT)
BESIDE: Items = (  # what baseline and exposure seldom say
    UNIT,
    Item("grade", "grade", TEXT_OR_NULL, default=""),
    Item("analysis_id", "data_cut", reference("analyses", "code", null=None), default=None),
    Part("values"),
    Item("publication_id", "publication", reference("publications", "code", null=None)),
    SOURCE_CODES,
    Item("confirmed", "is_confirmed", TRUTH, default=True),
    Item("note", "note", TEXT_OR_NULL, default=""),
    WAIVERS,
)
BASELINE: Items = (Item("characteristic", "name", TEXT), *BESIDE)
EXPOSURE: Items = (Item("measure", "name", TEXT), *BESIDE)
SAFETY: Items = (
    Item("event", "name", TEXT),
    Item("grade", "grade", TEXT_OR_NULL),
    Item("analysis_id", "data_cut", reference("analyses", "code", null=None)),
    UNIT,
    Part("values"),
    PUBLICATION_ID,
    SOURCE_CODES,
    CONFIRMED,
    NOTE,
    WAIVERS,
)
OBSERVED: Items = (
    ARM_ID,
    Item("value", "value", DECIMAL_OR_NULL),
    Item("n", "n", INTEGER_OR_NULL, default=None),
)
OBSERVED_SAFETY: Items = (
    ARM_ID,
    Item("value", "value", DECIMAL_OR_NULL),
    Item("n", "n", INTEGER_OR_NULL),
)

SOURCE: Items = (
    Item("id", "code", TEXT),
    Item("kind", "kind", TEXT),
    Item("title", "title", TEXT),
    Item("url", "url", TEXT_OR_NULL),
    Item("seen_as", "seen_as", TEXT_OR_NULL),
)
DRUG: Items = (
    Item("id", "slug", TEXT),
    Item("name", "name", TEXT),
    Part("class"),
    Part("class_code"),
    Item("target", "target", TEXT_OR_NULL),
    Item("route", "routes", TEXTS),
    Part("brand_names"),
    Part("synonyms"),
    Item("letters", "letters", TEXTS),
    NOTE,
)
BRAND: Items = (Item("name", "name", TEXT), Item("region", "region", TEXT_OR_NULL))
REGIMEN: Items = (
    Item("abbreviation", "abbreviation", TEXT),
    Item("synonyms", "synonyms", TEXTS),
    Item("name", "name", TEXT),
    Item("drugs", "drugs", references("drugs", "slug")),
    Item("kind", "kind", TEXT),
    NOTE,
    Part("trial_ids", is_required=False),
)
