import type { Device, State } from "../state.ts";
import type { Strings } from "../strings/index.ts";
import { clockTime } from "./time.ts";
import { because, told } from "./troubles.ts";

/** HealthLine is one thing that is wrong with the room, or that people may want to know. */
export interface HealthLine {
  icon: "camera" | "microphone" | "hub" | "warning";
  level: "bad" | "note";
  /** "Camera not working" */
  text: string;
  /** What lies behind it, else what to do about it, in a sentence. */
  detail: string;
  /** "since 10:02"; empty when it is in the text. */
  since: string;
  /** A short code for IT; empty when there is none. */
  code: string;
}

/** healthLines lists what is wrong, the gravest first; empty when all is well. */
export function healthLines(state: State, strings: Strings): HealthLine[] {
  const lines = state.faults.map((fault): HealthLine => {
    const { text, why, do: todo } = told(fault, strings);
    const since = strings.health.since(clockTime(Date.parse(fault.since), state.room));
    return { icon: "warning", level: "bad", text, detail: why || todo, since, code: fault.code };
  });
  // What a fault tells of is not told twice.
  const codes = new Set(state.faults.map((fault) => fault.code));
  const words = strings.health;
  if (state.hub.state === "down" && !codes.has("GR-202")) {
    const since = words.since(clockTime(Date.parse(state.hub.since), state.room));
    lines.push({ icon: "hub", level: "bad", text: `${words.hub} ${words.hubDown}`, detail: because(state.hub.cause, strings), since, code: "" });
  }
  if (state.devices.preview) lines.push({ icon: "camera", level: "note", text: words.preview, detail: "", since: "", code: "" });
  for (const kind of ["camera", "microphone"] as const) {
    const line = deviceLine(kind, state.devices[kind], state, strings);
    if (line && !faultsOf[kind].some((code) => codes.has(code))) lines.push(line);
  }
  return lines;
}

/** The faults that a device's state makes. */
const faultsOf = { camera: ["GR-301", "GR-302"], microphone: ["GR-311", "GR-312"] };

function deviceLine(kind: "camera" | "microphone", device: Device, state: State, strings: Strings): HealthLine | null {
  const words = strings.health;
  const name = words[kind];
  const detail = because(device.cause, strings);
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
