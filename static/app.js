// Adds copy buttons and keys. Every action works without it; it never parses HTML and no single key decides.
"use strict";
(() => {
  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  const said = make("div", "", { role: "status", class: "hidden" });
  document.body.append(said);

  for (const box of document.querySelectorAll("[data-copy]")) {
    const text = box.textContent;
    const button = make("button", "Copy", { type: "button" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.trim());
        button.textContent = said.textContent = "Copied";
      } catch {
        button.textContent = "Select and copy";
        const range = document.createRange();
        range.selectNodeContents(box.querySelector("code") ?? box);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
      }
    });
    box.append(button);
  }

  // A link to a finding opens what it points at.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.querySelector("details");
    if (details) details.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();

  if (!("keys" in document.body.dataset)) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  let at = -1;
  const move = (step) => {
    if (rows.length === 0) return;
    if (at >= 0) rows[at].classList.remove("at");
    at = Math.min(Math.max(at + step, 0), rows.length - 1);
    rows[at].classList.add("at");
    const link = rows[at].querySelector("a");
    if (link) link.focus();
    rows[at].scrollIntoView({ block: "nearest" });
  };
  const follow = (selector) => {
    const link = document.querySelector(selector);
    if (link) link.click();
  };
  const focus = (selector) => {
    const element = document.querySelector(selector);
    if (element) element.focus();
  };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    "/": () => focus("#search"),
    "?": () => location.assign("/ui/help"),
    u: () => location.assign("/ui/queue"),
    a: () => focus(".decide [name=reason]"),
    r: () => focus(".decide [name=reason]"),
    n: () => follow('[data-key="n"]'),
    f: () => follow('[data-key="f"]'),
    m: () => follow('[data-key="m"]'),
    h: () => follow('[data-key="h"]'),
  };
  let prefix = "";
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (target instanceof Element && target.closest("input, select, textarea")) return;
    if (prefix === "g") {
      prefix = "";
      const link = document.querySelector(`.places [data-key="g${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "g") { prefix = "g"; return; }
    const action = Object.hasOwn(keys, event.key) && keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });
})();
