// The desk: a chat that stays live, times that go on, an answer that is sent without a reload. All works without it.

const ago = (text) => {
  const seconds = Math.max(0, (Date.now() - new Date(text)) / 1000);
  for (const [size, unit] of [[86_400, "d"], [3600, "h"], [60, "min"]]) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  return `${Math.floor(seconds)} s ago`;
};
setInterval(() => {
  for (const time of document.querySelectorAll("time[data-ago]")) time.textContent = ago(time.dateTime);
}, 15_000);

// A list is looked at again when the agent comes back to it.
if (document.querySelector("[data-watch]")) {
  document.addEventListener("visibilitychange", () => { if (!document.hidden) location.reload(); });
}

const talk = document.querySelector("[data-conversation]");
if (talk) live(talk);

function live(talk) {
  const log = document.getElementById("log");
  const box = document.getElementById("words");
  const changed = document.getElementById("changed");
  const address = `/desk/conversations/${talk.dataset.conversation}`;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 90;
  const say = (words) => {
    changed.textContent = words;
    changed.hidden = !words;
  };
  toEnd();
  log.setAttribute("aria-live", "polite");
  log.classList.remove("still");

  const source = new EventSource(`${address}/events?after=${talk.dataset.last}`);
  source.addEventListener("message", (event) => {
    const line = JSON.parse(event.data);
    if (log.querySelector(`[data-id="${event.lastEventId}"]`)) return;
    const stay = atEnd();
    // The server made this line from a template that escapes everything a person wrote.
    log.insertAdjacentHTML("beforeend", line.html);
    if (stay) toEnd();
    if (line.author === "agent" && line.agent && line.agent !== talk.dataset.agent && box.value.trim()) {
      say(`${line.agent} answered ${ago(line.at)}: read it before you send yours.`);
    }
  });
  source.addEventListener("mark", (event) => {
    const { id, words } = JSON.parse(event.data);
    const mark = log.querySelector(`[data-id="${id}"] [data-mark]`);
    if (mark) mark.textContent = words;
  });
  source.addEventListener("owner", (event) => {
    const { owner, agent, epoch } = JSON.parse(event.data);
    if (String(epoch) === talk.dataset.epoch) return;
    if (!box.value.trim()) {
      location.reload();
      return;
    }
    say(owner === "agent" ? `${agent} has taken this chat. Copy what you wrote, then reload the page.` : "This chat went back to the bot. Copy what you wrote, then reload the page.");
    for (const button of talk.querySelectorAll("button")) button.disabled = true;
  });

  const form = talk.querySelector("form.composer");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (!box.value.trim() || button.disabled) return;
    button.disabled = true;
    try {
      // The token makes a second send of the same words harmless.
      const answer = await fetch(form.action, { method: "POST", headers: { "X-Live": "1" }, body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok) {
        say(answer.status === 401 ? "You were signed out. Copy what you wrote, then sign in again." : answer.status === 409 ? "This chat is no longer yours. Copy what you wrote, then reload the page." : "This was not sent. Try again in a moment.");
        return;
      }
      box.value = "";
      form.elements.token.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
      say("");
    } catch {
      say("No connection: this was not sent. Try again in a moment.");
    } finally {
      button.disabled = false;
      box.focus();
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
