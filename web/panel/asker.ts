import { type Command, type Outcome, send } from "../shared/commands.ts";
import type { Refusal, State } from "../shared/state.ts";

// A wish that the State has not taken up after this long was in vain: the switch falls back.
const wishLimit = 4_000;

/** Trouble is why the last command came to nothing, as far as only this panel knows. */
export type Trouble = { kind: "refused"; refusal: Refusal } | { kind: "unanswered" };

/**
 * Asker sends commands and remembers what was pressed, so that the panel answers at once: a switch shows what is wanted
 * until the State says the same, and a button is busy until its command was answered.
 */
export class Asker {
  trouble: Trouble | null = null;

  private readonly underWay = new Map<Command["do"], number>();
  private readonly wishes = new Map<"mute" | "camera", boolean>();

  constructor(
    private readonly changed: () => void,
    private readonly post: (command: Command) => Promise<Outcome> = send,
  ) {}

  /** ask sends a command; what comes of it shows in the State, in trouble, or in both. */
  async ask(command: Command): Promise<void> {
    this.trouble = null;
    this.count(command.do, 1);
    if (command.do === "mute" || command.do === "camera") this.wish(command.do, command.on);
    this.changed();
    const outcome = await this.post(command);
    this.count(command.do, -1);
    if (outcome.kind !== "taken") {
      this.trouble = outcome;
      this.wishes.clear();
    }
    this.changed();
  }

  /** busy says whether a command is on its way. */
  busy(name: Command["do"]): boolean {
    return (this.underWay.get(name) ?? 0) > 0;
  }

  /** muted is what the switch shows: what was last wished, else what is. */
  muted(state: State): boolean {
    return this.wishes.get("mute") ?? !state.devices.microphone.on;
  }

  /** cameraOn is what the switch shows: what was last wished, else what is. */
  cameraOn(state: State): boolean {
    return this.wishes.get("camera") ?? state.devices.camera.on;
  }

  /** met forgets the wishes that a State fulfils. */
  met(state: State): void {
    if (this.wishes.get("mute") === !state.devices.microphone.on) this.wishes.delete("mute");
    if (this.wishes.get("camera") === state.devices.camera.on) this.wishes.delete("camera");
  }

  forgive(): void {
    this.trouble = null;
    this.changed();
  }

  private wish(name: "mute" | "camera", on: boolean): void {
    this.wishes.set(name, on);
    setTimeout(() => {
      if (this.wishes.get(name) === on && this.wishes.delete(name)) this.changed();
    }, wishLimit);
  }

  private count(name: Command["do"], by: number): void {
    this.underWay.set(name, (this.underWay.get(name) ?? 0) + by);
  }
}
