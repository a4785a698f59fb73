// Tells the staff's list what somebody searched for and did not find: the words, never who (cms/views/telling.py).
// Watches [data-searched="words"][data-found="3"]; results inside it are links with [data-hit], and the form
// [data-tell] inside it says where to and brings the CSRF token. Without a script there is the form's own button.
(() => {
  const PAUSE = 3000; // ms without typing before “found nothing” counts, while results come as one types
  let told = ""; // the words told of last: results are swapped in more than once
  let opened = history.state?.opened || ""; // survives the way back from a result

  const shown = () => document.querySelector("[data-searched]");
  const words = (text) => (text || "").trim().replace(/\s+/g, " ").toLowerCase();

  const tell = () => {
    const results = shown();
    const query = words(results?.dataset.searched);
    const form = results?.querySelector("form[data-tell]");
    if (!form || !query || query === told || query === opened) return;
    told = query;
    const body = new FormData(form);
    body.delete("pressed");
    fetch(form.action, { method: "POST", body, keepalive: true, credentials: "same-origin" }).catch(() => {});
  };
  const tellIfNothing = () => { if (Number(shown()?.dataset.found) === 0) tell(); };

  const opens = (event) => {
    if (!event.target.closest("[data-hit]")) return;
    opened = words(event.target.closest("[data-searched]")?.dataset.searched);
    history.replaceState({ ...history.state, opened }, "");
  };
  document.addEventListener("click", opens);
  document.addEventListener("auxclick", opens);

  // Turning a page of the same results, or narrowing them, is not leaving them.
  let staying = false;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link) staying = words(new URL(link.href).searchParams.get("q")) === words(shown()?.dataset.searched);
  });
  document.addEventListener("submit", (event) => {
    const query = new FormData(event.target).get("q");
    if (query !== null) staying = words(query) === words(shown()?.dataset.searched);
  });
  addEventListener("pagehide", () => { if (!staying) tell(); });
  addEventListener("pageshow", () => { staying = false; });

  let wait;
  document.addEventListener("htmx:load", () => { clearTimeout(wait); wait = setTimeout(tellIfNothing, PAUSE); });
  tellIfNothing();
})();
