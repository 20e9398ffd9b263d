// What this browser remembers between visits. Where storage is refused (a private
// window, a full disk) the page still works, and forgets when it is closed.

const fallback = new Map();

export function recall(key, otherwise) {
  try {
    // What could not be stored is newer than what was.
    const text = fallback.get(key) ?? localStorage.getItem(`artisan.${key}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(`artisan.${key}`, text);
    fallback.delete(key);
  } catch {
    fallback.set(key, text);
  }
}
