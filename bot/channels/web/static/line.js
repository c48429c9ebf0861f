// The line to the server: the session, the stream of events with its reconnecting, and requests.

const SILENCE = 40_000; // The server speaks at least every 15 s.
const LONGEST_WAIT = 15_000;

export class Failure extends Error {
  constructor(status, sentence, retryAfter) {
    super(sentence);
    this.status = status; // 0: the server was not reached
    this.retryAfter = retryAfter;
  }

  get worthRetrying() {
    return this.status === 0 || this.status >= 500 || [401, 408, 429].includes(this.status);
  }
}

export class Line {
  // on: session(session), hello(data), message(data), ready(data), state("open" | "lost" | "offline"), sentence(text)
  constructor(query, on) {
    this.query = query;
    this.on = on;
    this.after = null;
    this.mark = null;
    this.tries = 0;
    this.heard = Date.now();
    setInterval(() => this.watch(SILENCE), 5_000);
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => this.lose());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
    addEventListener("pagehide", () => this.hangUp());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.watch(20_000));
  }

  address(path, extra = {}) {
    const url = new URL(path, location.origin);
    for (const [name, value] of Object.entries({ ...this.query, ...extra })) url.searchParams.set(name, value);
    return url.pathname + url.search;
  }

  async ask(path, { method = "GET", body, query } = {}) {
    let answer;
    try {
      answer = await fetch(this.address(path, query), {
        method,
        headers: { "X-Union": "1", ...(body ? { "Content-Type": "application/json" } : {}) },
        body: body && JSON.stringify(body),
      });
    } catch {
      throw new Failure(0, "");
    }
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) throw failureOf(answer.status, data, answer.headers.get("Retry-After"));
    return data;
  }

  post(path, body = {}) {
    return this.ask(path, { method: "POST", body });
  }

  // XMLHttpRequest, because fetch tells nothing of an upload's progress.
  upload(query, file, progress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", this.address("/chat/files", query));
      request.setRequestHeader("X-Union", "1");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
      request.onerror = request.onabort = () => reject(new Failure(0, ""));
      request.onload = () => {
        if (request.status === 200) resolve(request.response);
        else reject(failureOf(request.status, request.response || {}, request.getResponseHeader("Retry-After")));
      };
      request.send(file);
    });
  }

  async connect() {
    this.hangUp();
    const turn = (this.turn = {});
    try {
      const session = await this.post("/chat/session");
      if (this.turn !== turn) return;
      if (session.mark !== this.mark) {
        this.mark = session.mark;
        this.after = null;
        this.on.session(session);
      }
      this.listen();
    } catch (failure) {
      if (this.turn !== turn) return;
      if (failure.message) this.on.sentence(failure.message);
      this.lose(failure.retryAfter, failure.worthRetrying === false);
    }
  }

  listen() {
    const source = (this.source = new EventSource(this.address("/chat/events", this.after === null ? {} : { after: this.after })));
    this.heard = Date.now();
    const hear = (name, act) =>
      source.addEventListener(name, (event) => {
        this.heard = Date.now();
        act(JSON.parse(event.data));
      });
    hear("hello", (data) => this.on.hello(data));
    hear("message", (data) => {
      this.after = Math.max(this.after || 0, data.revision);
      this.on.message(data);
    });
    hear("ready", (data) => {
      this.tries = 0;
      this.after = this.after || 0;
      this.on.state("open");
      this.on.ready(data);
    });
    hear("beat", () => this.on.beat());
    source.onerror = () => this.source === source && this.lose();
  }

  hangUp() {
    clearTimeout(this.timer);
    this.turn = null;
    if (this.source) this.source.close();
    this.source = null;
  }

  lose(seconds, forGood = false) {
    this.hangUp();
    this.on.state(navigator.onLine === false ? "offline" : "lost");
    if (forGood) return;
    const wait = Math.min(LONGEST_WAIT, 500 * 2 ** this.tries++) * (0.7 + 0.6 * Math.random());
    this.timer = setTimeout(() => this.connect(), Math.max(wait, (seconds || 0) * 1000));
  }

  watch(patience) {
    if (this.source && Date.now() - this.heard > patience) this.connect();
  }
}

function failureOf(status, data, retryAfter) {
  const sentence = data && typeof data.detail === "string" ? data.detail : "";
  return new Failure(status, sentence, Number(retryAfter) || 0);
}
