// One phone's line to the server: opens it, says `open` first, and opens it again
// whenever it breaks, waiting a little longer each time.

const FIRST_WAIT = 400; // milliseconds
const LONGEST_WAIT = 8000;
// A server that accepts the connection but never answers `open` counts as broken.
const ANSWER_WITHIN = 10000;

export class Socket {
  // opening(): the `open` frame; onFrame(frame); onState("connecting|connected|waiting")
  constructor({ opening, onFrame, onState }) {
    Object.assign(this, { opening, onFrame, onState });
    this.wait = FIRST_WAIT;
    this.state = "connecting";
    this.stopped = false;
    this.hurry = () => {
      if (this.state === "waiting") this.connect();
    };
    window.addEventListener("online", this.hurry);
    this.connect();
  }

  connect() {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.drop();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const line = new WebSocket(`${scheme}://${location.host}/phone/socket`);
    this.line = line;
    this.timer = setTimeout(() => this.broken(line), ANSWER_WITHIN);
    line.addEventListener("open", () => line.send(JSON.stringify(this.opening())));
    line.addEventListener("message", (event) => this.heard(line, event.data));
    line.addEventListener("close", () => this.broken(line));
  }

  heard(line, data) {
    if (line !== this.line) return;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return; // Not ours to understand; the next frame may be.
    }
    if (frame?.type === "opened") {
      clearTimeout(this.timer);
      this.wait = FIRST_WAIT;
      this.become("connected");
    }
    if (frame?.type) this.onFrame(frame);
  }

  broken(line) {
    if (line !== this.line || this.stopped) return;
    this.drop();
    this.become("waiting");
    // Spread out, so that many phones do not all knock at once on a server just started.
    this.timer = setTimeout(() => this.connect(), this.wait * (0.7 + 0.6 * Math.random()));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  become(state) {
    this.state = state;
    this.onState(state);
  }

  // Says whether the frame was handed over; not whether it arrived.
  send(frame) {
    if (this.state !== "connected" || this.line?.readyState !== WebSocket.OPEN) return false;
    this.line.send(JSON.stringify(frame));
    return true;
  }

  // Introduces the phone anew, for what only the `open` frame can say (its language).
  reopen() {
    this.state = "connecting";
    this.connect();
  }

  drop() {
    const line = this.line;
    this.line = null;
    if (line && line.readyState <= WebSocket.OPEN) line.close();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.hurry);
    this.drop();
  }
}
