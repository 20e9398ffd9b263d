// What one phone has said and the server has not yet accepted. A frame stays here,
// also over a reload, until it is accepted or refused, and is sent again after every
// reconnection; the server knows repeats by their id.
//
// An item is { frame, shown }: the frame to send and the bubble to show for it.
// Storage is read afresh each time, because two windows may show the same phone.

import { recall, remember } from "./remembered.js";

export class Queue {
  constructor(urn) {
    this.key = `queue.${urn}`;
  }

  all() {
    return recall(this.key, []);
  }

  add(item) {
    remember(this.key, [...this.all(), item]);
  }

  remove(id) {
    const before = this.all();
    const after = before.filter((item) => item.frame.id !== id);
    if (after.length !== before.length) remember(this.key, after);
  }
}

// A random UUID. crypto.randomUUID is missing on plain http outside the own machine.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
