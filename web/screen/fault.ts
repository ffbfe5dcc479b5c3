import { html, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { clockTime } from "../shared/model/time.ts";
import { told } from "../shared/model/troubles.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { messagePage } from "./message.ts";
import "./fault.css";

/** FaultPage says in plain words why the room can't work, what happens now, and a short code for IT. */
export class FaultPage extends PageElement {
  static override properties = { state: given, now: given, strings: given };
  declare state: State;
  declare now: number;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const fault = this.state.faults[0];
    const words = this.strings.fault;
    const said = fault && told(fault, this.strings);
    return messagePage({
      title: said?.text ?? words.unknown,
      above: html`<p class="fault-head">${icon("fault")} ${words.title}</p>`,
      below: html`<div class="fault-do">
          <h2>${words.do}</h2>
          <p>${said ? `${said.why} ${said.do}` : words.unknownDo}</p>
        </div>
        ${fault
          ? html`<dl class="fault-facts">
              <div><dt>${words.code}</dt><dd data-testid="fault-code">${fault.code}</dd></div>
              <div><dt class="visually-hidden">${words.since("")}</dt><dd class="figures">${words.since(clockTime(Date.parse(fault.since), this.state.room))}</dd></div>
            </dl>`
          : ""}`,
      state: this.state,
      now: this.now,
      strings: this.strings,
    });
  }
}

customElements.define("gr-fault", FaultPage);
