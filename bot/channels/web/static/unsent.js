// What was written and is not yet accepted. It is kept in the browser until the server has it, and always sent with the same id.

const KEPT = "union:unsent:";

export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Unsent {
  // changed(item): redraw it; accepted(message): the server has it; dropped(id): take it off the screen
  constructor(line, { changed, accepted, dropped }) {
    this.line = line;
    this.changed = changed;
    this.accepted = accepted;
    this.dropped = dropped;
    this.items = [];
    this.files = new Map(); // files themselves can't be kept over a reload
    this.mark = null;
    this.running = false;
  }

  // A session's name is known: take up what an earlier visit left behind.
  open(mark) {
    this.mark = mark;
    let kept = [];
    try {
      kept = JSON.parse(localStorage.getItem(KEPT + mark) || "[]");
    } catch {
      // unreadable or forbidden: begin with nothing
    }
    const known = new Set(this.items.map((item) => item.id));
    for (const item of kept) {
      if (known.has(item.id)) continue;
      const lost = item.kind === "file" && !this.files.has(item.id);
      this.items.push({ ...item, status: lost ? "failed" : "waiting", lost, reason: lost ? "请重新选择文件" : "" });
    }
    this.keep();
    this.items.forEach(this.changed);
    this.send();
  }

  of(id) {
    return this.items.find((item) => item.id === id);
  }

  add(item, file) {
    const full = { id: newId(), status: "waiting", ...item };
    if (file) this.files.set(full.id, file);
    this.items.push(full);
    this.keep();
    this.changed(full);
    this.send();
    return full;
  }

  retry(id) {
    const item = this.of(id);
    if (!item) return;
    item.status = "waiting";
    this.changed(item);
    this.hurry();
  }

  drop(id) {
    this.forget(id);
    this.dropped(id);
  }

  forget(id) {
    this.items = this.items.filter((item) => item.id !== id);
    this.files.delete(id);
    this.keep();
  }

  keep() {
    if (!this.mark) return;
    try {
      const kept = this.items.filter((item) => item.kind !== "again");
      if (kept.length) localStorage.setItem(KEPT + this.mark, JSON.stringify(kept.map(({ progress, ...rest }) => rest)));
      else localStorage.removeItem(KEPT + this.mark);
    } catch {
      // a full or forbidden store: the message is still sent, it only would not survive a reload
    }
  }

  // The line is back: do not wait for the pause to end.
  hurry() {
    if (this.wake) this.wake();
    this.send();
  }

  // One after the other, files too: "done" must not overtake the photos it speaks of.
  async send() {
    if (this.running || !this.mark) return;
    this.running = true;
    let tries = 0;
    for (let item; (item = this.items.find((one) => one.status === "waiting")); ) {
      try {
        const { message } = await this.post(item);
        this.forget(item.id);
        this.accepted(message);
        tries = 0;
      } catch (failure) {
        if (failure.worthRetrying) {
          if (failure.status === 401) this.line.connect();
          await this.pause(failure.retryAfter || Math.min(15, 2 ** tries++));
        } else {
          item.status = "failed";
          item.reason = failure.message.replace(/。$/, "");
          this.keep();
          this.changed(item);
        }
      }
    }
    this.running = false;
  }

  post(item) {
    if (item.kind !== "file") {
      return this.line.post("/chat/messages", {
        id: item.id, kind: item.kind, text: item.text, label: item.label, message_ref: item.ref, place: item.place,
      });
    }
    const query = { id: item.id, name: item.name, caption: item.text || "", group: item.group || "" };
    return this.line.upload(query, this.files.get(item.id), (progress) => {
      item.progress = progress;
      this.changed(item);
    });
  }

  pause(seconds) {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, seconds * 1000);
    });
  }
}
