// The shell: menus, double clicks, announcements. Everything works without it.
(() => {
  const live = document.getElementById("live");
  const say = (text) => { live.textContent = ""; requestAnimationFrame(() => { live.textContent = text; }); };

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details[data-menu][open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    }
    if (!(event.ctrlKey || event.metaKey)) return;
    const verb = { s: "[data-key-save]", Enter: "[data-key-next]" }[event.key]; // Ctrl+S saves, Ctrl+Enter next
    const target = verb && document.querySelector(verb);
    if (target) { event.preventDefault(); target.click(); }
  });

  // One click is one POST: a second submit of the same form does nothing until the page comes back.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.matches("[hx-post], [data-hx-post]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // A swapped part announces itself: data-announce="…" on the new element.
  document.addEventListener("htmx:load", (event) => {
    const note = event.target.closest("[data-announce]") || event.target.querySelector("[data-announce]");
    if (note) say(note.dataset.announce);
  });

  // Without a connection: one page that says so (comms.portal.installed).
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/worker.js").catch(() => {});

  document.querySelector("main [aria-invalid='true']")?.focus();
})();
