// Names for the controls that Django's admin and its Select2 leave without one (WCAG 2.2, 4.1.2).

const cleaned = (text) => text.trim().replace(/:$/, "");

/** Rows of a table: the name is the heading of the column. New rows are copies of a named one. */
function nameCells(table) {
  const headings = [...table.tHead.rows[0].cells];
  headings.filter((cell) => !cell.textContent.trim()).forEach((cell) => {
    const name = document.createElement("span");
    name.className = "visually-hidden";
    name.textContent = "Row";
    cell.append(name);
  });
  for (const cell of table.tBodies[0].querySelectorAll("td")) {
    const name = headings[cell.cellIndex]?.textContent.trim();
    for (const control of cell.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      if (name) control.setAttribute("aria-label", name);
    }
  }
}

/** The two fields of a date with time: "First published, date" and "First published, time". */
function nameDateTime(paragraph) {
  const group = paragraph.closest("fieldset, .form-row");
  const label = group?.querySelector("legend, label");
  for (const input of label ? paragraph.querySelectorAll("input") : []) {
    const part = input.classList.contains("vDateField") ? "date" : "time";
    input.setAttribute("aria-label", `${cleaned(label.textContent)}, ${part}`);
  }
}

/** Select2 hides the select, which has a name, behind parts that have none. What is chosen is the value. */
function nameSelect2(select) {
  const name = select.getAttribute("aria-label") ?? cleaned(select.labels[0]?.textContent ?? "");
  const box = select.nextElementSibling;
  if (!name || !box?.classList.contains("select2-container")) return;
  const combobox = box.querySelector("[role=combobox]");
  combobox.removeAttribute("aria-labelledby");
  combobox.setAttribute("aria-label", name);
  const chosen = combobox.querySelector("[role=textbox]");
  chosen?.removeAttribute("aria-readonly"); // says something of a text box only
  chosen?.removeAttribute("role");
  combobox.querySelector(".select2-search__field")?.setAttribute("aria-label", name);
}

function nameAllSelect2() {
  document.querySelectorAll("select.select2-hidden-accessible").forEach(nameSelect2);
}

document.querySelectorAll(".inline-group table").forEach(nameCells);
document.querySelectorAll("p.datetime").forEach(nameDateTime);
window.django?.jQuery?.(nameAllSelect2); // after the admin's own, which makes them
document.addEventListener("formset:added", () => requestAnimationFrame(nameAllSelect2));
document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".select2-dropdown .select2-search__field")) target.setAttribute("aria-label", "Search");
});
