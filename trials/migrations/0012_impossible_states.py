"""What must never be true of trials: numbers that are none, the same result twice, rows of two trials in one."""

from decimal import Decimal

import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

# As in 0002: (table, column, parent), of one and the same trial.
CHILDREN = [
    ("trials_armfollowup", "data_cut_id", "trials_datacut"),
    ("trials_armfollowup", "arm_id", "trials_arm"),
]
# (table, column, parent): a value is a percentage if, and only if, what it hangs on is measured in percent. Checked
# when a transaction ends: the measure and the values change one after the other.
MEASURED = [
    ("trials_armvalue", "result_id", "trials_result"),
    ("trials_observationvalue", "observation_id", "trials_observation"),
]


def same_trial(table, column, parent):
    name = f"{table}_{column.removesuffix('_id')}_of_the_same_trial"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, trial_id)"
        f" REFERENCES {parent} (id, trial_id) DEFERRABLE INITIALLY IMMEDIATE",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def unit_of(parent):
    name = f"{parent}_and_its_unit"
    return migrations.RunSQL(
        f"ALTER TABLE {parent} ADD CONSTRAINT {name} UNIQUE (id, is_percent)",
        f"ALTER TABLE {parent} DROP CONSTRAINT {name}",
    )


def same_unit(table, column, parent):
    name = f"{table}_is_percent_like_its_{column.removesuffix('_id')}"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, is_percent)"
        f" REFERENCES {parent} (id, is_percent) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0011_rules"),
    ]

    operations = [
        migrations.AlterField(
            model_name="armfollowup",
            name="trial",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="trials.trial",
            ),
        ),
        migrations.AddConstraint(
            model_name="armfollowup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("months__isnull", True),
                    models.Q(("months__gt", Decimal("-10000000000")), ("months__lt", Decimal("10000000000"))),
                    _connector="OR",
                ),
                name="arm_follow_up_is_finite",
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["estimated", "not_reached", "not_estimable", "not_reported"])
                ),
                name="armvalue_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("value__isnull", True),
                        models.Q(
                            ("value__gt", Decimal("-10000000000")), ("value__lt", Decimal("10000000000"))
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("ci_lower__isnull", True),
                        models.Q(
                            ("ci_lower__gt", Decimal("-10000000000")),
                            ("ci_lower__lt", Decimal("10000000000")),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("ci_upper__isnull", True),
                        models.Q(
                            ("ci_upper__gt", Decimal("-10000000000")),
                            ("ci_upper__lt", Decimal("10000000000")),
                        ),
                        _connector="OR",
                    ),
                ),
                name="armvalue_numbers_are_finite",
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(("ci_sides__isnull", True), ("ci_sides__in", [1, 2]), _connector="OR"),
                name="armvalue_interval_has_one_side_or_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ci_lower_status__in", ["", "not_reached", "not_estimable", "not_reported"]),
                    ("ci_upper_status__in", ["", "not_reached", "not_estimable", "not_reported"]),
                ),
                name="armvalue_open_bound_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ci_level__isnull", True), ("ci_lower__isnull", True), ("ci_upper__isnull", True)
                    ),
                    models.Q(
                        ("ci_level__gte", Decimal("80")),
                        ("ci_level__isnull", False),
                        ("ci_level__lte", Decimal("99.9")),
                    ),
                    _connector="OR",
                ),
                name="armvalue_interval_names_its_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ci_lower__isnull", True), ("ci_lower__gte", 0), _connector="OR"),
                    models.Q(("ci_upper__isnull", True), ("ci_upper__gte", 0), _connector="OR"),
                ),
                name="arm_value_bounds_are_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_percent", False),
                    models.Q(
                        models.Q(("ci_lower__isnull", True), ("ci_lower__lte", 100), _connector="OR"),
                        models.Q(("ci_upper__isnull", True), ("ci_upper__lte", 100), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="arm_value_percent_bounds_are_at_most_100",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["estimated", "not_reached", "not_estimable", "not_reported"])
                ),
                name="comparison_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("value__isnull", True),
                        models.Q(
                            ("value__gt", Decimal("-10000000000")), ("value__lt", Decimal("10000000000"))
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("ci_lower__isnull", True),
                        models.Q(
                            ("ci_lower__gt", Decimal("-10000000000")),
                            ("ci_lower__lt", Decimal("10000000000")),
                        ),
                        _connector="OR",
                    ),
                    models.Q(
                        ("ci_upper__isnull", True),
                        models.Q(
                            ("ci_upper__gt", Decimal("-10000000000")),
                            ("ci_upper__lt", Decimal("10000000000")),
                        ),
                        _connector="OR",
                    ),
                ),
                name="comparison_numbers_are_finite",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(("ci_sides__isnull", True), ("ci_sides__in", [1, 2]), _connector="OR"),
                name="comparison_interval_has_one_side_or_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ci_lower_status__in", ["", "not_reached", "not_estimable", "not_reported"]),
                    ("ci_upper_status__in", ["", "not_reached", "not_estimable", "not_reported"]),
                ),
                name="comparison_open_bound_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ci_level__isnull", True), ("ci_lower__isnull", True), ("ci_upper__isnull", True)
                    ),
                    models.Q(
                        ("ci_level__gte", Decimal("80")),
                        ("ci_level__isnull", False),
                        ("ci_level__lte", Decimal("99.9")),
                    ),
                    _connector="OR",
                ),
                name="comparison_interval_names_its_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ci_lower__isnull", True), ("ci_lower__gte", 0), _connector="OR"),
                    models.Q(("ci_upper__isnull", True), ("ci_upper__gt", 0), _connector="OR"),
                ),
                name="comparison_bounds_are_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(("effect__in", ["hazard_ratio", "odds_ratio", ""])),
                name="comparison_effect_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("effect", ""), _negated=True), ("p_value__isnull", False), _connector="OR"
                ),
                name="comparison_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(("p_relation__in", ["", "=", "<", ">"])),
                name="comparison_p_has_a_known_sign",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(("p_sides__isnull", True), ("p_sides__in", [1, 2]), _connector="OR"),
                name="comparison_p_has_one_side_or_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="datacut",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("trial", "position"),
                name="one_data_cut_per_trial_and_position",
            ),
        ),
        migrations.AddConstraint(
            model_name="datacut",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("median_follow_up__isnull", True),
                    models.Q(
                        ("median_follow_up__gt", Decimal("-10000000000")),
                        ("median_follow_up__lt", Decimal("10000000000")),
                    ),
                    _connector="OR",
                ),
                name="data_cut_follow_up_is_finite",
            ),
        ),
        migrations.AddConstraint(
            model_name="drug",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"), name="one_drug_per_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="drugname",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("name"), name="one_drug_per_other_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["baseline", "exposure", "safety"]),
                    ("unit__in", ["percent", "weeks", "months", "events_per_100_patient_years"]),
                ),
                name="observation_kind_and_unit_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="observationvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value__isnull", True),
                    models.Q(("value__gt", Decimal("-10000000000")), ("value__lt", Decimal("10000000000"))),
                    _connector="OR",
                ),
                name="observation_value_is_finite",
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("timepoint__isnull", True),
                    models.Q(
                        ("timepoint__gt", Decimal("-10000000000")), ("timepoint__lt", Decimal("10000000000"))
                    ),
                    _connector="OR",
                ),
                name="result_time_is_finite",
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(
                condition=models.Q(("measure__in", ["median_time", "event_free_rate", "response_rate"])),
                name="result_measure_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["primary", "secondary"])), name="result_role_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.UniqueConstraint(
                models.F("data_cut"),
                models.F("endpoint"),
                models.F("measure"),
                django.db.models.functions.comparison.Coalesce("timepoint", models.Value(Decimal("0"))),
                models.F("population"),
                models.F("assessor"),
                models.F("detail"),
                models.F("publication"),
                name="result_is_entered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="trial",
            constraint=models.CheckConstraint(
                condition=models.Q(("slug__in", ["compare"]), _negated=True),
                name="trial_slug_is_not_reserved",
            ),
        ),
        migrations.AddConstraint(
            model_name="trialidentifier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number__regex", "^NCT[0-9]{8}$"), ("registry", "nct")),
                    models.Q(("number__regex", "^20[0-9]{2}-0[0-9]{5}-[0-9]{2}$"), ("registry", "eudract")),
                    models.Q(("number__regex", "^20[0-9]{2}-5[0-9]{5}-[0-9]{2}$"), ("registry", "euct")),
                    models.Q(("number__regex", "^ISRCTN[0-9]{8}$"), ("registry", "isrctn")),
                    _connector="OR",
                ),
                name="registry_number_has_its_format",
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "\\S")), name="waiver_has_a_reason"
            ),
        ),
        *(same_trial(*child) for child in CHILDREN),
        *(unit_of(parent) for _, _, parent in MEASURED),
        *(same_unit(*child) for child in MEASURED),
    ]
