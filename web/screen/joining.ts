import { html, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { formatNumber } from "../shared/model/code.ts";
import { elapsed } from "../shared/model/time.ts";
import type { Joining, State, Step } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { messagePage } from "./message.ts";
import { callingPage } from "./ringing.ts";
import "./joining.css";

/** The steps of a join, in their order. A call that rings has a page of its own. */
export const steps: readonly Step[] = ["hub", "relay", "host", "admission", "keys"];

/** JoiningPage says what a join waits for, and since when. */
export class JoiningPage extends PageElement {
  static override properties = { state: given, now: given, strings: given };
  declare state: State;
  declare now: number;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const { joining } = this.state;
    const words = this.strings.joining;
    if (!joining) return messagePage({ title: words.title, state: this.state, now: this.now, strings: this.strings });
    if (joining.step === "ringing") return callingPage(joining, this.state, this.now, this.strings);
    return messagePage({
      title: words.steps[joining.step] ?? words.title,
      lead: words.hints[joining.step] ?? "",
      above: html`<p class="joining-what">${joiningTitle(joining, this.strings)}</p>`,
      below: html`<p class="joining-since figures" role="timer">${elapsed(joining.since, this.now)}</p>
        ${this.path(joining.step)}`,
      state: this.state,
      now: this.now,
      strings: this.strings,
    });
  }

  private path(step: Step): TemplateResult {
    const at = steps.indexOf(step);
    const words = this.strings.joining;
    return html`<ol class="joining-path" aria-label=${words.progress(at + 1, steps.length)}>
      ${steps.map((each, i) => {
        const state = i < at ? "done" : i === at ? "now" : "next";
        return html`<li class="joining-${state}" aria-current=${i === at ? "step" : "false"}>
          <span class="joining-dot">${state === "done" ? icon("check") : ""}</span>${words.steps[each]}
        </li>`;
      })}
    </ol>`;
  }
}

/** joiningTitle is which meeting is being joined. */
export function joiningTitle(joining: Joining, { joining: words }: Strings): string {
  if (joining.title) return joining.title;
  return joining.number ? words.number(formatNumber(joining.number)) : words.now;
}

customElements.define("gr-joining", JoiningPage);
