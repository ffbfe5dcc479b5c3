import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import type { Strings } from "./strings/index.ts";

/** Reaction is one that people can choose. */
export interface Reaction {
  /** The emoji that goes over the wire. */
  emoji: string;
  name: keyof Strings["reactions"];
}

/** The reactions to choose from. */
export const reactions: readonly Reaction[] = [
  { emoji: "👍", name: "yes" },
  { emoji: "👎", name: "no" },
  { emoji: "👏", name: "applause" },
  { emoji: "❤️", name: "heart" },
  { emoji: "😄", name: "smile" },
  { emoji: "🎉", name: "party" },
];

const palm = (colour: string): SVGTemplateResult => svg`<path d="M8.200 13V6.500M11 12V4.800M13.800 12V5.300M16.500 13V7.500M6 16.500l-2-3.600" stroke=${colour} stroke-width="2.500" stroke-linecap="round" fill="none"/><path d="M6.900 11.500h10.900v4.700a5.400 5.400 0 0 1-10.900 0z" fill=${colour}/>`;
const thumb = svg`<path d="M2 10.500h4V21H2z" fill="#4ade94"/><path d="M7 10.500 11 2c1.800 0 3 1.300 3 3v4h5.300a2.200 2.200 0 0 1 2.200 2.600l-1.400 7.200a2.700 2.700 0 0 1-2.700 2.200H10l-3-1.500Z" fill="#ffcb5c"/>`;

// Drawn for Greenroom, since many small machines have no emoji font.
const drawings: Record<Reaction["name"], SVGTemplateResult> = {
  yes: thumb,
  no: svg`<g transform="matrix(1 0 0 -1 0 23.500)">${thumb}</g>`,
  applause: svg`<g transform="rotate(-38 12 12) translate(2.600 -1.600) scale(.86)">${palm("#d99a2b")}</g><g transform="rotate(-38 12 12) translate(-.400 2.200) scale(.92)">${palm("#ffcb5c")}</g>
    <path d="m17.500 2.200-1 2.300M20.600 4.200 18.800 6M22 7.600l-2.400.6" stroke="#f3f7f4" stroke-width="1.500" stroke-linecap="round"/>`,
  heart: svg`<path d="M12 21C5 15.600 2 12 2 8.200A5.200 5.200 0 0 1 7.200 3c2 0 3.700 1 4.800 2.800C13.100 4 14.800 3 16.800 3A5.200 5.200 0 0 1 22 8.200C22 12 19 15.600 12 21Z" fill="#ff6b66"/>`,
  smile: svg`<circle cx="12" cy="12" r="10" fill="#ffcb5c"/><path d="M8.500 9v1.500M15.500 9v1.500" stroke="#4a3200" stroke-width="2.200" stroke-linecap="round"/><path d="M7 13.500h10a5 5 0 0 1-10 0Z" fill="#4a3200"/>`,
  party: svg`<path d="M3 21.500 8.500 8l7.500 7.500L3 21.500Z" fill="#ffcb5c"/><path d="m6 14.300 4 4M4.600 17.600l2.200 2.200" stroke="#ff6b66" stroke-width="1.800" stroke-linecap="round"/>
    <path d="M12 8c.3-2.500 2-4 4.300-4.500M16 12c2-.6 3.600-.3 5 1M14 10l3.500-3.500" stroke="#4ade94" stroke-width="1.800" stroke-linecap="round" fill="none"/>
    <circle cx="10" cy="4.500" r="1.300" fill="#7cc4ff"/><circle cx="20.500" cy="8.500" r="1.300" fill="#ff6b66"/><circle cx="20" cy="17.500" r="1.200" fill="#7cc4ff"/>`,
};

/** reactionGlyph draws an emoji, hidden from screen readers: one that Greenroom knows as its own drawing, others with the machine's font. */
export function reactionGlyph(emoji: string): TemplateResult {
  const known = reactions.find((reaction) => bare(reaction.emoji) === bare(emoji));
  if (!known) return html`<span class="reaction" aria-hidden="true">${emoji}</span>`;
  return html`<svg class="reaction" viewBox="0 0 24 24" aria-hidden="true" focusable="false" data-reaction=${known.name}>${drawings[known.name]}</svg>`;
}

/** bare is an emoji without the sign that asks for its coloured form, which some senders leave out. */
function bare(emoji: string): string {
  return emoji.replaceAll("\uFE0F", "");
}

/** reactionName says which reaction it is. */
export function reactionName(emoji: string, strings: Strings): string {
  const known = reactions.find((reaction) => bare(reaction.emoji) === bare(emoji));
  return known ? strings.reactions[known.name] : emoji;
}
