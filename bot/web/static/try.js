// The simulator: a chat like on the phone, live over EventSource. All texts are set as text, never as markup.

const $ = (id) => document.getElementById(id);
let csrf = document.body.dataset.csrf; // Changes with the made-up customer.
const maxBytes = Number(document.body.dataset.maxMb) * 1024 * 1024;
const LOOKS = ["whatsapp", "telegram", "plain"];
const WHATSAPP_BUTTONS = 3;

const kept = {
  get: (name) => {
    try { return localStorage.getItem(name); } catch { return null; } // Private windows may refuse storage.
  },
  set: (name, value) => {
    try { localStorage.setItem(name, value); } catch { kept.refused = true; }
  },
};

let state = null; // What the server last said of this chat, its messages aside.
let messages = []; // As shown, by id.
let waiting = []; // Sent by this page and not yet in the transcript.
let shownWhy = null; // Id of the message whose reasons are shown; null for the newest.
let litClause = "";
let clockShift = 0; // The chat's clock less this device's, in milliseconds.
let source = null;
let lastDay = "";

// ---- Small pieces

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function drawing(path, box = "0 0 24 24", fill = "none") {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ viewBox: box, fill, stroke: "currentColor", "stroke-width": "1.9", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" })) svg.setAttribute(name, value);
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

const TICKS = { waits: ["M8 1.500a4 4 0 1 1 0 8a4 4 0 1 1 0-8M8 3.500v2.200l1.500.8", "Sending"], sent: ["M4.500 6l2.500 2.800L12 2.500", "Sent"], delivered: ["M1.500 6l2.500 2.800L9 2.500M7 8l.8.8L13 2.500", "Delivered"], read: ["M1.500 6l2.500 2.800L9 2.500M7 8l.8.8L13 2.500", "Read"], failed: ["M8 2v4.500M8 9v.1", "Not sent"] };
function tick(mark) {
  const [path, words] = TICKS[mark];
  return el("span", { class: mark }, drawing(path, "0 0 16 11"), el("span", { class: "unseen" }, words));
}

let toastTimer = 0;
function toast(words) {
  $("toast").textContent = words;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 5000);
}

async function ask(path, body) {
  const form = body instanceof FormData;
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: form ? { "X-CSRF": csrf } : { "X-CSRF": csrf, "Content-Type": "application/json" },
      body: form ? body : JSON.stringify({ brand: state.brand.id, ...body }),
    });
  } catch {
    throw new Error("No connection. Try again in a moment.");
  }
  if (answer.status === 403) throw new Error("This page is too old. Please reload it.");
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.problem ?? "That did not work. Please try again.");
  return said;
}

const act = (promise) => promise.catch((error) => toast(error.message));

// ---- Time, by the clock of the chat

const chatNow = () => new Date(Date.now() + clockShift);
const formats = new Map();
function shown(date, options) {
  const key = state.brand.zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-IN", { timeZone: state.brand.zone, ...options }));
  return formats.get(key).format(date);
}
const time = (date) => shown(date, { hour: "2-digit", minute: "2-digit", hour12: false });
const dayKey = (date) => shown(date, { year: "numeric", month: "2-digit", day: "2-digit" });
function day(date) {
  const now = chatNow();
  if (dayKey(date) === dayKey(now)) return "Today";
  if (dayKey(date) === dayKey(new Date(now.getTime() - 86_400_000))) return "Yesterday";
  return shown(date, { weekday: "short", day: "numeric", month: "short", year: "numeric" });
}
const moment = (text) => {
  const date = new Date(text);
  return `${day(date)}, ${time(date)}`;
};

function showClock() {
  if (!state) return;
  const now = chatNow();
  $("head-time").textContent = time(now);
  $("head-day").textContent = shown(now, { day: "numeric", month: "short" });
  $("clock-now").textContent = `${shown(now, { weekday: "short", day: "numeric", month: "short" })}, ${time(now)}`;
  const ahead = Math.round(state.moved / 3600);
  $("clock-note").textContent = ahead < 1 ? "The same as the real time. Moving it on moves this chat alone." : ahead < 48 ? `${ahead} h ahead of the real time.` : `${Math.round(ahead / 24)} days ahead of the real time.`;
}

// ---- A message's words: *bold*, _leaning_, clause ids that can be opened

