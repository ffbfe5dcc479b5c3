import type { Layout, Refusal } from "./state.ts";

/** Command is what a page may ask of the room (daemon/room, "Command"). */
export type Command =
  | { do: "join"; number: string; passcode: string }
  | { do: "join-booking"; text: string }
  | { do: "meet-now" }
  | { do: "leave" }
  | { do: "mute"; on: boolean }
  | { do: "camera"; on: boolean }
  | { do: "use-camera"; text: string }
  | { do: "camera-adjust"; text: string; value: number }
  | { do: "volume"; volume: number }
  | { do: "layout"; text: Layout }
  | { do: "share"; on: boolean }
  | { do: "compare"; matches: boolean; code: string }
  | { do: "admit" | "deny" | "remove" | "hand-over" | "ask-mute"; person: string }
  | { do: "lock"; on: boolean }
  | { do: "end" }
  | { do: "upgrade" }
  | { do: "chat"; text: string }
  | { do: "hand"; on: boolean }
  | { do: "react"; text: string }
  | { do: "call"; person: string }
  | { do: "answer" }
  | { do: "decline" }
  | { do: "camera-turn"; pan: number; tilt: number; zoom: number }
  | { do: "preset-recall" | "preset-store"; preset: number }
  | { do: "display-power" | "display-mute"; on: boolean }
  | { do: "display-input"; text: string }
  | { do: "display-volume"; volume: number }
  | { do: "press"; text: string }
  | { do: "touch" }
  | { do: "dismiss" };

/** Outcome is what became of a command: taken, refused by the room, or never answered. */
export type Outcome = { kind: "taken" } | { kind: "refused"; refusal: Refusal } | { kind: "unanswered" };

const answerLimit = 10_000;

/** send asks the room to carry out a command. What it did then shows in the State. */
export async function send(command: Command): Promise<Outcome> {
  try {
    const answer = await fetch("/v1/commands", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(command),
      signal: AbortSignal.timeout(answerLimit),
    });
    if (answer.ok) return { kind: "taken" };
    return { kind: "refused", refusal: readRefusal(command.do, answer.status, await answer.text()) };
  } catch {
    return { kind: "unanswered" };
  }
}

/** readRefusal takes what the daemon says about a refusal, and makes do with the status when it says nothing. */
export function readRefusal(command: string, status: number, body: string): Refusal {
  const refusal: Refusal = { command, code: `http-${status}`, text: "" };
  try {
    const said: unknown = JSON.parse(body);
    if (typeof said === "object" && said !== null) {
      const { code, text } = said as Record<string, unknown>;
      if (typeof code === "string") refusal.code = code;
      if (typeof text === "string") refusal.text = text;
    }
  } catch {
    // Not JSON: a proxy or an older daemon. The page has a sentence of its own for an empty text.
  }
  return refusal;
}
