// Looks over the page that is shown, as someone with thick gloves and old eyes would. Runs in the
// page after axe-core; answers with one line for each thing that is wrong.
const done = arguments[arguments.length - 1];
const TARGET = 48;
const TEXT = 16;
const found = [];

const shown = (element) =>
  element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
  !element.closest("[aria-hidden=true], [inert]");

const name = (element) => {
  const id = element.closest("[data-testid]")?.getAttribute("data-testid");
  const words = (element.getAttribute("aria-label") ?? element.textContent ?? "").trim();
  const tag = element.tagName.toLowerCase();
  return `${tag}${id ? ` [${id}]` : ""} "${words.slice(0, 30)}"`;
};

// A label is part of its box's target.
const target = (element) => {
  const own = element.getBoundingClientRect();
  const label = element.closest("label") ?? element.labels?.[0];
  if (!label || !/^(checkbox|radio)$/.test(element.type ?? "")) return own;
  const around = label.getBoundingClientRect();
  return around.width * around.height > own.width * own.height ? around : own;
};

const INTERACTIVE =
  "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], " +
  "[role=tab], [role=option], [role=radio], [role=checkbox], [role=switch], [role=link], " +
  "[role=menuitem], [tabindex]:not([tabindex='-1'])[onclick]";

for (const element of document.querySelectorAll(INTERACTIVE)) {
  if (!shown(element)) continue;
  const box = target(element);
  // One pixel by one: there for screen readers and keyboards, not for fingers.
  if (box.width <= 1 || box.height <= 1) continue;
  if (box.width < TARGET - 0.5 || box.height < TARGET - 0.5) {
    found.push(`target ${box.width.toFixed(0)}x${box.height.toFixed(0)}: ${name(element)}`);
  }
}

// Where a box ends up out of sight with no way to scroll to it.
const cut = (start, box) => {
  let scrollX = false;
  let scrollY = false;
  for (let around = start; around && around !== document.body; around = around.parentElement) {
    const style = getComputedStyle(around);
    const frame = around.getBoundingClientRect();
    scrollX ||= /auto|scroll/.test(style.overflowX);
    scrollY ||= /auto|scroll/.test(style.overflowY);
    const hidesX = /hidden|clip/.test(style.overflowX) && !scrollX;
    const hidesY = /hidden|clip/.test(style.overflowY) && !scrollY;
    if (hidesX && (box.right > frame.right + 1 || box.left < frame.left - 1)) return "sideways";
    if (hidesY && (box.bottom > frame.bottom + 4 || box.top < frame.top - 4)) return "in height";
    if (style.position === "fixed") break;
  }
  if (!scrollX && (box.right > innerWidth + 1 || box.left < -1)) return "by the screen, sideways";
  const page = document.scrollingElement;
  const pageScrolls = page.scrollHeight > page.clientHeight &&
    !/hidden|clip/.test(getComputedStyle(page).overflowY);
  if (!scrollY && !pageScrolls && (box.bottom > innerHeight + 4 || box.top < -4)) {
    return "by the screen, in height";
  }
  return null;
};

// Behind a dialog the page is stilled (ui/src/components/still.ts): it was looked at before the dialog opened.
const stilled = (element) =>
  document.documentElement.hasAttribute("data-behind") && element.closest("#app") !== null;

const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const node = texts.currentNode;
  const parent = node.parentElement;
  if (!node.data.trim() || !parent || /^(SCRIPT|STYLE|TEMPLATE)$/.test(parent.tagName)) continue;
  if (!shown(parent)) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (box.width <= 1 || box.height <= 1) continue;
  const frame = parent.getBoundingClientRect();
  if (frame.width <= 1 || frame.height <= 1) continue;
  const size = parseFloat(getComputedStyle(parent).fontSize);
  if (size < TEXT - 0.01) found.push(`text ${size}px: ${name(parent)}`);
  const how = stilled(parent) ? null : cut(parent, box);
  if (how) found.push(`clipped ${how}: ${name(parent)}`);
}

const page = document.scrollingElement;
if (page.scrollWidth > innerWidth + 1) found.push(`page ${page.scrollWidth} px wide`);

axe
  .run(document, { resultTypes: ["violations"] })
  .then((result) => {
    for (const violation of result.violations) {
      if (violation.impact !== "serious" && violation.impact !== "critical") continue;
      for (const node of violation.nodes) {
        found.push(`axe ${violation.id} (${violation.impact}): ${node.target.join(" ")}`);
      }
    }
    done([...new Set(found)]);
  })
  .catch((error) => done([`axe did not run: ${error}`]));