// An id without # is one only behind the word clause or in a bracket: "5 days" and "please note" name no clause.
const NAMED = "(?<=(?:[Cc]lauses?\\s|क्लॉज़\\s|\\()(?:[\\w#.-]+(?:,\\s|\\sand\\s|\\saur\\s|\\sऔर\\s))*)";
function words(text, clauses) {
  const box = el("p");
  const ids = clauses.map((clause) => clause.id).sort((a, b) => b.length - a.length);
  const escaped = ids.map((id) => (id.includes("#") ? "" : NAMED) + id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp([...(ids.length ? [`(?<clause>(?<![\\w#.])(?:${escaped.join("|")})(?![\\w#]|\\.\\d))`] : []), "(?<![\\w*])\\*(?<bold>[^*\\n]+)\\*(?![\\w*])", "(?<![\\w_])_(?<lean>[^_\\n]+)_(?![\\w_])"].join("|"), "g");
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    box.append(text.slice(from, match.index));
    const { clause, bold, lean } = match.groups;
    if (clause) box.append(el("button", { class: "clause", type: "button", "data-clause": clause, title: "Show this clause" }, clause));
    else if (bold) box.append(el("b", {}, ...words(bold, clauses).childNodes));
    else box.append(el("em", {}, ...words(lean, clauses).childNodes));
    from = match.index + match[0].length;
  }
  box.append(text.slice(from));
  return box;
}

function fileOf(file) {
  if (file.refused) return el("span", { class: "file" }, drawing("M6 3h8l5 5v13H6zM9 13l6 6M15 13l-6 6"), el("span", {}, el("b", {}, file.name || "File"), el("small", {}, file.refused)));
  if (!file.url) return el("span", { class: "file" }, drawing("M6 3h8l5 5v13H6zM14 3v5h5"), el("span", {}, el("b", {}, file.name || "File"), el("small", {}, file.words)));
  if (file.picture) return el("a", { class: "thumb", href: file.url, target: "_blank", rel: "noopener" }, el("img", { src: file.url, alt: file.name ? `Photo ${file.name}` : "Photo", loading: "lazy" }));
  if (file.kind === "voice") return el("audio", { class: "voice", controls: true, preload: "metadata", src: file.url, "aria-label": "Voice note" });
  return el("a", { class: "file", href: file.url, download: file.name || true }, drawing("M6 3h8l5 5v13H6zM14 3v5h5"), el("span", {}, el("b", {}, file.name || "File"), el("small", {}, file.words)));
}

function buttonsOf(message) {
  const look = $("phone").dataset.look;
  if (look === "whatsapp" && message.buttons.length > WHATSAPP_BUTTONS) {
    return el("div", { class: "taps" }, el("button", { class: "tap", type: "button", "aria-haspopup": "dialog", onclick: () => pick(message) }, drawing("M5 7h14M5 12h14M5 17h14"), "Choose"));
  }
  return el("div", { class: "taps", role: "group", "aria-label": "Answers to tap" }, ...message.buttons.map((button, at) => {
    const alone = message.buttons.length % 2 === 1 && at === message.buttons.length - 1;
    return el("button", { class: `tap${alone || button.label.length > 18 ? " wide" : ""}`, type: "button", onclick: (event) => { event.currentTarget.setAttribute("aria-pressed", "true"); tap(button); } }, button.label);
  }));
}

function markOf(message) {
  if (message.mark) return message.mark;
  return message.heard || state.owner === "bot" ? "read" : "delivered";
}

function itemOf(message) {
  const mine = message.author === "customer";
  if (message.kind === "note") return null;
  const at = new Date(message.at);
  const bubble = el("div", { class: `bubble${message.mark === "waits" ? " waits" : ""}${message.mark === "failed" ? " failed" : ""}` });
  bubble.append(el("span", { class: "unseen" }, mine ? "You: " : `${message.author === "agent" ? message.agent : state.brand.name}: `));
  if (message.author === "agent") bubble.append(el("span", { class: "who", "aria-hidden": "true" }, message.agent));
  if (message.file) bubble.append(fileOf(message.file));
  const text = words(message.text, message.clauses);
  text.append(el("span", { class: "meta" }, el("time", { datetime: message.at }, time(at)), mine ? tick(markOf(message)) : ""));
  bubble.append(text);
  if (message.mark === "failed") bubble.append(el("button", { class: "button low", type: "button", onclick: () => again(message) }, "Send again"));
  const item = el("li", { class: `item${mine ? " mine" : ""}`, "data-id": message.id ?? "", "data-author": message.author }, bubble);
  if (message.buttons.length) item.append(buttonsOf(message));
  if (message.author === "bot") bubble.addEventListener("click", (event) => { if (!event.target.closest("a, audio, .clause")) showWhy(message.id); });
  return item;
}

