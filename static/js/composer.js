// The composer: autosave that never loses text, counters, the preview frame, the countdown. Everything else works without it.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const DELAY = 1200; // ms after the last key
  const AGAIN = 5000; // ms until a failed save is tried again

  // --- counters beside short lines -------------------------------------------------------------------------------
  const count = (form) => form.querySelectorAll("[data-count]").forEach((input) => {
    const limit = Number(input.dataset.count);
    const note = document.createElement("p");
    note.className = "counter muted small";
    const show = () => {
      note.textContent = form.dataset.saidCount.replace("%(n)s", [...input.value].length).replace("%(limit)s", limit);
      note.classList.toggle("over", [...input.value].length > limit);
    };
    input.after(note);
    input.addEventListener("input", show);
    show();
  });

  // --- autosave ----------------------------------------------------------------------------------------------------
  const autosave = (form) => {
    const key = `draft:${form.dataset.autosave}`;
    const status = $("[data-saved]");
    const trouble = $("[data-trouble]");
    const version = form.elements.namedItem("version");
    let timer = 0, busy = false, dirty = false, stopped = false;

    // A box counts whether it is ticked or not: an unticked one sends nothing by itself.
    const boxes = () => [...form.querySelectorAll("input[type=checkbox]")].map((box) => [box.name, box.checked ? "on" : ""]);
    const words = () => [...[...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && form.elements.namedItem(name)?.type !== "checkbox"), ...boxes()];
    const keep = () => { try { localStorage.setItem(key, JSON.stringify({ version: version.value, words: words() })); } catch { /* private mode: the page itself still holds it */ } };
    const forget = () => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } };
    const tell = (what) => {
      trouble.hidden = !what;
      if (!what) return;
      $("[data-trouble-title]").textContent = form.dataset[`title${what}`];
      $("[data-trouble-text]").textContent = form.dataset[`said${what}`];
      const choose = what === "Conflict" || what === "Kept";
      $("[data-mine]").hidden = $("[data-theirs]").hidden = !choose;
      $("[data-theirs]").href = location.pathname + location.search;
    };
    const later = (ms) => { clearTimeout(timer); timer = setTimeout(save, ms); };

    const errors = (found) => {
      form.querySelectorAll(".errorlist.quick").forEach((list) => list.remove());
      for (const [name, texts] of Object.entries(found || {})) {
        const list = Object.assign(document.createElement("ul"), { className: "errorlist quick" });
        list.setAttribute("role", "alert");
        list.append(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
        const input = form.elements.namedItem(name);
        (input?.closest?.(".field") || form).append(list);
      }
    };

    const saved = (answer) => {
      version.value = answer.version;
      status.textContent = answer.said;
      for (const [slot, url] of Object.entries(answer.pictures)) {
        const image = $(`[data-picture="${CSS.escape(slot)}"]`);
        if (image) { image.src = url; image.hidden = false; }
      }
      for (const [language, state] of Object.entries(answer.languages)) {
        const note = $(`[data-tongue="${language}"]`);
        if (note) { note.textContent = state; note.classList.toggle("good", answer.complete.includes(language)); note.classList.toggle("warn", !answer.complete.includes(language)); }
      }
      if (!dirty) forget();
      tell("");
      errors();
    };

    async function save({ keepalive = false } = {}) {
      if (busy || stopped || !dirty) return;
      busy = true; dirty = false;
      status.textContent = form.dataset.saidSaving;
      const data = new FormData(form);
      const files = [...form.querySelectorAll("input[type=file]")].filter((input) => input.files.length);
      try {
        const reply = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" }, redirect: "manual", credentials: "same-origin", keepalive });
        if (reply.ok) { files.forEach((input) => { input.value = ""; }); saved(await reply.json()); }
        else if (reply.status === 422) { files.forEach((input) => { input.value = ""; }); errors((await reply.json()).errors); status.textContent = form.dataset.saidLater; later(DELAY); }
        else if (reply.status === 409) { stopped = true; form.dataset.other = (await reply.json()).version; status.textContent = form.dataset.saidLater; tell("Conflict"); }
        else if (reply.status === 410) { stopped = true; status.textContent = form.dataset.saidLater; tell("Locked"); }
        else if (reply.type === "opaqueredirect" || reply.status === 403) { dirty = true; status.textContent = form.dataset.saidLater; tell("SignedOut"); later(AGAIN); }
        else throw new Error(reply.status);
      } catch {
        dirty = true;
        status.textContent = form.dataset.saidLater;
        tell(navigator.onLine ? "Failed" : "Offline");
        later(AGAIN);
      } finally {
        busy = false;
        if (dirty && !stopped && trouble.hidden) later(DELAY);
      }
    }

    form.addEventListener("input", () => { dirty = true; keep(); status.textContent = form.dataset.saidLater; later(DELAY); });
    form.addEventListener("change", (event) => { dirty = true; keep(); later(event.target.type === "file" ? 0 : DELAY); });
    form.addEventListener("submit", () => { clearTimeout(timer); stopped = true; });
    addEventListener("online", () => later(0));
    addEventListener("offline", () => { if (dirty) tell("Offline"); });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save({ keepalive: true }); });
    addEventListener("beforeunload", (event) => { if ((dirty || busy) && !stopped) { keep(); event.preventDefault(); } });

    $("[data-mine]").addEventListener("click", () => {
      if (form.dataset.other) version.value = form.dataset.other;
      else restore(JSON.parse(localStorage.getItem(key)));
      stopped = false; dirty = true; tell(""); later(0);
    });
    $("[data-theirs]").addEventListener("click", () => { stopped = true; forget(); });

    const restore = (kept) => kept.words.forEach(([name, value]) => {
      const input = form.elements.namedItem(name);
      if (!input || name === "version") return;
      const editor = input.id && document.querySelector(`trix-editor[input="${CSS.escape(input.id)}"]`);
      if (editor) editor.editor.loadHTML(value); else if (input.type === "checkbox") input.checked = value === "on"; else input.value = value;
    });

    // Text that never reached the server, from an earlier visit on this device.
    try {
      const kept = JSON.parse(localStorage.getItem(key));
      const now = new Map(words());
      const differs = kept && kept.words.some(([name, value]) => name !== "version" && now.has(name) && now.get(name) !== value);
      if (differs) tell("Kept"); else forget();
    } catch { forget(); }
  };

  // --- preview: the frame is as high as its mail ---------------------------------------------------------------------
  const fit = (frame) => {
    const measure = () => {
      const root = frame.contentDocument?.documentElement;
      if (root) frame.style.height = `${Math.max(root.scrollHeight, frame.contentDocument.body?.scrollHeight || 0)}px`;
    };
    frame.addEventListener("load", measure);
    addEventListener("resize", measure);
    measure();
  };

  // --- the minute to regret ------------------------------------------------------------------------------------------
  const tick = (box) => {
    const end = Date.now() + Number(box.dataset.countdown) * 1000;
    const shown = $("[data-seconds]", box);
    const timer = setInterval(() => {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      shown.textContent = left;
      if (left && box.isConnected) return;
      clearInterval(timer);
      const undo = $("form", box);
      if (undo) undo.hidden = true; // too late: the sending begins
    }, 250);
  };

  const start = (root) => {
    root.querySelectorAll("[data-countdown]:not([data-on])").forEach((box) => { box.dataset.on = ""; tick(box); });
  };
  document.addEventListener("htmx:load", (event) => start(event.target.parentElement || document));
  start(document);
  document.querySelectorAll("iframe[data-fit]").forEach(fit);
  const form = $("form[data-autosave]");
  if (form) { count(form); autosave(form); }
})();
