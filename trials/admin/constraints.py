"""What the database refuses, said beforehand at the field that is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

INTERVAL = {
    "value_is_there_when_estimated": (
        "value",
        "An estimated value needs its number; a value that is not reached, not estimable or not reported has none.",
    ),
    "interval_bounds_in_order": ("ci_lower", "The lower bound is above the upper bound."),
    "interval_names_its_level": ("ci_level", "An interval needs its level in percent, from 80 to 99.9."),
    "open_bound_has_no_number": (
        "ci_lower_status",
        "A bound is a number or open for a reason, not both.",
    ),
    "open_bound_says_why": ("ci_lower_status", "Say why the bound is open, or give its number."),
}
# Name of a constraint → the field that is wrong, and why.
WORDS = {f"{row}_{name}": words for row in ("armvalue", "comparison") for name, words in INTERVAL.items()} | {
    "trial_prior_lines_in_order": (
        "prior_lines_max",
        "The largest number of prior lines is below the smallest.",
    ),
    "one_trial_per_registry_number": ("number", "Another trial has this number."),
    "registry_number_has_its_format": ("number", "This registry has no numbers of this form."),
    "one_arm_per_trial_and_code": ("code", "Another arm of this trial has this code."),
    "one_publication_per_trial_and_code": ("code", "Another publication of this trial has this code."),
    "one_data_cut_per_trial_and_code": ("code", "Another data cut of this trial has this code."),
    "data_cut_follow_up_is_not_negative": ("median_follow_up", "Follow-up is not negative."),
    "one_role_per_trial_and_endpoint": ("endpoint", "This endpoint is in the list already."),
    "result_landmark_has_its_time": (
        "timepoint",
        "An event-free rate needs its time point in months, above 0; medians and response rates have none.",
    ),
    "arm_value_count_is_part_of_analysed": ("n", "More patients than were analysed."),
    "result_is_entered_once": (
        "endpoint",
        "This data cut has this result already, from the same publication: open that one. Another one differs in its"
        " measure, time point, population, assessor or detail.",
    ),
    "arm_value_bounds_are_not_negative": (
        "ci_lower",
        "A median or a rate is not negative, nor are its bounds.",
    ),
    "arm_value_percent_bounds_are_at_most_100": (
        "ci_upper",
        "A rate is at most 100 percent, and so are its bounds.",
    ),
    "arm_value_is_not_negative": ("value", "A median or a rate is not negative."),
    "arm_value_percent_is_at_most_100": ("value", "A rate is at most 100 percent."),
    "comparison_is_between_two_arms": ("versus", "An arm cannot be compared with itself."),
    "comparison_effect_is_positive": ("value", "A ratio is above 0."),
    "comparison_bounds_are_positive": ("ci_lower", "A ratio is above 0, and so are its bounds."),
    "comparison_says_something": ("effect", "Enter an effect or a p value, or delete the comparison."),
    "comparison_estimate_says_of_what": ("effect", "Say what the estimate is a ratio of."),
    "comparison_p_is_a_probability": (
        "p_value",
        "A p value has a sign (=, < or >) and a number above 0 and at most 1, or neither.",
    ),
    "safety_names_its_publication": ("publication", "Safety figures name their publication."),
    "observation_percent_within_0_and_100": (
        "value",
        "A share lies between 0 and 100 percent; other values are not negative.",
    ),
    "observation_value_says_something": ("value", "Enter a value or a number of patients."),
    "one_drug_per_name": ("name", "Another drug has this name."),
    "one_drug_per_other_name": ("name", "This name is taken, by this drug or another one."),
    "one_data_cut_per_trial_and_position": ("position", "Another data cut of this trial has this position."),
    "trial_slug_is_not_reserved": ("slug", "This address is taken by another page: choose another."),
}


class SaysWhere(forms.ModelForm):
    """Mixin for forms: constraints of the model become errors at their field."""

    def _post_clean(self) -> None:
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        del self.instance.validate_constraints
        for name, text in violations(self.instance, self.errors):
            field, message = WORDS.get(name, ("", text))
            if field == "ci_lower_status" and self.instance.ci_lower is None:
                field = "ci_upper_status"  # the other bound
            self.add_error(field if field in self.fields else None, message)


def violations(row: models.Model, faulty: Iterable[str]) -> list[tuple[str, str]]:
    """(name, Django's message) of the constraints that `row` breaks.

    faulty  fields with another error, whose constraints are not tried
    """
    unset = [field.name for field in row._meta.fields if field.is_relation and _is_unset(row, field)]
    found = []
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, row, exclude={*faulty, *unset})
            except ValidationError as error:
                found.append((constraint.name, error.messages[0]))
    return found


def _is_unset(row: models.Model, field: models.Field) -> bool:
    return getattr(row, field.attname) is None and not field.null
