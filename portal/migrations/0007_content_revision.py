"""A row for every statement that changes what readers see: the page cache asks for them (portal/pagecache)."""

from django.db import migrations, models
from django.db.models.functions import Cast, Now, Random

TABLES = (  # noqa: SIM905  (fifty lines otherwise)
    "accounts_patientorganisation accounts_statement"
    " articles_article articles_article_pictures articles_article_topics articles_article_treatments"
    " articles_citedresult articles_contribution articles_disclosure articles_keypoint articles_learningobjective"
    " articles_person articles_picture articles_reference articles_topic articles_trialidentifier"
    " portal_committeemember portal_consentnotice portal_event portal_event_drugs portal_event_topics"
    " portal_event_trials portal_hub portal_page"
    " trials_arm trials_arm_drugs trials_arm_regimen_options trials_armfollowup trials_armvalue trials_comparison"
    " trials_datacut trials_drug trials_drugclass trials_drugname trials_endpoint trials_figure trials_observation"
    " trials_observationvalue trials_publication trials_regimen trials_regimen_drugs trials_result trials_source"
    " trials_trial trials_trialendpoint trials_trialidentifier trials_waiver"
).split()

# Row triggers, since one for the statement fires for those that change nothing, too; the setting, which a rollback
# takes back with the row, keeps it to one row for each statement.
FUNCTION = """
    CREATE FUNCTION portal_note_content_change() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        statement text := pg_current_xact_id()::text || ' ' || statement_timestamp()::text;
    BEGIN
        IF current_setting('portal.change_noted', true) IS DISTINCT FROM statement THEN
            INSERT INTO portal_contentchange DEFAULT VALUES;
            PERFORM set_config('portal.change_noted', statement, true);
        END IF;
        RETURN NULL;
    END $$
"""
TRIGGERS = ";".join(
    f"CREATE TRIGGER note_content_change AFTER INSERT OR UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION portal_note_content_change()"
    for table in TABLES
)
NO_TRIGGERS = ";".join(f"DROP TRIGGER note_content_change ON {table}" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0006_what_events_are_about"),
        ("accounts", "0003_patient_organisations"),
        ("articles", "0005_drugs_for_treatments"),
        ("trials", "0015_kept_pictures"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContentChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mark",
                    models.BigIntegerField(
                        db_default=Cast(Random() * 10**15, models.BigIntegerField()),
                    ),
                ),
                ("changed_at", models.DateTimeField(db_default=Now())),
            ],
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION portal_note_content_change()"),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
