// Adds "Up" and "Down" buttons to inline rows that have a position. Without this script the number is typed.

const POSITION = /-\d+-position$/;

const isPosition = (input) => POSITION.test(input.name);
const positionOf = (row) => [...row.querySelectorAll("input")].find(isPosition);
const rowOf = (input) => input.closest("tr.form-row") ?? input.closest(".inline-related");

/** Rows of one group that hold something, in the order of the page; untouched empty rows stay out. */
function filledRows(group) {
  const rows = [...group.querySelectorAll("input")].filter(isPosition).map(rowOf);
  return rows.filter((row) => row.classList.contains("has_original") || isFilled(row));
}

function isFilled(row) {
  const fields = row.querySelectorAll(
    "input:not([type=hidden]):not([type=checkbox]), textarea, select.admin-autocomplete",
  );
  return [...fields].some((field) => !isPosition(field) && field.value.trim());
}

function renumber(group) {
  filledRows(group).forEach((row, index) => {
    positionOf(row).value = index + 1;
  });
}

function move(row, step, button) {
  const group = row.closest(".inline-group");
  const rows = filledRows(group);
  const neighbour = rows[rows.indexOf(row) + step];
  if (!rows.includes(row) || !neighbour) return;
  if (step < 0) neighbour.before(row);
  else neighbour.after(row);
  renumber(group);
  button.focus();
  const place = filledRows(group).indexOf(row) + 1;
  group.querySelector("[data-order-status]").textContent = `Moved to place ${place} of ${rows.length}.`;
}

function makeButton(label, row, step) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "order-button";
  button.textContent = label;
  button.addEventListener("click", () => move(row, step, button));
  return button;
}

function equip(row) {
  const input = row && positionOf(row);
  if (!input || row.classList.contains("empty-form") || row.querySelector(".order-button")) return;
  const buttons = document.createElement("span");
  buttons.className = "order-buttons";
  buttons.append(makeButton("Up", row, -1), makeButton("Down", row, 1));
  input.after(buttons);
}

function start() {
  for (const group of document.querySelectorAll(".inline-group")) {
    const inputs = [...group.querySelectorAll("input")].filter(isPosition);
    if (!inputs.length) continue;
    const status = document.createElement("p");
    status.dataset.orderStatus = "";
    status.className = "order-status";
    status.setAttribute("role", "status");
    group.append(status);
    inputs.forEach((input) => equip(rowOf(input)));
  }
  document.addEventListener("formset:added", (event) => equip(event.target));
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
