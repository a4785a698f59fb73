// Writing: text that cannot vanish, one question a screen on a phone, the mail beside the text on a wide screen.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const $ = (selector, root = document) => root.querySelector(selector);
  const DELAY = 1200; // ms after the last key
  const AGAIN = 5000; // ms until a failed save is tried again
  const PATIENCE = 20000; // ms without an answer that count as none
  const PATIENCE_FILES = 120000;
  const key = `draft:${form.dataset.autosave}`;
  const status = $("[data-saved]"), trouble = $("[data-trouble]"), dialog = $("[data-dialog]");
  const version = form.elements.namedItem("version");
  const onSaved = []; // what else follows a save

  // --- counters beside short lines -------------------------------------------------------------------------------
  form.querySelectorAll("[data-count]").forEach((input) => {
    const limit = Number(input.dataset.count);
    const note = Object.assign(document.createElement("p"), { className: "counter muted small" });
    const show = () => {
      note.textContent = form.dataset.saidCount.replace("%(n)s", [...input.value].length).replace("%(limit)s", limit);
      note.classList.toggle("over", [...input.value].length > limit);
    };
    input.after(note);
    input.addEventListener("input", show);
    show();
  });

  // --- what is kept on this device until the server has it: the sender's own words, nothing about members ---------
  let timer = 0, current = null, dirty = false, stopped = false, going = null, through = false;

  // A box counts whether it is ticked or not: an unticked one sends nothing by itself.
  const boxes = () => [...form.querySelectorAll("input[type=checkbox]")].map((box) => [box.name, box.checked ? "on" : ""]);
  const words = () => [...[...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && form.elements.namedItem(name)?.type !== "checkbox"), ...boxes()];
  const keep = () => { try { localStorage.setItem(key, JSON.stringify({ version: version.value, words: words() })); } catch { /* private mode: the page itself still holds it */ } };
  const forget = () => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } };
  const restore = (kept) => kept.words.forEach(([name, value]) => {
    const input = form.elements.namedItem(name);
    if (!input || name === "version") return;
    const editor = input.id && $(`trix-editor[input="${CSS.escape(input.id)}"]`);
    if (editor?.editor) editor.editor.loadHTML(value); else if (input.type === "checkbox") input.checked = value === "on"; else input.value = value;
  });

  const tell = (what) => {
    trouble.hidden = !what;
    if (!what) return;
    $("[data-trouble-title]").textContent = form.dataset[`title${what}`];
    $("[data-trouble-text]").textContent = form.dataset[`said${what}`];
    const choose = what === "Conflict" || what === "Kept";
    $("[data-mine]").hidden = $("[data-theirs]").hidden = !choose;
    $("[data-sign-in]").hidden = what !== "SignedOut";
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

  // --- saving ------------------------------------------------------------------------------------------------------
  function save(how = {}) {
    if (stopped || !dirty) return Promise.resolve();
    current ??= send(how).finally(() => { current = null; if (dirty && !stopped && trouble.hidden) later(DELAY); });
    return current;
  }

  async function send({ keepalive = false }) {
    dirty = false;
    status.textContent = form.dataset.saidSaving;
    const files = [...form.querySelectorAll("input[type=file]")].filter((input) => input.files.length);
    const how = { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual", credentials: "same-origin" };
    how.keepalive = keepalive && !files.length;
    how.signal = AbortSignal.timeout(files.length ? PATIENCE_FILES : PATIENCE);
    try { await heard(await fetch(form.action, how), files); } catch { missed(navigator.onLine ? "Failed" : "Offline"); }
  }

  async function heard(reply, files) {
    const without = (texts) => { files.forEach((input) => { input.value = ""; }); if (texts) errors(texts); dirty = true; going = null; status.textContent = form.dataset.saidLater; later(DELAY); };
    if (reply.ok) { files.forEach((input) => { input.value = ""; }); saved(await reply.json()); }
    else if (reply.status === 422) without((await reply.json()).errors);
    else if ((reply.status === 413 || reply.status === 400) && files.length) without({ [files[0].name]: [form.dataset.saidTooLarge] });
    else if (reply.status === 409) { form.dataset.other = (await reply.json()).version; halted("Conflict"); }
    else if (reply.status === 410) halted("Locked");
    else if (reply.status === 404) missed("NotYours");
    else if (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403) signedOut();
    else throw new Error(reply.status);
  }

  const halted = (what) => { stopped = true; going = null; status.textContent = form.dataset.saidLater; tell(what); };
  const missed = (what) => { dirty = true; going = null; status.textContent = form.dataset.saidLater; tell(what); later(AGAIN); };

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
    onSaved.forEach((follow) => follow());
    if (going && !dirty) { through = true; going(); }
  };

  form.addEventListener("input", () => { dirty = true; keep(); status.textContent = form.dataset.saidLater; later(DELAY); });
  form.addEventListener("change", (event) => { dirty = true; keep(); later(event.target.type === "file" ? 0 : DELAY); });
  addEventListener("online", () => later(0));
  addEventListener("offline", () => { if (dirty) tell("Offline"); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save({ keepalive: true }); });
  addEventListener("beforeunload", (event) => { if ((dirty || current) && !stopped && !through) { keep(); event.preventDefault(); } });

  // Nothing leaves the page before the text is safe: a button and a link wait for the save.
  const after = async (go) => {
    clearTimeout(timer);
    await current;
    going = go;
    dirty = true;
    save();
  };
  form.addEventListener("submit", (event) => {
    if (through) return;
    event.preventDefault();
    const button = event.submitter;
    stopped = false;
    if (button?.value === "stay") { dirty = true; later(0); return; } // saved where one stands
    after(() => form.requestSubmit(button));
  });
  document.addEventListener("submit", (event) => { // the page's other forms: documents, another template
    if (event.target === form || event.target.closest("dialog") || !(dirty || current) || stopped || through) return;
    event.preventDefault();
    const { target, submitter } = event;
    after(() => target.requestSubmit(submitter));
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !(dirty || current) || stopped || event.defaultPrevented || event.ctrlKey || event.metaKey || link.target || link.hash) return;
    event.preventDefault();
    after(() => { location.href = link.href; });
  });

  $("[data-mine]").addEventListener("click", () => {
    if (form.dataset.other) version.value = form.dataset.other;
    else restore(JSON.parse(localStorage.getItem(key)));
    stopped = false; dirty = true; tell(""); later(0);
  });
  // What the server has not seen goes there first: refused as the draft, it is kept among the versions.
  $("[data-theirs]").addEventListener("click", async (event) => {
    const kept = form.dataset.other ? null : JSON.parse(localStorage.getItem(key));
    stopped = true;
    if (!dirty && !kept) { forget(); return; }
    event.preventDefault();
    const body = new FormData(form), { href } = event.currentTarget;
    form.querySelectorAll("input[type=file]").forEach((input) => body.delete(input.name));
    for (const [name, value] of kept?.words ?? []) {
      if (value || form.elements.namedItem(name)?.type !== "checkbox") body.set(name, value); else body.delete(name);
    }
    if (kept) body.set("version", kept.version);
    const reply = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
    if (reply?.status !== 409) { $("[data-trouble-title]").textContent = form.dataset.titleFailed; return; }
    forget();
    through = true;
    location.href = href;
  });

  // --- signed out: the code is asked for over the page, and the save goes on ---------------------------------------
  const door = $("iframe", dialog);
  let dismissed = false;
  const ask = () => { if (!dialog.open) { dialog.returnValue = ""; dialog.showModal(); door.src = door.dataset.src; } };
  const signedOut = () => {
    dirty = true;
    status.textContent = form.dataset.saidLater;
    tell("SignedOut");
    if (!dismissed) ask(); else later(AGAIN);
  };
  $("[data-sign-in]").addEventListener("click", ask);
  $("[data-later]", dialog).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { dismissed = dialog.returnValue !== "back"; later(dismissed ? AGAIN : 0); });
  door.addEventListener("load", () => {
    const page = door.contentDocument;
    if (!dialog.open || !page) return;
    page.addEventListener("keydown", ({ key }) => { if (key === "Escape") dialog.close(); }); // no key leaves a frame by itself
    $("input:not([type=hidden])", page)?.focus();
    if (page.location.pathname !== door.dataset.back) return;
    const token = $("[name=csrfmiddlewaretoken]", page).value; // a new sign-in has a new one
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((input) => { input.value = token; });
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token }));
    dirty = true;
    dialog.close("back");
  });

  // --- one question a screen ---------------------------------------------------------------------------------------
  const screens = [...form.querySelectorAll("[data-screen]")];
  const phone = matchMedia("(max-width: 47.99rem)");
  const back = $("[data-back-screen]"), next = $("[data-next-screen]"), mark = $("[data-progress]");
  const [keepButton, look] = ["[data-key-save]", "[data-key-next]"].map((name) => $(name));
  let at = 0;

  const place = (screen) => (screen.id ? screen : $("[id^=slot-], [id]", screen)).id;
  const show = (n, { focus = false } = {}) => {
    at = n;
    const paged = phone.matches && screens.length > 1;
    form.classList.toggle("paged", paged);
    screens.forEach((screen, k) => { screen.hidden = paged && k !== at; });
    const last = at === screens.length - 1;
    mark.hidden = !paged;
    back.hidden = !paged || at === 0;
    next.hidden = !paged || last;
    look.hidden = paged && !last;
    keepButton.hidden = paged;
    $("[data-first]").hidden = paged && at > 0;
    document.querySelectorAll("[data-last]").forEach((part) => { part.hidden = paged && !last; });
    if (!paged) return;
    $("p", mark).textContent = form.dataset.saidScreen.replace("%(n)s", at + 1).replace("%(all)s", screens.length);
    Object.assign($("progress", mark), { max: screens.length, value: at + 1 });
    if (!focus) return;
    scrollTo(0, 0);
    const fields = screens[at].querySelectorAll("input:not([type=hidden], [type=file], [type=checkbox]), textarea, trix-editor, select");
    [...fields].find((field) => field.offsetParent)?.focus({ preventScroll: true });
  };
  const go = (n) => {
    if (n < 0 || n >= screens.length) return;
    history.pushState(null, "", `#${place(screens[n])}`);
    show(n, { focus: true });
  };
  const asked = () => {
    const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("[data-screen]");
    const wrong = form.querySelector("[data-screen] .errorlist")?.closest("[data-screen]");
    return Math.max(0, screens.indexOf(named || wrong));
  };
  if (screens.length) {
    form.querySelectorAll("[data-screen] input").forEach((input) => { input.enterKeyHint = "next"; });
    back.addEventListener("click", () => go(at - 1));
    next.addEventListener("click", () => go(at + 1));
    addEventListener("popstate", () => show(asked(), { focus: true }));
    phone.addEventListener("change", () => show(at));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !form.classList.contains("paged") || event.target.tagName !== "INPUT") return;
      event.preventDefault();
      const fields = [...screens[at].querySelectorAll("input:not([type=hidden], [type=file], [type=checkbox])")].filter((one) => one.offsetParent);
      const following = fields[fields.indexOf(event.target) + 1];
      if (following) following.focus(); else if (at + 1 < screens.length) go(at + 1); else look.click();
    });
    show(asked());
  }

  // --- the mail beside the text --------------------------------------------------------------------------------------
  const beside = $("[data-beside]"), wide = matchMedia("(min-width: 75rem)");
  if (beside) {
    const frame = $("iframe", beside);
    let top = 0;
    const draw = () => {
      beside.hidden = !wide.matches;
      if (beside.hidden) return;
      top = frame.contentWindow?.scrollY || 0;
      if (frame.src) frame.contentWindow.location.replace(frame.dataset.src); else frame.src = frame.dataset.src;
    };
    frame.addEventListener("load", () => frame.contentWindow?.scrollTo(0, top));
    wide.addEventListener("change", draw);
    onSaved.push(draw);
    draw();
  }

  // --- text that never reached the server, from an earlier visit on this device -------------------------------------
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    const now = new Map(words());
    const differs = kept && kept.words.some(([name, value]) => name !== "version" && now.has(name) && now.get(name) !== value);
    if (!differs) forget();
    else if (kept.version === version.value) { restore(kept); dirty = true; later(0); } // nobody has saved since
    else tell("Kept");
  } catch { forget(); }
})();