// ---- The log

const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 90;
function toEnd() {
  $("log").scrollTop = $("log").scrollHeight;
  $("newest").hidden = true;
}

function put(message, before = null) {
  const item = itemOf(message);
  if (!item) return;
  const key = dayKey(new Date(message.at));
  if (key !== lastDay) {
    lastDay = key;
    $("log").insertBefore(el("li", { class: "day" }, day(new Date(message.at))), before);
  }
  const previous = before ? before.previousElementSibling : $("log").lastElementChild;
  if (previous?.dataset.author && previous.dataset.author !== message.author) item.classList.add("turned");
  message.item = item;
  $("log").insertBefore(item, before);
}

function drawLog() {
  const log = $("log");
  log.setAttribute("aria-live", "off");
  log.classList.add("still");
  log.replaceChildren();
  lastDay = "";
  if (!messages.length && !waiting.length) {
    log.append(el("li", { class: "day note" }, `This is a made-up chat with ${state.brand.name}. Ask something about a refund, or tap one of these.`));
    log.append(el("li", { class: "starters" }, ...chips().slice(0, 3).map(chip)));
  }
  messages.forEach((message) => put(message));
  waiting.forEach((message) => put(message));
  toEnd();
  setTimeout(() => { log.setAttribute("aria-live", "polite"); log.classList.remove("still"); }, 60);
}

function arrived(message) {
  if (messages.some((known) => known.id === message.id)) return;
  const stay = atEnd() || message.author === "customer";
  if (!messages.length) for (const hint of $("log").querySelectorAll(".day.note, .starters")) hint.remove();
  messages.push(message);
  if (message.author === "customer" && waiting.length) {
    const sent = waiting.shift();
    sent.item?.remove();
    if (sent.url) URL.revokeObjectURL(sent.url);
  }
  typing(false);
  put(message, waiting.find((other) => other.item)?.item ?? null);
  if (message.author !== "customer" && shownWhy !== null) shownWhy = null;
  drawWhy();
  if (stay) toEnd();
  else $("newest").hidden = false;
}

