// Verifies a certificate in the reader's own browser: the issuer's Ed25519 signature over the credential, and the SHA-256
// of the certificate's canonical JSON (RFC 8785), computed here and not taken from anyone. Without this script the page
// shows the server's steps. No library; WebCrypto only.

const text = new TextEncoder();

const fromBase64url = (part) =>
  Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const jsonOf = (part) => JSON.parse(new TextDecoder().decode(fromBase64url(part)));
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

// RFC 8785: names sorted by UTF-16 code units, as sort() does; numbers and texts as JSON.stringify writes them.
export const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
};

const keyOf = (issuer, kid) => {
  const method = issuer.verificationMethod.find((each) => each.id === kid);
  if (!method || issuer.id !== kid.split("#")[0] || !issuer.assertionMethod.includes(kid)) throw new Error(kid);
  const { kty, crv, x } = method.publicKeyJwk;
  return crypto.subtle.importKey("jwk", { kty, crv, x }, { name: "Ed25519" }, false, ["verify"]);
};

export const signatureHolds = async (jwt, issuer) => {
  const [header, payload, signature] = jwt.trim().split(".");
  const { alg, kid, typ } = jsonOf(header);
  if (alg !== "EdDSA" || typ !== "vc+jwt" || jsonOf(payload).issuer !== issuer.id) return false;
  const key = await keyOf(issuer, kid);
  return crypto.subtle.verify({ name: "Ed25519" }, key, fromBase64url(signature), text.encode(`${header}.${payload}`));
};

const canVerify = async () => {
  if (!globalThis.crypto?.subtle) return false;
  const zeros = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
  return crypto.subtle.importKey("jwk", zeros, { name: "Ed25519" }, false, ["verify"]).then(() => true, () => false);
};

const show = (list, title, words, holds) => {
  const step = list.appendChild(document.createElement("li"));
  step.className = holds ? "done" : holds === null ? "ahead" : "failed";
  step.appendChild(document.createElement("strong")).textContent = title;
  step.appendChild(document.createElement("p")).textContent = words;
};

const loaded = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "*/*" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
};

const verifyHere = async (list) => {
  const words = JSON.parse(list.dataset.words);
  try {
    const jwt = await (await loaded(list.dataset.credential)).text();
    const issuer = await (await loaded(list.dataset.issuer)).json();
    const published = await (await loaded(list.dataset.certificate)).arrayBuffer();
    const subject = jsonOf(jwt.split(".")[1]).credentialSubject;
    if (await canVerify()) {
      const good = await signatureHolds(jwt, issuer);
      show(list, words.signature, (good ? words.signature_good : words.signature_bad) + " " + issuer.id, good);
    } else show(list, words.signature, words.no_ed25519, null);
    if (!globalThis.crypto?.subtle) return show(list, words.digest, words.no_crypto, null);
    const computed = await sha256(text.encode(canonical(subject.content)));
    const same = [subject.contentDigest, list.dataset.digest, await sha256(published)].every((each) => each === computed);
    show(list, words.digest, (same ? words.digest_same : words.digest_other) + " " + computed, same);
  } catch (error) {
    show(list, words.failed, String(error.message ?? error), null);
  }
};

const verifyFile = (form) => {
  const words = JSON.parse(form.dataset.words);
  const [verdict, list] = [form.querySelector("#verdict"), form.querySelector("#file-steps")];
  const lang = document.documentElement.lang;
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("#file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    list.replaceChildren();
    if (!file) return;
    const answer = await fetch(form.dataset.verify, { method: "POST", body: await file.arrayBuffer() });
    const found = await answer.json();
    verdict.hidden = false;
    verdict.className = `note ${found.holds ? "good" : "bad"}`;
    verdict.textContent = answer.ok ? (found.holds ? words.file_holds : words.file_fails) : found.detail;
    for (const step of found.steps ?? []) show(list, words[step.code], step[`text_${lang}`], step.holds);
  });
};

if (globalThis.document) {
  const [own, form] = [document.querySelector("#own-steps"), document.querySelector("#file-form")];
  if (own) await verifyHere(own);
  if (form) verifyFile(form);
}
