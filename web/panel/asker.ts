import { type Command, type Outcome, send } from "../shared/commands.ts";
import { selfOf } from "../shared/model/people.ts";
import type { Refusal, State } from "../shared/state.ts";

// A wish that the State has not taken up after this long was in vain: the switch falls back. It is a little longer than
// the leader of a meeting may take to answer (5 s).
const wishLimit = 6_000;

/** Trouble is why the last command came to nothing, as far as only this panel knows. */
export type Trouble = { kind: "refused"; refusal: Refusal } | { kind: "unanswered" };

/** Switch is a command that turns something on and off. */
export type Switch = "mute" | "camera" | "share" | "hand" | "lock";

/** What the State says of each switch. */
const actual: Record<Switch, (state: State) => boolean> = {
  mute: (state) => !state.devices.microphone.on,
  camera: (state) => state.devices.camera.on,
  share: (state) => state.devices.content.on,
  hand: ({ meeting }) => (meeting && selfOf(meeting)?.hand) ?? false,
  lock: ({ meeting }) => meeting?.locked ?? false,
};

/**
 * Asker sends commands and remembers what was pressed, so that the panel answers at once: a switch shows what is wanted
 * until the State says the same, and a button is busy until its command was answered.
 */
export class Asker {
  trouble: Trouble | null = null;

  private readonly underWay = new Map<string, number>();
  private readonly wishes = new Map<Switch, boolean>();

  constructor(
    private readonly changed: () => void,
    private readonly post: (command: Command) => Promise<Outcome> = send,
  ) {}

  /** ask sends a command and says whether it was taken; what comes of it shows in the State, in trouble, or in both. */
  async ask(command: Command): Promise<boolean> {
    this.trouble = null;
    this.count(command, 1);
    if (isSwitch(command)) this.wish(command.do, command.on);
    this.changed();
    const outcome = await this.post(command);
    this.count(command, -1);
    if (outcome.kind !== "taken") {
      this.trouble = outcome;
      this.wishes.clear();
    }
    this.changed();
    return outcome.kind === "taken";
  }

  /** turn asks for the other position of a switch. */
  turn(name: Switch, state: State): void {
    void this.ask({ do: name, on: !this.shows(name, state) });
  }

  /** busy says whether a command is on its way; with a person, whether it is for that one. */
  busy(name: Command["do"], person = ""): boolean {
    return (this.underWay.get(keyOf(name, person)) ?? 0) > 0;
  }

  /** shows is what a switch shows: what was last wished, else what is. */
  shows(name: Switch, state: State): boolean {
    return this.wishes.get(name) ?? actual[name](state);
  }

  /** met forgets the wishes that a State fulfils. */
  met(state: State): void {
    for (const [name, on] of this.wishes) if (actual[name](state) === on) this.wishes.delete(name);
  }

  forgive(): void {
    this.trouble = null;
    this.changed();
  }

  private wish(name: Switch, on: boolean): void {
    this.wishes.set(name, on);
    setTimeout(() => {
      if (this.wishes.get(name) === on && this.wishes.delete(name)) this.changed();
    }, wishLimit);
  }

  private count(command: Command, by: number): void {
    const keys = new Set([keyOf(command.do, ""), keyOf(command.do, "person" in command ? command.person : "")]);
    for (const key of keys) this.underWay.set(key, (this.underWay.get(key) ?? 0) + by);
  }
}

function keyOf(name: string, person: string): string {
  return `${name} ${person}`;
}

function isSwitch(command: Command): command is Command & { do: Switch; on: boolean } {
  return command.do in actual;
}
