// The messages of one phone, in the server's order, each shown once.
//
// A message is { id, seq, from, at, text, media, buttons, list, wants, sms } as the
// server sends it; one's own have a `state` too, may have a `pin`, and have no seq
// until the server accepted them: those stand last.

import { bubble, dayLine, showCost, showState } from "./bubbles.js";
import { make } from "./make.js";
import { choices, options } from "./options.js";
import { languageOf, speak } from "./words.js";

const RANK = ["waiting", "sending", "sent", "delivered", "read"];
const NEAR_END = 80; // pixels

export class Conversation {
  // onTap(choice, message), onAgain(message) : what the person did with a bubble
  constructor({ log, newest, screen, look, onTap, onAgain }) {
    Object.assign(this, { log, newest, screen, look, onTap, onAgain });
    this.bySeq = new Map();
    this.byId = new Map();
    this.nodes = new WeakMap(); // element -> message
    this.days = new Map();
    this.newest.addEventListener("click", () => this.toEnd());
    this.ended = true;
    this.log.addEventListener("scroll", () => {
      this.ended = this.atEnd();
      if (this.ended) this.newest.hidden = true;
    }, { passive: true });
    // Who reads the newest message still does when a notice or the keyboard takes room.
    new ResizeObserver(() => this.ended && this.toEnd()).observe(this.log);
  }

  get highest() {
    return Math.max(0, ...this.bySeq.keys());
  }

  get highestFromBot() {
    return Math.max(0, ...this.fromBot().map(({ seq }) => seq));
  }

  // How many of the bot's messages came after `seq`.
  after(seq) {
    return this.fromBot().filter((message) => message.seq > seq).length;
  }

  fromBot() {
    return [...this.bySeq.values()].filter(({ from }) => from === "bot");
  }

  get empty() {
    return !this.log.querySelector(".message");
  }

  // Shows a message of the server; false when it was already here.
  receive(message) {
    if (this.bySeq.has(message.seq)) return false;
    const known = message.from === "me" && this.byId.get(message.id);
    if (known) {
      this.number(known, message.seq);
      this.mark(message.id, message.state ?? "sent");
      return false;
    }
    this.show({ state: "sent", ...message });
    return true;
  }

  // Shows what was just said here, before the server has it.
  mine(message) {
    if (!this.byId.has(message.id)) this.show({ from: "me", seq: null, ...message });
    this.toEnd();
  }

  accepted(id, seq) {
    const message = this.byId.get(id);
    if (!message) return;
    if (seq && !this.bySeq.has(seq)) this.number(message, seq);
    this.mark(id, "sent");
  }

  // States only go forward, but for a broken line: what was sending waits again.
  mark(id, state) {
    const message = this.byId.get(id);
    if (!message || message.state === "refused") return;
    const back = message.state === "sending" && state === "waiting";
    if (!back && RANK.indexOf(state) <= RANK.indexOf(message.state)) return;
    message.state = state;
    this.redrawState(message);
  }

  refuse(id, why) {
    const message = this.byId.get(id);
    if (!message) return false;
    // It gets no seq, so it keeps the place where it was refused.
    Object.assign(message, { state: "refused", why, stands: this.highest + 0.5 });
    this.place(message);
    this.redrawState(message);
    return true;
  }

  redrawState(message) {
    const stay = this.atEnd();
    showState(message.node, message, () => this.onAgain(message));
    speak(message.node);
    if (stay) this.toEnd();
  }

  // Another look: the same messages, their answers offered in its way.
  setLook(look) {
    this.look = look;
    for (const node of this.log.querySelectorAll(".message")) this.dress(this.nodes.get(node));
    this.settle();
    this.toEnd();
  }

  setLanguage() {
    for (const node of this.days.values()) node.remove();
    this.days.clear();
    this.setLook(this.look);
  }

