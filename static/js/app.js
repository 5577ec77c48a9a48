// Behaviour of the interface. Pages work without it; see templates/cotton/ for the markup it expects.
"use strict";

const find = (selector, root = document) => root.querySelector(selector);
const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];
const csrfToken = () => find('meta[name="csrf-token"]')?.content ?? "";

// Actions: <button data-action="name">

const actions = {
  theme: (button) => chooseTheme(button.value),
  palette: () => openPalette(),
  open: (button) => {
    button.closest(".menu")?.hidePopover(); // The focus returns to its button, and so it does after the dialog.
    openDialog(document.getElementById(button.dataset.target));
  },
  close: (button) => button.closest("dialog")?.close(),
  dismiss: (button) => button.closest(".toast").remove(),
  copy: (button) => copyText(button),
  reveal: (button) => revealPassword(button),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) actions[button.dataset.action]?.(button);
});

// Theme

function chooseTheme(theme) {
  const root = document.documentElement;
  root.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Storage may be blocked; the choice then lasts for this page, or is kept by the server.
  }
  showTheme();
  if (root.dataset.themeUrl) saveTheme(root.dataset.themeUrl, theme);
}

async function saveTheme(url, theme) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ theme }),
  }).catch(() => null);
  if (!answer?.ok) toast({ level: "warning", title: texts().themeUnsaved });
}

function showTheme() {
  const theme = document.documentElement.dataset.theme || "system";
  for (const button of findAll('[data-action="theme"]')) button.ariaPressed = String(button.value === theme);
}

// Toasts: the answer's header  HX-Trigger: {"toast": {"title": …, "text": …, "level": …, "undo": url}}

const tones = { success: "ok", warning: "warn", error: "bad" };
const texts = () => find("#toast-template")?.dataset ?? {};

function toast({ title, text = "", level = "success", undo = "" }) {
  const element = find("#toast-template").content.firstElementChild.cloneNode(true);
  element.dataset.tone = tones[level] ?? "info";
  find("b", element).textContent = title;
  find("p", element).textContent = text;
  for (const icon of findAll("[data-for]", element)) if (icon.dataset.for !== element.dataset.tone) icon.remove();
  const form = find("form", element);
  if (undo) {
    form.action = undo;
    form.elements.csrfmiddlewaretoken.value = csrfToken();
  } else form.remove();
  find("#toasts").append(element);
  showToasts();
  if (!undo && level === "success") retire(element);
}

function retire(element) {
  const seconds = 6;
  setTimeout(() => (element.matches(":hover, :focus-within") ? retire(element) : element.remove()), seconds * 1000);
}

// A popover stands above an open dialog, where a plain fixed element would be hidden.
function showToasts() {
  const region = find("#toasts");
  if (!region?.childElementCount || !region.showPopover) return;
  region.popover = "manual";
  if (region.matches(":popover-open")) region.hidePopover();
  region.showPopover();
}

document.addEventListener("toast", (event) => toast(event.detail));

// Dialogs

function openDialog(dialog) {
  dialog.showModal();
  find("input:not([type=hidden]), select, textarea", dialog)?.focus();
}

document.addEventListener("mousedown", (event) => {
  if (event.target.matches("dialog[open]") && outside(event, event.target)) event.target.close();
});

function outside({ clientX: x, clientY: y }, element) {
  const box = element.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

// Menus: arrow keys, and a place beside the button where the browser cannot anchor

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  event.preventDefault();
  const items = findAll("a, button", menu);
  items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
});

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (event.newState !== "open" || !menu.matches?.(".menu")) return;
  if (!CSS.supports("position-area", "block-end")) placeMenu(menu);
  find("a, button", menu)?.focus({ preventScroll: true });
}, true);

function placeMenu(menu) {
  const button = find(`[popovertarget="${menu.id}"]`).getBoundingClientRect();
  const box = menu.getBoundingClientRect();
  const below = button.bottom + box.height + 12 < innerHeight;
  const start = menu.matches(".menu-end") ? button.right - box.width : button.left;
  menu.style.top = `${below ? button.bottom : Math.max(6, button.top - box.height - 12)}px`;
  menu.style.left = `${Math.min(Math.max(8, start), innerWidth - box.width - 8)}px`;
}

// Command palette: Ctrl K or ⌘K

const palette = find("#palette");

function openPalette() {
  find("#sidebar:popover-open")?.hidePopover();
  palette.showModal();
  find("input", palette).value = "";
  filterPalette();
}

