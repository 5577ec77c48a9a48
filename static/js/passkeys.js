// Passkeys: <form data-passkey="create|get"> is filled by the browser, then sent. Without data-options (the id of a
// JSON element) the options are asked for at the form's address.
"use strict";

const passkeyForm = document.querySelector("form[data-passkey]");
const { parseCreationOptionsFromJSON, parseRequestOptionsFromJSON } = window.PublicKeyCredential ?? {};

const ceremonies = {
  create({ creation_options: { publicKey } }) {
    // Kept on the device, so that it opens the account without an address being typed.
    Object.assign(publicKey.authenticatorSelection, { residentKey: "required", requireResidentKey: true });
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  },
  get({ request_options: { publicKey } }) {
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  },
};

async function passkeyOptions() {
  const element = document.getElementById(passkeyForm.dataset.options);
  if (element) return JSON.parse(element.textContent);
  const answer = await fetch(passkeyForm.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

async function askForPasskey(event) {
  const field = passkeyForm.elements.credential;
  if (field.value) return;
  event.preventDefault();
  try {
    const credential = await ceremonies[passkeyForm.dataset.passkey](await passkeyOptions());
    field.value = JSON.stringify(credential);
  } catch {
    const detail = { level: "warning", title: passkeyForm.dataset.failed };
    document.dispatchEvent(new CustomEvent("toast", { detail }));
    return;
  }
  passkeyForm.requestSubmit();
}

if (passkeyForm && parseCreationOptionsFromJSON && parseRequestOptionsFromJSON) {
  passkeyForm.hidden = false;
  passkeyForm.addEventListener("submit", askForPasskey);
}
addEventListener("pageshow", () => passkeyForm && (passkeyForm.elements.credential.value = ""));
