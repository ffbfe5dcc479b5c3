import axe from "axe-core";
import type { Page } from "playwright-core";

/** Size is a window in CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

export const screenSizes: Size[] = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
];

export const panelSizes: Size[] = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

/** accessibilityFaults runs axe, which the page must have loaded, over the page, shadow trees included, and returns what it finds in one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const results = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return results.violations.map(
    (found) => `${found.id} (${found.impact}): ${found.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`).join("; ")}`,
  );
}

/**
 * layoutFaults finds text that is cut off or lies outside the window, and pages that scroll sideways. Text that a style
 * shortens with an ellipsis is shortened on purpose.
 */
export async function layoutFaults(page: Page, mayScrollDown: boolean): Promise<string[]> {
  return page.evaluate((scrolls) => {
    const faults: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > window.innerWidth) faults.push(`the page is ${root.scrollWidth} wide in a window of ${window.innerWidth}`);
    if (!scrolls && root.scrollHeight > window.innerHeight) faults.push(`the page is ${root.scrollHeight} high in a window of ${window.innerHeight}`);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim();
      const parent = node.parentElement;
      if (!text || !parent?.checkVisibility() || parent.closest(".visually-hidden, noscript, wa-dialog:not([open])")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      // Where it is on the page, however far that is scrolled.
      const [top, low] = [box.top + window.scrollY, box.bottom + window.scrollY];
      if (box.width <= 1 || getComputedStyle(parent).clipPath !== "none") continue;
      // What a list has scrolled away is not lost.
      if (parent.closest(".pane-list, .callees")) continue;
      const bottom = scrolls ? root.scrollHeight : window.innerHeight;
      const { textOverflow, webkitLineClamp } = getComputedStyle(parent);
      const shortened = textOverflow === "ellipsis" || webkitLineClamp !== "none";
      if (!shortened && (box.left < -1 || box.right > window.innerWidth + 1 || top < -1 || low > bottom + 1)) {
        faults.push(`"${text}" lies outside the window: ${JSON.stringify(box)}`);
      }
      const card = parent.closest(".card, .strip, .way, .alert, .tile")?.getBoundingClientRect();
      if (card && !shortened && !parent.closest(".name") && (box.left < card.left || box.right > card.right)) {
        faults.push(`"${text}" sticks out of its card`);
      }
      for (let outer: Element | null = parent; outer && outer !== document.body; outer = outer.parentElement) {
        const style = getComputedStyle(outer);
        if (style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none") break;
        if (style.overflow === "visible") continue;
        const frame = outer.getBoundingClientRect();
        if (style.overflowY !== "auto" && (box.bottom > frame.bottom + 2 || box.right > frame.right + 2)) {
          faults.push(`"${text}" is cut off by ${outer.className || outer.tagName}`);
        }
      }
    }
    return faults;
  }, mayScrollDown);
}

/**
 * smallText finds text on the screen that nobody can read from 4 m: smaller than 24 of 1080 lines, which are 15 mm on a
 * display of 55 inches.
 */
export async function smallText(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const least = (Math.min(window.innerHeight, (window.innerWidth * 9) / 16) * 24) / 1080;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const [text, parent] = [node.textContent?.trim(), node.parentElement];
      if (!text || !parent?.checkVisibility() || parent.closest(".visually-hidden, noscript")) continue;
      const { fontSize, clipPath } = getComputedStyle(parent);
      const size = Number.parseFloat(fontSize);
      if (clipPath === "none" && size < least - 0.1) faults.push(`"${text}" has letters of ${size} px, where ${least} are needed`);
    }
    return faults;
  });
}

/** smallTargets finds buttons and inputs that a finger would miss: less than 48 px high or wide. */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("button, input, wa-button")]
      .filter((element) => element.checkVisibility() && !element.closest("wa-dialog:not([open])"))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 48 || box.height < 48))
      .map(({ element, box }) => `${element.textContent?.trim() || element.getAttribute("aria-label")}: ${box.width} x ${box.height}`),
  );
}