function filterPalette() {
  const words = find("input", palette).value.toLowerCase().split(/\s+/);
  for (const option of findAll("[role=option]", palette)) {
    const text = option.textContent.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  const shown = shownOptions();
  find("p", palette).hidden = shown.length > 0;
  selectOption(shown[0]);
}

const shownOptions = () => findAll("[role=option]:not([hidden])", palette);

function selectOption(chosen) {
  for (const option of findAll("[role=option]", palette)) option.ariaSelected = String(option === chosen);
  find("input", palette).setAttribute("aria-activedescendant", chosen?.id ?? "");
  chosen?.scrollIntoView({ block: "nearest" });
}

function onPaletteKey(event) {
  const options = shownOptions();
  const at = options.findIndex((option) => option.ariaSelected === "true");
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (event.key === "Enter") options[at]?.click();
  else if (next !== undefined) selectOption(options.at(next % options.length));
  else return;
  event.preventDefault();
}

if (palette) {
  palette.addEventListener("input", filterPalette);
  palette.addEventListener("keydown", onPaletteKey);
  palette.addEventListener("click", (event) => event.target.closest("[role=option]") && palette.close());
  document.addEventListener("keydown", (event) => {
    if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    palette.open ? palette.close() : openPalette();
  });
  if (/Mac|iPhone|iPad/.test(navigator.platform)) for (const key of findAll("kbd[data-mac]")) key.textContent = key.dataset.mac;
}

// Copy and reveal

async function copyText(button) {
  const source = document.getElementById(button.dataset.target);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    toast({ title: button.dataset.done });
  } catch {
    getSelection().selectAllChildren(source);
    toast({ level: "warning", title: button.dataset.failed });
  }
}

function revealPassword(button) {
  const input = find("input", button.parentElement);
  const show = input.type === "password";
  input.type = show ? "text" : "password";
  button.ariaPressed = String(show);
  button.textContent = show ? button.dataset.hide : button.dataset.show;
}

// Forms: leave empty filters out of the address; show that a form is on its way, once

document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  if (form.hasAttribute("data-download")) submitter.disabled = true; // The page stays.
  else if (submitter?.matches(".button")) submitter.ariaBusy = "true";
});

addEventListener("pageshow", () => {
  for (const button of findAll("form[data-sent] .button[aria-busy]")) button.ariaBusy = null;
  for (const form of findAll("form[data-sent]")) delete form.dataset.sent;
  for (const list of findAll(".bulk")) countTicks(list);
});

// Lists: tick a page, or the rows from one to another with Shift, and say how many are ticked

let lastTick;

document.addEventListener("click", ({ target: box, shiftKey }) => {
  if (!box.matches?.('.bulk [name="ids"]')) return;
  const boxes = ticks(box.closest(".bulk"));
  const [from, to] = [boxes.indexOf(lastTick), boxes.indexOf(box)].sort((a, b) => a - b);
  if (shiftKey && from >= 0) for (const between of boxes.slice(from, to)) between.checked = box.checked;
  lastTick = box;
});

document.addEventListener("change", ({ target }) => {
  const list = target.closest?.(".bulk");
  if (!list) return;
  if (target.matches("[data-tick-all]")) for (const box of ticks(list)) box.checked = target.checked;
  countTicks(list);
});

const ticks = (list) => findAll('[name="ids"]', list);

function countTicks(list) {
  const [boxes, text] = [ticks(list), find(".bulk-count", list)];
  const count = boxes.filter((box) => box.checked).length;
  if (!text) return;
  for (const all of findAll("[data-tick-all]", list)) {
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
  text.textContent = count === 1 ? text.dataset.one : text.dataset.many.replace("#", count);
}

// Chart tooltips: <g data-tip="23 Oct: 430">

document.addEventListener("pointerover", (event) => {
  const bar = event.target.closest?.("[data-tip]");
  const chart = bar?.closest(".chart-plot");
  for (const tip of findAll(".tip")) if (tip.parentElement !== chart) tip.textContent = "";
  if (!chart) return;
  const tip = find(".tip", chart);
  const plot = chart.getBoundingClientRect();
  const box = find(".bar", bar).getBoundingClientRect();
  tip.textContent = bar.dataset.tip;
  tip.style.left = `${box.left - plot.left + box.width / 2}px`;
  tip.style.top = `${box.top - plot.top}px`;
});

// htmx

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrfToken();
  else for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.target.closest?.("dialog:not([open])");
  if (dialog) openDialog(dialog);
});

document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  if (xhr.status === 401) return location.reload();
  const { failed, failedText } = texts();
  toast({ level: "error", title: failed, text: xhr.getResponseHeader("X-Error-Title") ?? failedText });
});

document.addEventListener("htmx:sendError", () => {
  toast({ level: "error", title: texts().offline, text: texts().offlineText });
});

// Page start

showTheme();
showToasts();
for (const button of findAll('[data-action="reveal"][hidden]')) button.hidden = false;
// Counted from when the page is whole: on a slow line a toast would be gone before it could be read.
addEventListener("load", () => findAll('.toast[data-tone="ok"]:not(:has(form))').forEach(retire));