  show(message) {
    const stay = this.atEnd() || message.from === "me";
    const node = bubble(message);
    message.node = node;
    this.nodes.set(node, message);
    if (message.from === "me") {
      this.byId.set(message.id, message);
      node.dataset.state = message.state;
    }
    if (message.seq) this.bySeq.set(message.seq, message);
    this.place(message);
    this.dress(message);
    speak(node);
    for (const picture of node.querySelectorAll("img")) {
      picture.addEventListener("load", () => stay && this.toEnd());
    }
    this.soon();
    if (stay) this.toEnd();
    else this.newest.hidden = false;
  }

  number(message, seq) {
    message.seq = seq;
    message.node.dataset.seq = seq;
    this.bySeq.set(seq, message);
    this.place(message);
    this.soon();
  }

  // Puts the bubble where its seq belongs, moving it only when it must move, since a
  // moved bubble is read out again by screen readers.
  place(message) {
    const { node } = message;
    const before = (other) => order(this.nodes.get(other)) <= order(message);
    const after = (other) => order(this.nodes.get(other)) >= order(message);
    if (node.parentNode === this.log) {
      const [above, below] = [previous(node), next(node)];
      if ((!above || before(above)) && (!below || after(below))) return;
    }
    let left = lastMessage(this.log);
    while (left && (left === node || !before(left))) left = previous(left);
    if (left) left.after(node);
    else this.log.prepend(node);
  }

  dress(message) {
    const { node } = message;
    node.querySelector(".options")?.remove();
    node.querySelector(".cost")?.remove();
    if (message.from === "bot") {
      const offered = options(message, this.look, this.screen, (choice) => this.onTap(choice, message));
      if (offered?.classList.contains("numbered")) node.querySelector(".meta").before(offered);
      else if (offered) node.append(offered);
    }
    if (this.look === "sms") {
      const lines = message.sms ? [] : choices(message).map((choice, at) => `${at + 1} ${choice.label}`);
      showCost(node, message, lines, languageOf(this.log));
    }
    speak(node);
  }

  // After a burst of messages, once: dim what was answered, set the lines between days.
  soon() {
    if (this.pending) return;
    this.pending = setTimeout(() => {
      this.pending = null;
      const stay = this.atEnd();
      this.settle();
      if (stay) this.toEnd();
    });
  }

  settle() {
    let said = false;
    for (const node of [...this.log.querySelectorAll(".message")].reverse()) {
      if (node.dataset.from === "me") said = true;
      else node.classList.toggle("past", said);
    }
    let day = null;
    for (const node of this.log.querySelectorAll(".message")) {
      const date = new Date(this.nodes.get(node).at);
      const key = Number.isNaN(date.getTime()) ? day : date.toDateString();
      if (key !== day) this.markDay(node, key, date);
      day = key;
    }
  }

  markDay(node, key, date) {
    if (!this.days.has(key)) this.days.set(key, dayLine(date, languageOf(this.log)));
    const line = this.days.get(key);
    if (node.previousElementSibling !== line) node.before(line);
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  toEnd() {
    this.ended = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.newest.hidden = true;
  }
}

function order({ seq, stands }) {
  return seq ?? stands ?? Infinity;
}

function beside(node, step) {
  let other = node[step];
  while (other && !other.classList.contains("message")) other = other[step];
  return other;
}
const previous = (node) => beside(node, "previousElementSibling");
const next = (node) => beside(node, "nextElementSibling");
function lastMessage(log) {
  const last = log.lastElementChild;
  return last && !last.classList.contains("message") ? previous(last) : last;
}

export function emptyNote(role, hello, onHello) {
  const known = ["artisan", "broker", "coordinator"].includes(role) ? role : "artisan";
  return make("div", { class: "empty" },
    make("p", { words: `chat.empty.${known}` }),
    make("button", {
      type: "button", class: "hello", "data-role": "hello", words: "chat.hello", with: { hello },
      on: { click: () => onHello(hello) },
    }));
}
