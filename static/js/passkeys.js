// Passkeys: a form with data-passkey asks the server for a challenge, the device for an answer, and sends that along.
// Without this file, or where the browser has no passkeys, the form stays hidden and the other ways remain.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  function question(publicKey) {
    publicKey.challenge = bytes(publicKey.challenge);
    if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      for (const one of publicKey[list] || []) one.id = bytes(one.id);
    }
    return { publicKey };
  }

  function answer(credential) {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    const clientExtensionResults = credential.getClientExtensionResults();
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults });
  }

  async function ask(form) {
    const token = form.elements.csrfmiddlewaretoken.value;
    const reply = await fetch(form.dataset.challenge, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "error" });
    if (!reply.ok) throw new Error(`challenge: ${reply.status}`);
    const options = question((await reply.json()).publicKey);
    const credential = await navigator.credentials[form.dataset.passkey](options);
    form.elements.credential.value = answer(credential);
    const box = document.getElementById(form.dataset.remember);
    if (box) form.elements.remember.value = box.checked ? "on" : "";
    form.submit();
  }

  if (!window.PublicKeyCredential) return;
  for (const notice of document.querySelectorAll("[data-no-passkeys]")) notice.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const error = form.querySelector("[role=alert]");
      error.hidden = true;
      ask(form).catch(() => { error.hidden = false; error.focus(); });
    });
  }
})();
