// What one says with: the keyboard of ready answers, the input, files and places.

import { element, rowsOf, sizeOf } from "./draw.js";
import { newId } from "./unsent.js";

const TEXT_LIMIT = 4096;
const FILE_LIMIT = 20 * 1024 * 1024;

const $ = (id) => document.getElementById(id);
const say = $("say");
const byTouch = matchMedia("(pointer: coarse)").matches;

let speak = () => {}; // (item, file): given by `openComposer`
let tray = [];

export function openComposer(speaker, placeholder) {
  speak = speaker;
  if (placeholder) say.placeholder = placeholder;
  measure();
}

// ---- the keyboard at the bottom

export function setMenu(rows) {
  const buttons = rowsOf(rows || [], (label) => {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => speak({ kind: "text", text: label }));
    return button;
  });
  $("menu").replaceChildren(...buttons);
  $("fold").hidden = !buttons.length;
  unfold(buttons.length > 0 && !folded());
}

function folded() {
  try {
    return (localStorage.getItem("union:menu") || (innerHeight < 620 ? "folded" : "")) === "folded";
  } catch {
    return false;
  }
}

function unfold(open) {
  $("menu").hidden = !open;
  $("fold").setAttribute("aria-expanded", String(open));
}

$("fold").addEventListener("click", () => {
  const open = $("menu").hidden;
  unfold(open);
  if (open) showExtras(false);
  try {
    localStorage.setItem("union:menu", open ? "open" : "folded");
  } catch {
    // only a preference
  }
});

// On a phone the screen keyboard needs the room.
if (byTouch) {
  say.addEventListener("focus", () => unfold(false));
  say.addEventListener("blur", () => setTimeout(() => unfold($("menu").children.length > 0 && !folded()), 150));
}

// ---- what one says

function submit() {
  const text = say.value.trim();
  if ([...text].length > TEXT_LIMIT || !(text || tray.length)) return;
  if (tray.length) {
    const group = tray.length > 1 ? newId() : "";
    tray.forEach((file, index) => speak({ kind: "file", name: file.name, text: index ? "" : text, group }, file));
    tray = [];
    drawTray();
  } else {
    speak({ kind: "text", text });
  }
  say.value = "";
  showNotice("");
  measure();
}

function measure() {
  say.style.height = "auto";
  say.style.height = `${Math.min(say.scrollHeight, 160)}px`;
  const length = [...say.value.trim()].length;
  const over = length > TEXT_LIMIT;
  $("count").textContent = length > TEXT_LIMIT - 300 ? `${length} / ${TEXT_LIMIT}${over ? "　太长了，请分几条发送" : ""}` : "";
  $("count").classList.toggle("over", over);
  $("send").setAttribute("aria-disabled", String(over || !(length || tray.length)));
}

say.addEventListener("input", measure);
say.addEventListener("keydown", (event) => {
  // While a Chinese input method is composing, Enter only chooses the characters.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || byTouch) return;
  event.preventDefault();
  submit();
});
$("send").addEventListener("click", submit);

// ---- files and places

function showExtras(open) {
  $("extras").hidden = !open;
  $("more").setAttribute("aria-expanded", String(open));
}

function showNotice(text) {
  $("notice").textContent = text;
}

function take(files) {
  const large = files.filter((file) => file.size > FILE_LIMIT);
  const empty = files.filter((file) => file.size === 0);
  tray.push(...files.filter((file) => file.size > 0 && file.size <= FILE_LIMIT));
  const notices = large.map((file) => `「${file.name}」有 ${sizeOf(file.size)}，超过 20 MB，发不了。可以压缩、截图或分开发送。`);
  showNotice([...notices, ...empty.map((file) => `「${file.name}」是空文件，发不了。`)].join("\n"));
  showExtras(false);
  drawTray();
  measure();
}

function drawTray() {
  $("tray").hidden = !tray.length;
  $("tray").replaceChildren(...tray.map((file) => {
    const drop = element("button", "", "移除");
    drop.type = "button";
    drop.setAttribute("aria-label", `移除 ${file.name}`);
    drop.addEventListener("click", () => {
      tray = tray.filter((one) => one !== file);
      drawTray();
      measure();
      say.focus();
    });
    return element("li", "", element("span", "", `${file.name}（${sizeOf(file.size)}）`), drop);
  }));
}

function sendPlace() {
  showExtras(false);
  showNotice("");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => speak({ kind: "place", place: [coords.latitude, coords.longitude] }),
    () => showNotice("没有得到您的位置。可以在浏览器里允许定位，或者直接写下地址。"),
    { timeout: 15000, maximumAge: 60000 },
  );
}

$("more").addEventListener("click", () => {
  const open = $("extras").hidden;
  showExtras(open);
  if (open) unfold(false);
});
$("choose").addEventListener("click", () => $("files").click());
$("files").addEventListener("change", () => {
  take([...$("files").files]);
  $("files").value = "";
});
say.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (!files.length) return;
  event.preventDefault();
  take(files);
});
if (window.isSecureContext && navigator.geolocation) {
  $("place").hidden = false;
  $("place").addEventListener("click", sendPlace);
}
