// The composer: the preview frame and the countdown. Everything works without it.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);

  // --- preview: the frame is as high as its mail, and never wider than the screen -------------------------------------
  const fit = (frame) => {
    const measure = () => {
      const root = frame.contentDocument?.documentElement, box = frame.parentElement;
      if (!root) return;
      box.removeAttribute("tabindex"); // nothing is left to pan
      const height = Math.max(root.scrollHeight, frame.contentDocument.body?.scrollHeight || 0);
      const scale = Math.min(1, box.clientWidth / frame.offsetWidth); // a desktop's mail on a telephone is seen whole
      frame.style.height = `${height}px`;
      if (scale === 1 && !box.style.height) return;
      frame.style.transform = `scale(${scale})`;
      box.style.height = `${height * scale + 2}px`;
      box.style.overflow = "hidden";
    };
    frame.addEventListener("load", measure);
    addEventListener("resize", measure);
    measure();
  };

  const face = $(".tabs [aria-current]"); // on a telephone the faces are one row: the chosen one is in sight
  if (face) face.parentElement.scrollLeft = face.offsetLeft - (face.parentElement.clientWidth - face.offsetWidth) / 2;

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
})();
