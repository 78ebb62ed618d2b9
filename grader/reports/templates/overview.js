"use strict";

const table = document.querySelector("#submissions");
const body = table.tBodies[0];
const rows = [...body.rows];
const find = document.querySelector("#find");
const only = document.querySelector("#only");
const shown = document.querySelector("#shown");
const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
}

// What has no number is below all that have one.
function compare(first, second) {
  const numbers = (typeof first === "number") - (typeof second === "number");
  if (numbers) return numbers;
  return typeof first === "number" ? first - second : words.compare(first, second);
}

function sort(column, up) {
  const sorted = rows.map((row) => [valueOf(row, column), row]);
  sorted.sort(([first], [second]) => (up ? 1 : -1) * compare(first, second));
  body.append(...sorted.map(([, row]) => row));
}

for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const start = head.classList.contains("number") ? "descending" : "ascending";
    const other = start === "ascending" ? "descending" : "ascending";
    const order = head.ariaSort === start ? other : start;
    for (const each of table.tHead.rows[0].cells) each.ariaSort = null;
    head.ariaSort = order;
    sort(column, order === "ascending");
  });
}

function filter() {
  const wanted = find.value.trim().toLowerCase();
  let count = 0;
  for (const row of rows) {
    const fits = row.textContent.toLowerCase().includes(wanted);
    row.hidden = !fits || (only.value !== "" && row.dataset.status !== only.value);
    count += !row.hidden;
  }
  shown.textContent = count === rows.length ? "" : `${count} of ${rows.length}`;
}

// The name of a mistake finds those who made it.
for (const name of document.querySelectorAll(".mistake")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...name.childNodes);
  name.append(button);
  button.addEventListener("click", () => {
    find.value = name.dataset.name;
    filter();
    find.focus();
  });
}

find.addEventListener("input", filter);
only.addEventListener("change", filter);
find.form.addEventListener("submit", (event) => event.preventDefault());
find.form.hidden = false;
filter();
