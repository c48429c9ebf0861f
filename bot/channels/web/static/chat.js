// The chat page: what is on the screen, and what the person does.

import { openComposer, setMenu } from "./compose.js";
import { dayOf, drawMessage, element } from "./draw.js";
import { Line } from "./line.js";
import { Unsent } from "./unsent.js";

const NEAR = 90; // pixels from the end that still count as being there
const TITLE = document.title;

const $ = (id) => document.getElementById(id);
const log = $("log");
const list = $("messages");
const desk = location.pathname === "/desk";
const person = new URLSearchParams(location.search).get("as");

const messages = new Map(); // id → message
const nodes = new Map(); // id, or the own id of an unsent one → element
const byOwnId = new Map(); // own id → id
const receipts = { delivered: new Set(), read: new Set() };
const unseen = new Set(); // revisions of the house's messages that were not in sight yet
let serverNow = new Date().toISOString();
let more = false;
let oldest = 0;
let ready = false;
let atEnd = true;
let lastTop = 0;
let fresh = 0;
let menuFrom = 0;

const query = person ? { as: person } : desk ? { side: "desk" } : {};
const line = new Line(query, {
  session: begin,
  hello(data) {
    serverNow = data.now;
    more = data.more;
    oldest = 0;
    menuFrom = 0;
    setMenu(data.menu);
  },
  message: receive,
  ready(data) {
    serverNow = data.now;
    ready = true;
    log.setAttribute("aria-busy", "false");
    $("older").hidden = !more;
    arrangeDays();
    if (atEnd) toEnd();
    unsent.hurry();
    sendReceipts();
  },
  beat: sendReceipts,
  state: showState,
  sentence: showStatus,
});
const unsent = new Unsent(line, { changed: drawUnsent, accepted: receive, dropped: erase });
const actions = {
  press: (message, label, choice) => speak({ kind: "choice", text: choice, label, ref: String(message.id) }),
  retry: (id) => unsent.retry(id),
  drop: (id) => unsent.drop(id),
  address: (path) => line.address(path),
  state: (id) => unsent.of(id),
};

// ---- the screen

function begin(session) {
  messages.clear();
  nodes.clear();
  byOwnId.clear();
  unseen.clear();
  receipts.delivered.clear();
  receipts.read.clear();
  list.replaceChildren();
  log.setAttribute("aria-busy", "true");
  ready = false;
  menuFrom = 0;
  unsent.open(session.mark);
  if (session.demo) import("./demo.js").then((demo) => demo.open(line, person));
}

function receive(message) {
  const old = messages.get(message.id);
  if (old && old.revision >= message.revision) return;
  // Older than what is loaded: it comes with its neighbours when they are asked for.
  if (!old && ready && more && message.id < oldest) return;
  if (ready) noticeScroll(); // the event for a scroll in this frame may still be on its way
  put(message);
  if (ready) arrangeDays();
}

function put(message) {
  const isNew = !messages.has(message.id);
  messages.set(message.id, message);
  if (!oldest || message.id < oldest) oldest = message.id;
  if (message.own_id) {
    byOwnId.set(message.own_id, message.id);
    erase(message.own_id);
    if (message.delivered) unsent.forget(message.own_id);
    else setTimeout(() => askAgain(message), 1500);
  }
  place(message.id, drawMessage(message, actions), isNew && ready);
  if (message.menu && message.id >= menuFrom) {
    menuFrom = message.id;
    setMenu(message.menu);
  }
  if (message.house && !message.delivered) receipts.delivered.add(message.revision);
  if (message.house && !message.read) unseen.add(message.revision);
  if (isNew && ready && message.house) announce();
  else look();
}

// The server shows a message of ours that it never confirmed, and no tab is sending it: a crash came between. Have it finished.
function askAgain(message) {
  const now = messages.get(message.id);
  if (now && !now.delivered && !unsent.of(message.own_id)) unsent.add({ id: message.own_id, kind: "again" });
}

function place(key, node, isNew) {
  const old = nodes.get(key);
  nodes.set(key, node);
  node.messageId = typeof key === "number" ? key : Infinity;
  if (old) {
    const focused = old.contains(document.activeElement) ? focusable(old).indexOf(document.activeElement) : -1;
    old.replaceWith(node);
    const next = focused >= 0 ? focusable(node)[focused] || log : null;
    if (next) next.focus({ preventScroll: true });
    return;
  }
  if (isNew) node.classList.add("new");
  let after = list.lastElementChild;
  while (after && !(after.messageId <= node.messageId)) after = after.previousElementSibling;
  if (after) after.after(node);
  else list.prepend(node);
}

const focusable = (node) => [...node.querySelectorAll("a, button, audio, video")];

function erase(key) {
  const node = nodes.get(key);
  if (node) node.remove();
  nodes.delete(key);
}

