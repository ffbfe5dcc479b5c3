import type { Device, State } from "../state.ts";
import type { Strings } from "../strings/index.ts";
import { clockTime } from "./time.ts";

/** HealthLine is one thing that is wrong with the room, or that people may want to know. */
export interface HealthLine {
  icon: "camera" | "microphone" | "hub" | "warning";
  level: "bad" | "note";
  /** "Camera not working" */
  text: string;
  /** What is wrong and what the room does about it, in a sentence. */
  detail: string;
  /** "since 10:02"; empty when it is in the text. */
  since: string;
  /** A short code for IT; empty when there is none. */
  code: string;
}

/** healthLines lists what is wrong, the gravest first; empty when all is well. */
export function healthLines(state: State, strings: Strings): HealthLine[] {
  const lines: HealthLine[] = state.faults.map((fault) => ({
    icon: "warning",
    level: "bad",
    text: fault.text,
    detail: fault.do,
    since: strings.health.since(clockTime(Date.parse(fault.since), state.room)),
    code: fault.code,
  }));
  // A device's or the hub's reason that is a fault already is not told twice.
  const told = new Set(state.faults.map((fault) => fault.text));
  const words = strings.health;
  if (state.hub.state === "down" && !told.has(state.hub.text ?? "")) {
    const since = words.since(clockTime(Date.parse(state.hub.since), state.room));
    lines.push({ icon: "hub", level: "bad", text: `${words.hub} ${words.hubDown}`, detail: state.hub.text ?? "", since, code: "" });
  }
  if (state.devices.preview) lines.push({ icon: "camera", level: "note", text: words.preview, detail: "", since: "", code: "" });
  for (const kind of ["camera", "microphone"] as const) {
    const line = deviceLine(kind, state.devices[kind], state, strings);
    if (line && !told.has(line.detail)) lines.push(line);
  }
  return lines;
}

function deviceLine(kind: "camera" | "microphone", device: Device, state: State, strings: Strings): HealthLine | null {
  const words = strings.health;
  const name = words[kind];
  const detail = device.reason ?? "";
  const since = words.since(clockTime(Date.parse(device.since), state.room));
  switch (device.state) {
    case "failed":
      return { icon: kind, level: "bad", text: `${name} ${words.failed}`, detail, since, code: "" };
    case "absent":
      return { icon: kind, level: "bad", text: `${name} ${words.absent}`, detail, since: "", code: "" };
    case "starting":
      return { icon: kind, level: "note", text: `${name} ${words.starting}`, detail, since: "", code: "" };
    case "none":
    case "ready":
    case "running":
      return null;
  }
}
