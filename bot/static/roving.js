// One Tab stop for a group of buttons; arrow keys, Home and End move inside it.
// In right-to-left groups left and right change places.

export function roving(group, { vertical = true, horizontal = true } = {}) {
  const members = () => [...group.querySelectorAll("button")].filter((b) => !b.hidden);
  const only = (chosen) => {
    for (const button of members()) button.tabIndex = button === chosen ? 0 : -1;
  };
  only(members()[0]);

  group.addEventListener("focusin", (event) => {
    const button = event.target.closest("button");
    if (button && group.contains(button)) only(button);
  });
  group.addEventListener("keydown", (event) => {
    const all = members();
    const at = all.indexOf(document.activeElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const backwards = getComputedStyle(group).direction === "rtl" ? -1 : 1;
    const steps = {
      ArrowDown: vertical && 1, ArrowUp: vertical && -1,
      ArrowRight: horizontal && backwards, ArrowLeft: horizontal && -backwards,
    };
    let next = null;
    if (steps[event.key]) next = all[(at + steps[event.key] + all.length) % all.length];
    if (event.key === "Home") next = all[0];
    if (event.key === "End") next = all[all.length - 1];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  return group;
}
