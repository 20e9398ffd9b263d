// The words of the page itself (what the bot says comes from the server).
//
// To add a language: copy words/en.js, translate it, and put it in `languages`.
// A missing key falls back on English, so a half-done table is already usable.
//
// Every element that shows words carries their key, so that a change of language
// needs no redrawing:  data-words             its text
//                      data-words-label       its aria-label
//                      data-words-title       its title
//                      data-words-placeholder its placeholder
//                      data-words-with        JSON, the values for {names} in them
// The language is that of the nearest element with data-speaks: the page, or one phone.

import en from "./words/en.js";
import es from "./words/es.js";
import fr from "./words/fr.js";
import sw from "./words/sw.js";
import ar from "./words/ar.js";

export const languages = [en, es, fr, sw, ar];

// The table for a code, "es-HN" and "es_HN" included; undefined when we have none.
export function table(code) {
  const plain = String(code || "").toLowerCase().split(/[-_]/)[0];
  return languages.find((language) => language.code === plain);
}

export function phrase(code, key, values = {}) {
  const words = (table(code) || en).words;
  const text = words[key] ?? en.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

export function number(code, value, digits = 0) {
  return new Intl.NumberFormat((table(code) || en).code, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(value);
}

// A file's size: "820 kB", "3.4 MB".
export function size(code, bytes) {
  const large = bytes >= 100 * 1024;
  return new Intl.NumberFormat((table(code) || en).code, {
    style: "unit", unit: large ? "megabyte" : "kilobyte", maximumFractionDigits: large ? 1 : 0,
  }).format(bytes / (large ? 1024 * 1024 : 1024));
}

export function languageOf(node) {
  return (node.closest?.("[data-speaks]") || document.documentElement).dataset.speaks || "en";
}

// Gives an element its words. `where` is text, label, title or placeholder.
export function label(node, key, values = null, where = "text") {
  node.dataset[where === "text" ? "words" : `words${where[0].toUpperCase()}${where.slice(1)}`] = key;
  if (values) node.dataset.wordsWith = JSON.stringify(values);
  speakOne(node);
  return node;
}

// Says again everything inside `root`, each part in its own language.
export function speak(root) {
  if (root.dataset) speakOne(root);
  for (const node of root.querySelectorAll(
    "[data-words],[data-words-label],[data-words-title],[data-words-placeholder]",
  )) speakOne(node);
}

function speakOne(node) {
  const { words, wordsLabel, wordsTitle, wordsPlaceholder, wordsWith } = node.dataset;
  const values = wordsWith ? JSON.parse(wordsWith) : {};
  const code = languageOf(node);
  if (words) {
    // Only when it differs: live regions would announce it again.
    const text = phrase(code, words, values);
    if (node.textContent !== text) node.textContent = text;
  }
  if (wordsLabel) node.setAttribute("aria-label", phrase(code, wordsLabel, values));
  if (wordsTitle) node.title = phrase(code, wordsTitle, values);
  if (wordsPlaceholder) node.placeholder = phrase(code, wordsPlaceholder, values);
}
