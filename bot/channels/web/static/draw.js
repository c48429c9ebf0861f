// Makes a message into elements. Whatever people wrote becomes text nodes, never markup.

const ZONE = "Asia/Shanghai";
const clockFace = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFace = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "long", day: "numeric", weekday: "short" });
const dateFace = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric" });

// An address, or a number that one can call: mobile, fixed line, 400, the 12xxx hotlines.
const LINK = /https:\/\/[^\s<>"'，。；：！？、（）【】《》「」“”]+|1[3-9]\d{9}|0\d{2,3}-\d{7,8}|400-?\d{3}-?\d{4}|12[0-9]{3}/g;
const NOT_AFTER = /[\d.,\-/A-Za-z¥￥]/;
const NOT_BEFORE = /^(?:[\d\-/A-Za-z]|[.,]\d|\s*(?:元|块|万|人|名|天|个|件|小时|%|％))/;

export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function dayOf(iso, now) {
  const moment = new Date(iso);
  const sameYear = dateFace.format(moment).slice(0, 4) === dateFace.format(new Date(now)).slice(0, 4);
  return (sameYear ? "" : `${dateFace.format(moment).slice(0, 5)}`) + dayFace.format(moment);
}

// A part of the text, what is bold in it as elements. bold: [from, to] in the whole text.
function emphasized(text, from, to, bold) {
  const parts = [];
  let end = from;
  for (const [first, last] of bold) {
    const start = Math.max(first, end);
    const stop = Math.min(last, to);
    if (start >= stop) continue;
    parts.push(text.slice(end, start), element("strong", "", text.slice(start, stop)));
    end = stop;
  }
  parts.push(text.slice(end, to));
  return parts;
}

function linked(text, bold) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const isAddress = match[0].startsWith("https:");
    const found = isAddress ? match[0].replace(/[.,;:!?)\]]+$/, "") : match[0];
    const after = match.index + found.length;
    const before = text[match.index - 1] || "";
    if (match.index < end || (!isAddress && (NOT_AFTER.test(before) || NOT_BEFORE.test(text.slice(after, after + 8))))) continue;
    const label = emphasized(text, match.index, after, bold);
    parts.push(...emphasized(text, end, match.index, bold), isAddress ? outside(found, ...label) : call(found, ...label));
    end = after;
  }
  parts.push(...emphasized(text, end, text.length, bold));
  return parts;
}

function call(number, ...label) {
  const link = element("a", "", ...label);
  link.href = `tel:${number}`;
  return link;
}

function outside(address, ...label) {
  const link = element("a", "", ...label);
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

export function sizeOf(bytes) {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const SHEET = "M6 3h8l4 4v14H6zM14 3v4h4";

function fileOf(file, address) {
  if (!file.url) return element("p", "file", icon(SHEET), element("span", "", file.gone ? "文件已不可用" : file.name));
  const url = address(file.url);
  if (/^image\/(jpeg|png|gif|webp)$/.test(file.mime)) {
    const picture = element("img", "picture");
    picture.src = url;
    picture.alt = `图片：${file.name}`;
    picture.loading = "lazy";
    const link = outside(url, picture);
    return link;
  }
  if (/^(audio|video)\//.test(file.mime)) {
    const player = element(file.mime.slice(0, 5));
    player.src = url;
    player.controls = true;
    player.preload = "none";
    player.setAttribute("aria-label", file.name);
    return player;
  }
  const link = element("a", "file", icon(SHEET), element("span", "", file.name, element("small", "", sizeOf(file.size))));
  link.href = url;
  link.download = file.name;
  return link;
}

function placeOf([latitude, longitude]) {
  return element("p", "text", `我的位置：北纬 ${latitude.toFixed(4)}，东经 ${longitude.toFixed(4)}`);
}

function buttonOf([label, choice, url], press) {
  if (url) {
    if (/^tel:[\d+-]+$/.test(url)) {
      return call(url.slice(4), label);
    }
    return /^https?:\/\//.test(url) ? outside(url, label) : null;
  }
  const button = element("button", "", label);
  button.type = "button";
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled")) return;
    // Not `disabled`: that would throw away the keyboard's place on the page.
    button.setAttribute("aria-disabled", "true");
    setTimeout(() => button.removeAttribute("aria-disabled"), 2000);
    press(label, choice);
  });
  return button;
}

export function rowsOf(rows, make) {
  return rows.map((row) => element("div", "row", ...row.map(make)));
}

// The marks on one's own message; `state` is what the unsent store says of it, if it is there.
function markOf(message, state, actions) {
  if (message.read) return [element("span", "mark", "✓✓ 已读")];
  if (message.delivered) return [element("span", "mark", "✓ 已送达")];
  if (!state || state.status !== "failed") {
    const parts = [element("span", "mark", "发送中…")];
    if (state && state.progress !== undefined) {
      const bar = element("progress");
      bar.max = 1;
      bar.value = state.progress;
      bar.setAttribute("aria-label", "上传进度");
      parts.push(bar);
    }
    return parts;
  }
  const retry = element("button", "", "重试");
  const drop = element("button", "", "删除");
  retry.type = drop.type = "button";
  retry.addEventListener("click", () => actions.retry(message.own_id));
  drop.addEventListener("click", () => actions.drop(message.own_id));
  return [element("span", "failed mark", `未发出${state.reason ? `：${state.reason}` : ""}`), state.lost ? null : retry, drop];
}

// actions: press(message, label, choice), retry(own_id), drop(own_id), address(path), state(own_id)
export function drawMessage(message, actions) {
  const bubble = element("div", "bubble", element("span", "quiet", message.house ? "工会：" : "我："));
  if (message.title) bubble.append(element("strong", "title", message.title));
  if (message.file) bubble.append(fileOf(message.file, actions.address));
  if (message.place) bubble.append(placeOf(message.place));
  if (message.text) bubble.append(element("p", "text", ...linked(message.text, message.bold || [])));
  const node = element("div", `message ${message.house ? "house" : "own"}`, bubble);
  if (message.buttons) {
    const rows = rowsOf(message.buttons, (one) => buttonOf(one, (label, choice) => actions.press(message, label, choice)));
    node.append(element("div", "buttons", ...rows));
  }
  const foot = element("div", "foot");
  if (message.id) {
    const time = element("time", "", clockFace.format(new Date(message.at)));
    time.dateTime = message.at;
    foot.append(time);
  }
  if (!message.house) foot.append(...markOf(message, actions.state(message.own_id), actions).filter(Boolean));
  node.append(foot);
  return node;
}
