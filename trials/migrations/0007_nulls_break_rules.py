"""Rules that a null passed, because PostgreSQL lets pass what is unknown, and two that were missing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0006_figures"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="armvalue",
            name="armvalue_interval_names_its_level",
        ),
        migrations.RemoveConstraint(
            model_name="comparison",
            name="comparison_interval_names_its_level",
        ),
        migrations.RemoveConstraint(
            model_name="comparison",
            name="comparison_p_is_a_probability",
        ),
        migrations.RemoveConstraint(
            model_name="result",
            name="result_landmark_has_its_time",
        ),
        migrations.AddConstraint(
            model_name="armfollowup",
            constraint=models.CheckConstraint(
                condition=models.Q(("months__gte", 0)), name="arm_follow_up_is_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="armvalue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ci_lower__isnull", True), ("ci_upper__isnull", True)),
                    models.Q(("ci_level__gt", 50), ("ci_level__isnull", False), ("ci_level__lt", 100)),
                    _connector="OR",
                ),
                name="armvalue_interval_names_its_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ci_lower__isnull", True), ("ci_upper__isnull", True)),
                    models.Q(("ci_level__gt", 50), ("ci_level__isnull", False), ("ci_level__lt", 100)),
                    _connector="OR",
                ),
                name="comparison_interval_names_its_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value__isnull", True), models.Q(("effect", ""), _negated=True), _connector="OR"
                ),
                name="comparison_estimate_says_of_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="comparison",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("p_relation", ""), ("p_value__isnull", True)),
                    models.Q(
                        ("p_value__gt", 0),
                        ("p_value__isnull", False),
                        ("p_value__lte", 1),
                        models.Q(("p_relation", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="comparison_p_is_a_probability",
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("measure", "event_free_rate"), ("timepoint__gt", 0), ("timepoint__isnull", False)
                    ),
                    models.Q(
                        models.Q(("measure", "event_free_rate"), _negated=True), ("timepoint__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="result_landmark_has_its_time",
            ),
        ),
    ]
