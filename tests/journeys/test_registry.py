"""An editor says which group of the registry is which arm, and reads the verdicts."""

from playwright.sync_api import expect

from tests.factories import make_admin
from tests.journeys.steps import sign_in
from tests.trials import registry_steps as steps


def test_editor_reads_what_the_registry_says(page, axe, live_server):
    trial = steps.make_trial()
    steps.run(steps.FILES / "with-results.json")
    sign_in(page, make_admin(email="admin@example.org"))
    page.goto(f"/admin/trials/trial/{trial.pk}/change/")

    page.get_by_role("link", name="NCT01234567").click()
    for theme in ("light", "dark"):
        axe(theme)
    page.get_by_role("link", name="Mismatch (1)").click()
    expect(page.get_by_role("cell", name="32.1 months")).to_be_visible()
    page.get_by_label(steps.GROUPS[1]).select_option("None of our arms")
    page.get_by_role("button", name="Save and compare again").click()

    expect(page.get_by_text("1 group changed")).to_be_visible()
    expect(page.get_by_role("link", name="Mismatch (0)")).to_be_visible()
    axe()
