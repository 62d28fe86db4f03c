"""What Django cannot say: a value's or comparison's arms, result and cut are of one and the same trial."""

from django.db import migrations

PARENTS = ("trials_arm", "trials_datacut", "trials_result", "trials_publication", "trials_observation")
CHILDREN = [  # (table, column, parent)
    ("trials_result", "data_cut_id", "trials_datacut"),
    ("trials_result", "publication_id", "trials_publication"),
    ("trials_armvalue", "result_id", "trials_result"),
    ("trials_armvalue", "arm_id", "trials_arm"),
    ("trials_comparison", "result_id", "trials_result"),
    ("trials_comparison", "arm_id", "trials_arm"),
    ("trials_comparison", "versus_id", "trials_arm"),
    ("trials_observation", "data_cut_id", "trials_datacut"),
    ("trials_observation", "publication_id", "trials_publication"),
    ("trials_observationvalue", "observation_id", "trials_observation"),
    ("trials_observationvalue", "arm_id", "trials_arm"),
]


def name(table, column):
    return f"{table}_{column.removesuffix('_id')}_of_the_same_trial"


def key(table):
    return f"{table}_and_its_trial"


class Migration(migrations.Migration):
    dependencies = [("trials", "0001_initial")]

    operations = [
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {key(table)} UNIQUE (id, trial_id)",
                f"ALTER TABLE {table} DROP CONSTRAINT {key(table)}",
            )
            for table in PARENTS
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name(table, column)}"
                f" FOREIGN KEY ({column}, trial_id) REFERENCES {parent} (id, trial_id)"
                " DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE {table} DROP CONSTRAINT {name(table, column)}",
            )
            for table, column, parent in CHILDREN
        ),
    ]