function drawUnsent(item) {
  const id = byOwnId.get(item.id);
  if (id) {
    place(id, drawMessage(messages.get(id), actions), false);
    return;
  }
  if (item.kind === "again") return;
  const file = item.kind === "file" ? { name: item.name } : null;
  const shown = { own_id: item.id, text: item.label || item.text, place: item.place, file };
  const old = nodes.get(item.id);
  const bar = old && old.querySelector("progress");
  if (bar && item.status === "waiting" && item.progress !== undefined) {
    bar.value = item.progress;
    return;
  }
  place(item.id, drawMessage(shown, actions), true);
}

function arrangeDays() {
  let last = "";
  for (const node of [...list.children]) {
    if (node.classList.contains("day")) {
      node.remove();
      continue;
    }
    const message = messages.get(node.messageId);
    const day = message ? dayOf(message.at, serverNow) : last;
    if (day !== last) {
      const line = element("div", "day", day);
      line.messageId = node.messageId - 0.5;
      node.before(line);
    }
    last = day;
  }
}

async function loadOlder() {
  const button = $("older");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  const height = log.scrollHeight;
  const top = log.scrollTop;
  try {
    const data = await line.ask("/chat/history", { query: { before: oldest } });
    more = data.more;
    log.setAttribute("aria-live", "off");
    ready = false;
    for (const message of data.messages) if (!messages.has(message.id)) put(message);
    ready = true;
    arrangeDays();
    log.scrollTop = top + log.scrollHeight - height;
    button.hidden = !more;
  } catch (failure) {
    if (failure.message) showStatus(failure.message);
  }
  button.removeAttribute("aria-disabled");
  setTimeout(() => log.setAttribute("aria-live", "polite"), 300);
}

// ---- where the person is looking

function toEnd() {
  const last = list.lastElementChild;
  // What is longer than the screen is read from its beginning.
  const tall = last && last.classList.contains("house") && last.offsetHeight > log.clientHeight;
  if (!tall) log.scrollTop = log.scrollHeight;
  else if (log.scrollTop < last.offsetTop - 8) log.scrollTop = last.offsetTop - 8;
  lastTop = log.scrollTop;
  atEnd = true;
  look();
}

function announce() {
  if (!atEnd || document.visibilityState !== "visible") fresh += 1;
  look();
}

function look() {
  const looking = document.visibilityState === "visible";
  if (looking && atEnd) {
    fresh = 0;
    for (const revision of unseen) receipts.read.add(revision);
    unseen.clear();
  }
  $("latest").hidden = atEnd || !fresh;
  document.title = fresh && !looking ? `(${fresh}) ${TITLE}` : TITLE;
  if (receipts.delivered.size || receipts.read.size) {
    clearTimeout(look.timer);
    look.timer = setTimeout(sendReceipts, 150);
  }
}

async function sendReceipts() {
  const delivered = [...receipts.delivered].slice(0, 200);
  const read = [...receipts.read].slice(0, 200);
  if (!ready || !(delivered.length + read.length)) return;
  delivered.forEach((revision) => receipts.delivered.delete(revision));
  read.forEach((revision) => receipts.read.delete(revision));
  try {
    await line.post("/chat/receipts", { delivered, read });
    if (receipts.delivered.size + receipts.read.size) sendReceipts();
  } catch {
    // The next beat, or the next connection, tries again.
    delivered.forEach((revision) => receipts.delivered.add(revision));
    read.forEach((revision) => receipts.read.add(revision));
  }
}

function showState(state) {
  clearTimeout(showState.timer);
  if (state === "open") showStatus("");
  else if (state === "offline") showStatus("网络断开了，恢复后会自动发送");
  else showState.timer = setTimeout(() => $("status").textContent || showStatus("正在重新连接…"), 600);
}

function showStatus(text) {
  if ($("status").textContent !== text) $("status").textContent = text;
}

// Only going up leaves the end: a picture that loads above the end moves it away, and then the page follows.
function noticeScroll() {
  if (log.scrollHeight - log.scrollTop - log.clientHeight < NEAR) atEnd = true;
  else if (log.scrollTop < lastTop - 1) atEnd = false;
  lastTop = log.scrollTop;
}

log.addEventListener("scroll", () => {
  noticeScroll();
  look();
}, { passive: true });
new ResizeObserver(() => atEnd && toEnd()).observe(list);
new ResizeObserver(() => atEnd && toEnd()).observe(log);
document.addEventListener("visibilitychange", look);
$("latest").addEventListener("click", toEnd);
$("older").addEventListener("click", loadOlder);

// ---- what the person does

function speak(item, file) {
  unsent.add(item, file);
  toEnd();
}

// ---- beginning

if (desk || person) $("subtitle").textContent = "律师与工会干部";
openComposer(speak, desk || person ? "输入消息" : "");
line.connect();