let dots = null;
function typing(on) {
  dots?.remove();
  dots = null;
  $("presence").textContent = on ? "typing…" : presence();
  if (!on || state.owner !== "bot") return;
  dots = el("li", { class: "typing", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const stay = atEnd();
  $("log").append(dots);
  if (stay) toEnd();
}

function presence() {
  if (!source || source.readyState === EventSource.CLOSED) return "not connected";
  return state.owner === "agent" ? `${state.agent} is here` : "online";
}

// ---- Sending

const fresh = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;

function say(text) {
  const clean = text.trim();
  if (!clean) return;
  send({ text: clean }, () => ["/try/api/say", { text: clean }]);
}

const tap = (button) => send({ text: button.label }, () => ["/try/api/tap", { label: button.label, payload: button.payload }]);

function send(part, request) {
  const message = { id: null, author: "customer", kind: "text", text: "", buttons: [], clauses: [], file: null, at: chatNow().toISOString(), mark: "waits", ...part, token: fresh(), request };
  if (!messages.length) for (const hint of $("log").querySelectorAll(".day.note, .starters")) hint.remove();
  waiting.push(message);
  put(message);
  toEnd();
  deliver(message);
}

function deliver(message) {
  const [path, body] = message.request(message.token);
  if (!(body instanceof FormData)) body.id = message.token;
  ask(path, body).then(
    () => { if (waiting.includes(message)) { redraw(message, "sent"); if (state.owner === "bot") typing(true); } },
    (error) => { toast(error.message); if (waiting.includes(message)) redraw(message, "failed"); },
  );
}

function redraw(message, mark) {
  message.mark = mark;
  const old = message.item;
  const item = itemOf(message);
  item.className = old.className;
  message.item = item;
  old.replaceWith(item);
}

function again(message) {
  redraw(message, "waits");
  deliver(message);
}

// The kind as a channel would name it, from what the file is.
function kindOf(file, wanted) {
  if (wanted === "document") return "document";
  if (file.type.startsWith("image/")) return "photo";
  if (file.type.startsWith("video/")) return wanted === "voice" ? "voice" : "video";
  if (file.type.startsWith("audio/")) return "voice";
  return "document";
}

function sendFiles(files, wanted = "") {
  const caption = $("words").value.trim();
  [...files].forEach((file, at) => {
    if (file.size > maxBytes) {
      toast(`${file.name} is larger than ${document.body.dataset.maxMb} MB. Please send a smaller one.`);
      return;
    }
    const kind = kindOf(file, wanted);
    const text = at === 0 ? caption : "";
    const url = URL.createObjectURL(file);
    send({ text, url, file: { kind, name: file.name, url, picture: kind === "photo", words: `${Math.max(1, Math.round(file.size / 1024))} KB`, refused: "" } }, (token) => {
      const form = new FormData();
      form.append("brand", state.brand.id);
      form.append("id", token);
      form.append("kind", kind);
      form.append("caption", text);
      form.append("file", file, file.name);
      return ["/try/api/file", form];
    });
  });
  if (caption) clearWords();
}

function pick(message) {
  $("picks").replaceChildren(...message.buttons.map((button, at) => el("label", {}, el("span", {}, button.label), el("input", { type: "radio", name: "pick", value: String(at), checked: at === 0 }))));
  $("picker").onclose = () => {
    const chosen = $("picks").querySelector("input:checked");
    if ($("picker").returnValue === "send" && chosen) tap(message.buttons[Number(chosen.value)]);
  };
  $("picker").returnValue = "";
  $("picker").showModal();
}

// ---- The drawer

function stated(clauses) {
  return el("ul", { class: "stated" }, ...clauses.map((clause) => el("li", { class: clause.id === litClause ? "lit" : "" }, el("span", {}, el("b", { class: "mono" }, clause.id), " ", el("span", { class: "section" }, clause.section)), el("span", {}, clause.says))));
}
const card = (title, ...children) => el("section", { class: "card" }, title ? el("h2", {}, title) : "", ...children);
function pairs(rows) {
  return el("dl", { class: "pairs" }, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}
const HELD = { true: ["held-yes", "✓ holds"], false: ["held-no", "✕ does not"], null: ["held-unknown", "not known"] };

function trace(steps) {
  return el("div", { class: "table-wrap" }, el("table", { class: "trace" }, el("thead", {}, el("tr", {}, ...["Condition", "Result", "Clause"].map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, ...steps.map((step) => el("tr", {}, el("td", {}, step.condition), el("td", {}, el("span", { class: HELD[String(step.held)][0] }, HELD[String(step.held)][1])), el("td", { class: "mono" }, step.clause))))));
}

function showWhy(id, clause = "") {
  shownWhy = id;
  litClause = clause;
  drawWhy();
  openTab("why");
  if (matchMedia("(max-width: 799px)").matches) open("inspector");
}

// One answer may be several bubbles: the clauses of all that stand together, each once.
function answerOf(chosen) {
  let from = messages.indexOf(chosen);
  let to = from;
  while (messages[from - 1]?.author === "bot") from -= 1;
  while (messages[to + 1]?.author === "bot") to += 1;
  const all = messages.slice(from, to + 1).flatMap((message) => message.clauses);
  return [...new Map(all.map((clause) => [clause.id, clause])).values()];
}

function drawWhy() {
  const bots = messages.filter((message) => message.author === "bot");
  const chosen = bots.find((message) => message.id === shownWhy) ?? bots.at(-1);
  const panel = $("panel-why");
  if (!chosen) {
    panel.replaceChildren(card("Why this answer?", el("p", { class: "empty" }, "Every answer rests on numbered clauses of the company's policy. When the bot has answered, this is where you see how it read your message, the clauses it used, the facts it knows and how it decided.")));
    return;
  }
  const asked = messages.slice(0, messages.indexOf(chosen)).findLast((message) => message.author === "customer");
  const heard = asked?.heard;
  const parts = [];
  if (heard) {
    const meter = el("meter", { class: "meter", min: "0", max: "1", value: String(heard.confidence), "aria-hidden": "true" });
    parts.push(card("How your message was read", pairs([["You wrote", asked.text || "(a file)"], ["Meant", heard.intent], ["Sure", heard.confidence === null ? "" : el("span", {}, meter, `${Math.round(heard.confidence * 100)} %`)], ["Language", heard.language], ["Found", heard.values.join(", ")]])));
  }
  const clauses = answerOf(chosen);
  parts.push(card(clauses.length ? "Clauses this answer rests on" : "Clauses", clauses.length ? stated(clauses) : el("p", { class: "empty" }, "This answer states nothing of the policy.")));
  const { draft, decision } = state.behind;
  if (draft) parts.push(card(`Your request: ${draft.claim}`, pairs(draft.facts.map((fact) => [fact.label, fact.recorded ? `${fact.value} (on record: ${fact.recorded})` : fact.value])), draft.asked ? el("p", { class: "small quiet" }, `Asked now: ${draft.asked}`) : ""));
  if (decision) {
    parts.push(card("What the policy says so far", el("p", { class: "outcome" }, el("b", {}, decision.outcome), decision.amount ? el("b", {}, decision.amount) : "", decision.eta ? el("span", { class: "tag" }, decision.eta) : ""),
      ...decision.conflicts.map((conflict) => el("p", { class: `notice small${conflict.decides ? " warn" : ""}` }, `${conflict.clauses}: ${conflict.says}${conflict.decides ? " A person decides." : ""}`)),
      pairs([["Clauses", decision.clauses.map((clause) => clause.id).join(", ")], ["Still missing", decision.missing], ["Presumed", decision.presumed]])));
    if (decision.because.length || decision.others.length) {
      parts.push(card("How it was decided", decision.because.length ? trace(decision.because) : "",
        decision.others.length ? el("details", { class: "more" }, el("summary", {}, `${decision.others.length} other conditions that were tested`), trace(decision.others)) : ""));
    }
  }
  panel.replaceChildren(...parts);
  panel.querySelector(".lit")?.scrollIntoView({ block: "nearest" });
}

function drawCases() {
  for (const count of document.querySelectorAll("[data-cases-count]")) {
    count.hidden = !state.cases.length;
    count.textContent = state.cases.length;
  }
  const cards = state.cases.map((found) => el("article", { class: "card case-card" },
    el("header", {}, el("b", { class: "mono" }, found.ref), el("span", { class: `tag ${found.tone}` }, found.state)),
    el("p", {}, found.claim, found.subject ? el("span", { class: "quiet" }, ` · ${found.subject}`) : ""),
    pairs([["Policy says", [found.outcome, found.amount].filter(Boolean).join(", ")], ["Reference", found.reference], ["Due", found.due ? moment(found.due) : ""]]),
    found.moves.length ? el("div", {}, el("h2", {}, "Play the company"), el("div", { class: "moves" }, ...found.moves.map((move) => el("button", { class: `button low${move.tone === "bad" ? " no" : ""}`, type: "button", onclick: () => moveCase(found, move) }, move.words)))) : "",
    el("ol", { class: "timeline" }, ...found.timeline.map((event) => el("li", {}, el("b", {}, event.what), ` by ${event.by}`, event.why ? el("span", { class: "quiet" }, ` – ${event.why}`) : "", el("br"), el("time", { datetime: event.at }, moment(event.at)))))));
  $("panel-cases").replaceChildren(...(cards.length ? cards : [card("Cases", el("p", { class: "empty" }, "Nothing filed yet. When a request is filed it gets a number and stands here; you can then play the company: approve it, decline it, send the money."))]));
}

function moveCase(found, move) {
  const box = $("move");
  $("move-title").textContent = `${found.ref}: ${move.words}`;
  $("move-amount").hidden = !move.amount;
  $("move-reference").hidden = !move.reference;
  const form = box.querySelector("form");
  form.reset();
  box.returnValue = "";
  box.onclose = () => {
    if (box.returnValue !== "move") return;
    const given = Object.fromEntries(new FormData(form));
    act(ask("/try/api/case", { ref: found.ref, state: move.state, ...given }).then((said) => { if (said.warning) toast(said.warning); }));
  };
  box.showModal();
}

function drawAgent() {
  const theirs = state.owner === "agent";
  $("takeover").checked = theirs;
  $("agent-box").hidden = !theirs;
  $("agent-bar").hidden = !theirs;
  $("presence").textContent = presence();
  $("due-note").textContent = state.due ? `Next: ${state.due.what}, ${moment(state.due.at)}.` : "Nothing is due in this chat.";
  $("next-due").disabled = !state.due;
}

function drawBehind() {
  clockShift = new Date(state.now).getTime() - Date.now();
  showClock();
  drawAgent();
  drawCases();
  drawWhy();
  for (const input of document.querySelectorAll("[name=language]")) input.checked = input.value === state.language;
}

// ---- Tabs and sheets

function openTab(name) {
  for (const tab of document.querySelectorAll("[data-tab]")) {
    const on = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    $(`panel-${tab.dataset.tab}`).hidden = !on;
    if (on) $("inspector-title").textContent = tab.firstChild.textContent;
  }
}

let opener = null;
function open(id) {
  $(id).classList.add("open");
  $("shade").hidden = false;
  for (const button of document.querySelectorAll(`[data-opens=${id}]`)) button.setAttribute("aria-expanded", "true");
  $(id).querySelector("[data-closes]").focus();
}
function closeSheets() {
  for (const sheet of document.querySelectorAll(".side.open")) sheet.classList.remove("open");
  for (const button of document.querySelectorAll("[data-opens]")) button.setAttribute("aria-expanded", "false");
  $("shade").hidden = true;
  opener?.focus();
  opener = null;
}

// ---- Begin, live, begin again

async function begin(brand) {
  source?.close();
  let answer;
  try {
    answer = await fetch(`/try/api/state?brand=${encodeURIComponent(brand)}`);
  } catch {
    toast("No connection. Reload the page to try again.");
    return;
  }
  if (!answer.ok) {
    toast("This chat could not be opened. Reload the page to try again.");
    return;
  }
  const whole = await answer.json();
  ({ messages, ...state } = whole);
  waiting = [];
  shownWhy = null;
  kept.set("brand", brand);
  $("name").textContent = state.brand.name;
  $("face").textContent = state.brand.initials;
  $("face").dataset.tint = state.brand.tint;
  $("me").textContent = `${state.me.name}, ${state.me.address}`;
  drawLanguages();
  drawSamples();
  drawBehind();
  drawLog();
  listen(brand, messages.at(-1)?.id ?? 0);
}

function listen(brand, after) {
  source = new EventSource(`/try/events?brand=${encodeURIComponent(brand)}&after=${after}`);
  source.addEventListener("open", () => { $("presence").textContent = presence(); });
  source.addEventListener("error", () => { $("presence").textContent = source.readyState === EventSource.CLOSED ? "not connected" : "connecting…"; });
  source.addEventListener("message", (event) => arrived(JSON.parse(event.data)));
  source.addEventListener("typing", (event) => typing(JSON.parse(event.data).on));
  source.addEventListener("behind", (event) => {
    const before = state.language;
    state = { ...state, ...JSON.parse(event.data) };
    drawBehind();
    if (before !== state.language) drawSamples();
  });
}

function drawLanguages() {
  $("languages").replaceChildren(...state.brand.languages.map((language) => el("label", { lang: language.id === "hi" ? "hi" : "en" }, el("input", { type: "radio", name: "language", value: language.id, onchange: () => act(ask("/try/api/language", { language: language.id })) }), language.name)));
}

function drawSamples() {
  $("orders-card").hidden = !state.samples.length;
  $("orders").replaceChildren(...state.samples.map((order) => el("button", { class: "order", type: "button", onclick: () => insert(order.id) }, el("b", {}, order.title), el("span", { class: "mono" }, order.id), el("small", {}, order.note))));
  $("chips-card").hidden = !chips().length;
  $("chips").replaceChildren(...chips().map(chip));
}

const chips = () => state.chips[state.language] ?? state.chips.en ?? [];
const chip = (text) => el("button", { class: "chip", type: "button", onclick: () => { closeSheets(); say(text); } }, text);

// ---- The message box

function grow() {
  const box = $("words");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 130)}px`;
}
function clearWords() {
  $("words").value = "";
  grow();
}
function insert(text) {
  const box = $("words");
  const gap = box.value && !box.value.endsWith(" ") ? " " : "";
  box.value += gap + text;
  closeSheets();
  box.focus();
  grow();
}
function attachMenu(on) {
  $("attach-menu").hidden = !on;
  $("attach").setAttribute("aria-expanded", String(on));
  if (on) $("attach-menu").querySelector("button").focus();
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!state) return;
  say($("words").value);
  clearWords();
});
$("words").addEventListener("input", grow);
$("words").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
});
$("words").addEventListener("paste", (event) => {
  if (event.clipboardData?.files.length) {
    event.preventDefault();
    sendFiles(event.clipboardData.files);
  }
});
$("attach").addEventListener("click", () => attachMenu($("attach-menu").hidden));
$("attach-menu").addEventListener("keydown", (event) => {
  const all = [...$("attach-menu").querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  if (event.key === "ArrowDown") all[(at + 1) % all.length].focus();
  else if (event.key === "ArrowUp") all[(at + all.length - 1) % all.length].focus();
  else return;
  event.preventDefault();
});
const ACCEPTS = { photo: "image/*,video/*", document: ".pdf,.doc,.docx,.xlsx,.pptx,image/*", voice: "audio/*" };
for (const button of document.querySelectorAll("[data-attach]")) {
  button.addEventListener("click", () => {
    $("file").accept = ACCEPTS[button.dataset.attach];
    $("file").dataset.kind = button.dataset.attach;
    attachMenu(false);
    $("file").click();
  });
}
$("file").addEventListener("change", () => {
  sendFiles($("file").files, $("file").dataset.kind);
  $("file").value = "";
});
$("phone").addEventListener("dragover", (event) => { event.preventDefault(); $("drop").hidden = false; });
$("drop").addEventListener("dragleave", () => { $("drop").hidden = true; });
$("phone").addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").hidden = true;
  sendFiles(event.dataTransfer.files);
});
$("log").addEventListener("scroll", () => { if (atEnd()) $("newest").hidden = true; });
$("log").addEventListener("click", (event) => {
  const clause = event.target.closest(".clause");
  if (clause) showWhy(Number(clause.closest(".item").dataset.id), clause.dataset.clause);
});
$("newest").addEventListener("click", toEnd);

// ---- Controls beside the chat

for (const input of document.querySelectorAll("[name=brand]")) input.addEventListener("change", () => begin(input.value));
for (const input of document.querySelectorAll("[name=look]")) {
  input.addEventListener("change", () => {
    $("phone").dataset.look = input.value;
    kept.set("look", input.value);
    if (state) drawLog();
  });
}
for (const button of document.querySelectorAll("[data-forward]")) button.addEventListener("click", () => act(ask("/try/api/clock", { seconds: Number(button.dataset.forward) })));
$("next-due").addEventListener("click", () => act(ask("/try/api/clock", { to: "due" })));
$("takeover").addEventListener("change", (event) => {
  const wanted = event.target.checked ? "take" : "back";
  act(ask("/try/api/agent", { act: wanted }).catch((error) => { event.target.checked = !event.target.checked; throw error; }));
});
$("agent-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("agent-words").value.trim();
  if (!text) return;
  act(ask("/try/api/agent", { act: "say", text, token: fresh() }).then(() => { $("agent-words").value = ""; }));
});
$("answer-as").addEventListener("click", () => {
  openTab("clock");
  if (matchMedia("(max-width: 799px)").matches) open("inspector");
  $("agent-words").focus();
});
$("afresh").addEventListener("click", () => act(ask("/try/api/new", {}).then((said) => { csrf = said.csrf; closeSheets(); return begin(state.brand.id); })));

const tabs = [...document.querySelectorAll("[data-tab]")];
for (const tab of tabs) {
  tab.addEventListener("click", () => openTab(tab.dataset.tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    openTab(next.dataset.tab);
    next.focus();
  });
}
for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => {
    const already = button.getAttribute("aria-expanded") === "true";
    closeSheets();
    if (already) return;
    opener = button;
    if (button.dataset.tabTo) openTab(button.dataset.tabTo);
    open(button.dataset.opens);
    button.setAttribute("aria-expanded", "true");
  });
}
for (const button of document.querySelectorAll("[data-closes]")) button.addEventListener("click", closeSheets);
$("shade").addEventListener("click", closeSheets);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (!$("attach-menu").hidden) { attachMenu(false); $("attach").focus(); }
  else closeSheets();
});
document.addEventListener("click", (event) => { if (!event.target.closest("#attach, #attach-menu")) attachMenu(false); });

const look = LOOKS.includes(kept.get("look")) ? kept.get("look") : "whatsapp";
$("phone").dataset.look = look;
document.querySelector(`[name=look][value=${look}]`).checked = true;
const brandInputs = [...document.querySelectorAll("[name=brand]")];
const wantedBrand = new URLSearchParams(location.search).get("brand") ?? kept.get("brand");
const brandInput = brandInputs.find((input) => input.value === wantedBrand) ?? brandInputs[0];
openTab("why");
if (brandInput) {
  brandInput.checked = true;
  begin(brandInput.value);
}
setInterval(showClock, 5000);
