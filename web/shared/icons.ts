import { svg, type SVGTemplateResult } from "lit";

// Drawn for Greenroom on a 24 by 24 grid: lines of width 2, round ends, in the colour of the text around them.

export const icons = {
  microphone: svg`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3M8.5 21h7"/>`,
  "microphone-off": svg`<path d="M9 9.5V6a3 3 0 0 1 6 0v5.5M14.3 13.7A3 3 0 0 1 9 12M5 11a7 7 0 0 0 11.2 5.6M19 11a7 7 0 0 1-.6 2.8M12 18v3M8.5 21h7M4 4l16 16"/>`,
  camera: svg`<rect x="3" y="6" width="12.5" height="12" rx="2.5"/><path d="m15.5 10.5 5.5-3v9l-5.5-3"/>`,
  "camera-off": svg`<path d="M10 6h3a2.5 2.5 0 0 1 2.5 2.500v3M15.5 15.500v0A2.5 2.5 0 0 1 13 18H5.500A2.5 2.5 0 0 1 3 15.500v-7A2.5 2.5 0 0 1 5.5 6H6M15.5 10.500l5.5-3v9l-2-1.100M4 4l16 16"/>`,
  share: svg`<rect x="3" y="4" width="18" height="12.5" rx="2"/><path d="M12 13V7.500M9.200 10 12 7.300l2.800 2.700M8.500 20.500h7"/>`,
  people: svg`<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 1 13 0M15.5 4.800a3.5 3.5 0 0 1 0 6.400M17.5 14a6.5 6.5 0 0 1 4 6"/>`,
  leave: svg`<path d="M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10 12h11M17 8l4 4-4 4"/>`,
  up: svg`<path d="m5 15 7-7 7 7"/>`,
  down: svg`<path d="m5 9 7 7 7-7"/>`,
  left: svg`<path d="m15 5-7 7 7 7"/>`,
  right: svg`<path d="m9 5 7 7-7 7"/>`,
  minus: svg`<path d="M5 12h14"/>`,
  power: svg`<path d="M12 3v8M7 6.500a7.500 7.500 0 1 0 10 0"/>`,
  equipment: svg`<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>`,
  "layout-grid": svg`<path d="M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z"/>`,
  "layout-speaker": svg`<path d="M3 5h12v14H3zM18 5h3v4h-3zM18 12h3v7h-3z"/>`,
  calendar: svg`<path d="M4 6h16v14H4zM4 10.500h16M8.500 3v5M15.500 3v5"/>`,
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  keypad: svg`<path d="M6 5h.01M12 5h.01M18 5h.01M6 12h.01M12 12h.01M18 12h.01M6 19h.01M12 19h.01M18 19h.01"/>`,
  call: svg`<path d="M5 4h3.500l1.8 4.5-2.3 1.500a12 12 0 0 0 6 6l1.5-2.300L20 15.500V19a1.5 1.5 0 0 1-1.6 1.500A15.5 15.5 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4Z"/>`,
  hub: svg`<rect x="4" y="4" width="16" height="6.5" rx="2"/><rect x="4" y="13.5" width="16" height="6.5" rx="2"/><path d="M8 7.25h.01M8 16.75h.01"/>`,
  warning: svg`<path d="M12 4 2.8 20h18.400L12 4ZM12 10v4.500M12 17.300h.01"/>`,
  check: svg`<path d="m5 12.5 4.5 4.500L19 7.5"/>`,
  cross: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  erase: svg`<path d="M8.5 5H20a1.5 1.5 0 0 1 1.5 1.500v11A1.5 1.5 0 0 1 20 19H8.500L2.5 12l6-7ZM11.5 9.500l5 5M16.5 9.500l-5 5"/>`,
  unknown: svg`<circle cx="12" cy="12" r="9"/><path d="M9.3 9.500a2.8 2.8 0 1 1 3.9 2.600c-.8.4-1.2.900-1.2 1.900M12 17.200h.01"/>`,
  key: svg`<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8-8M16 7.500l3 3"/>`,
  sound: svg`<path d="M4 9.500v5h3.500L12 19V5L7.5 9.500H4ZM15.5 9a4.5 4.5 0 0 1 0 6M18 6a9 9 0 0 1 0 12"/>`,
  link: svg`<path d="M3 9.500a14 14 0 0 1 18 0M6 13a9.5 9.5 0 0 1 12 0M9 16.500a5 5 0 0 1 6 0M12 20h.01"/>`,
  speaking: svg`<path d="M5 10v4M9.7 6.500v11M14.3 9v6M19 10.500v3"/>`,
  blocked: svg`<circle cx="12" cy="12" r="9"/><path d="m5.8 5.8 12.4 12.4"/>`,
  fault: svg`<path d="M8 3h8l5 5v8l-5 5H8l-5-5V8l5-5ZM12 8v5M12 16.300h.01"/>`,
  hand: svg`<path d="M8 13V5.500a1.5 1.5 0 0 1 3 0V11M11 11V4a1.5 1.5 0 0 1 3 0v7M14 11V5.500a1.5 1.5 0 0 1 3 0V14c0 4-2.500 7-6 7-2.900 0-4.500-1.500-6-4.500l-1.700-3.300a1.45 1.45 0 0 1 2.500-1.400L8 14.500"/>`,
  chat: svg`<path d="M6 4h12a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3h-6l-5 4v-4H6a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3ZM8 9h8M8 12.500h5"/>`,
  react: svg`<circle cx="12" cy="12" r="9"/><path d="M8 14a4.500 4.500 0 0 0 8 0M9 9.500h.01M15 9.500h.01"/>`,
  // A barred door, not a padlock: a padlock says that a meeting is end-to-end encrypted.
  barred: svg`<path d="M6 21V4.500A1.5 1.5 0 0 1 7.5 3h9A1.5 1.5 0 0 1 18 4.500V21M2 21h20"/><rect x="3" y="10" width="18" height="4" rx="1"/>`,
  door: svg`<path d="M6 21V4.500A1.5 1.5 0 0 1 7.500 3H16a1.5 1.5 0 0 1 1.500 1.500V21M3 21h18M6.500 3.500l6 3V21M9.500 13h.01"/>`,
  more: svg`<path d="M5 12h.01M12 12h.01M19 12h.01"/>`,
  send: svg`<path d="M4 12 3 4.500 21 12 3 19.500 4 12ZM4 12h8"/>`,
  upgrade: svg`<path d="M12 3 5 5.600v5.900c0 4.600 3 8.200 7 9.500 4-1.300 7-4.900 7-9.500V5.600L12 3ZM12 16V8.500M8.800 11.500 12 8.300l3.200 3.200"/>`,
  crown: svg`<path d="M4 18h16M4 14.500 3 7l5 3.500L12 5l4 5.500L21 7l-1 7.500H4Z"/>`,
  bell: svg`<path d="M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15L6 16.500ZM10 21h4"/>`,
  search: svg`<circle cx="11" cy="11" r="6.500"/><path d="m16 16 4.500 4.500"/>`,
  split: svg`<path d="M12 21v-6M12 15 5.500 8.500M12 15l6.500-6.500M5 13V8h5M19 13V8h-5"/>`,
} satisfies Record<string, SVGTemplateResult>;

/** IconName is the name of one of Greenroom's icons. */
export type IconName = keyof typeof icons;
