// Demo mode only: being one or another of the made-up people.

import { element } from "./draw.js";

const $ = (id) => document.getElementById(id);
let opened = false;

export async function open(line, person) {
  if (opened) return;
  opened = true;
  $("demo").hidden = false;
  const groups = await line.ask("/chat/demo/people");
  const mine = ["lawyers", "staff"].find((name) => groups[name].some((one) => String(one.id) === person)) || "worker";
  for (const button of $("demo").querySelectorAll("[data-role]")) {
    const role = button.dataset.role;
    const people = groups[role];
    button.setAttribute("aria-pressed", String(role === mine));
    button.disabled = !people.length;
    button.addEventListener("click", () => go(role === "worker" ? null : people[0].id));
  }
  if (mine !== "worker") choose(line, groups[mine], mine, person);
}

function choose(line, people, group, person) {
  const select = $("person");
  const fill = (entries) => {
    select.replaceChildren(
      ...entries.map(({ id, label, unread }) => {
        const option = element("option", "", unread && String(id) !== person ? `${label}（${unread} 条未读）` : label);
        option.value = id;
        option.selected = String(id) === person;
        return option;
      }),
    );
  };
  fill(people);
  select.hidden = false;
  select.addEventListener("change", () => go(select.value));
  setInterval(async () => {
    if (document.visibilityState !== "visible" || document.activeElement === select) return;
    const groups = await line.ask("/chat/demo/people").catch(() => null);
    if (groups) fill(groups[group]);
  }, 15_000);
}

function go(person) {
  location.assign(person ? `/?as=${person}` : "/");
}
