// The keys of the queue, and the focus after each change of the page. Whatever a key does, a
// button or a link that is on the page does.
"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const kept = (name) => localStorage.getItem("review-" + name);
  const keep = (name, value) => localStorage.setItem("review-" + name, value);
  // A key that is pressed while the next page is on its way would be meant for this one.
  let under_way = 0;
  let focused = "";

  const press = (selector) => {
    const found = one(selector);
    if (found && !found.disabled) found.click();
    return Boolean(found);
  };
  const focus = (selector) => {
    const found = one(selector);
    if (found) found.focus();
    return Boolean(found);
  };
  const by_rubric = () => Boolean(one("#rubric-1")) && kept("digits") !== "points";

  const show = () => {
    const digits = one("#digits");
    if (digits) {
      digits.hidden = false;
      digits.setAttribute("aria-pressed", String(!by_rubric()));
    }
    for (const each of document.querySelectorAll("[data-digits]")) {
      const meant = one("#rubric-1") ? (by_rubric() ? "rubric" : "points") : "points";
      each.hidden = each.dataset.digits !== meant;
    }
    const told = [...document.querySelectorAll("#page [data-told]")];
    one("#told").textContent = told.map((each) => each.textContent.trim()).join(" ");
    for (const link of document.querySelectorAll(".bar nav a")) {
      if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };

  const digit = (event) => {
    const found = /^(?:Digit|Numpad)([0-9])$/.exec(event.code) || /^([0-9])$/.exec(event.key);
    return found ? Number(found[1]) : null;
  };
  const give = (number, half) => {
    if (by_rubric()) return press("#rubric-" + number);
    const field = one("#field");
    if (field) {
      field.value = number;
      field.focus();
      return true;
    }
    const wanted = String(number + (half ? 0.5 : 0));
    const button = document.getElementById("points-" + wanted);
    if (button) button.click();
    return Boolean(button);
  };
  const ACTIONS = {
    j: () => press("#next"),
    n: () => press("#next"),
    k: () => press("#previous"),
    p: () => press("#previous"),
    u: () => press("#undo"),
    a: () => press("#all"),
    o: () => press("#open-report"),
    r: () => press("#to-rubric"),
    d: () => press("#digits"),
    c: () => focus("#comment"),
    f: () => focus("#former-1"),
    "/": () => press("#to-search"),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) {
      if (event.key === "Escape") focus("#heading");
      return;
    }
    if (!one("#shortcuts").checked || event.repeat) return;
    const number = digit(event);
    const action = ACTIONS[event.key];
    if (number === null && !action) return;
    if (under_way) {
      event.preventDefault();
      return;
    }
    if (number === null ? action() : give(number, event.shiftKey)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const former = event.target.closest("[data-comment]");
    if (former) {
      one("#comment").value = former.dataset.comment;
      focus("#comment");
    }
    if (event.target.closest("#digits")) {
      keep("digits", by_rubric() ? "points" : "rubric");
      show();
    }
  });
  document.addEventListener("submit", (event) => {
    // One press of a button decides once.
    if (!under_way) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.id === "shortcuts") keep("keys", event.target.checked ? "on" : "off");
  });

  const ours = (event) => event.detail.target && event.detail.target.id === "page";
  document.addEventListener("htmx:beforeRequest", (event) => { if (ours(event)) under_way += 1; });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (ours(event)) under_way = 0;
    if (event.detail.successful) one("#trouble").textContent = "";
  });
  document.addEventListener("htmx:sendError", () => {
    one("#trouble").textContent =
      "The server does not answer. What was saved is safe; what you did just now was not saved. " +
      "Start `grader review` again, and open the address that it prints.";
  });
  document.addEventListener("htmx:beforeSwap", () => { focused = document.activeElement.id; });
  document.addEventListener("htmx:afterSettle", () => {
    const same = focused && document.getElementById(focused);
    (same || one("#heading")).focus({ preventScroll: true });
    show();
  });

  one("#shortcuts").checked = kept("keys") !== "off";
  show();
})();
