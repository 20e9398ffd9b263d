// How many SMS a text costs (3GPP TS 23.038): 160 characters of the GSM alphabet, or
// 70 as soon as one lies outside it; 153 and 67 each when it takes several.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
  + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("^{}\\[~]|€\f"); // each takes two places

// { characters, segments, encoding: "GSM-7" | "UCS-2" }; characters as they are billed.
export function segments(text) {
  const letters = [...text];
  if (letters.every((letter) => BASIC.has(letter) || EXTENDED.has(letter))) {
    const costs = letters.map((letter) => (EXTENDED.has(letter) ? 2 : 1));
    return { ...count(costs, 160, 153), encoding: "GSM-7" };
  }
  // A letter outside the basic plane takes two places and is never cut in half.
  return { ...count(letters.map((letter) => letter.length), 70, 67), encoding: "UCS-2" };
}

function count(costs, alone, each) {
  const characters = costs.reduce((sum, cost) => sum + cost, 0);
  if (characters <= alone) return { characters, segments: characters ? 1 : 0 };
  let parts = 1;
  let used = 0;
  for (const cost of costs) {
    if (used + cost > each) {
      parts += 1;
      used = 0;
    }
    used += cost;
  }
  return { characters, segments: parts };
}
