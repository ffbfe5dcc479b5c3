import { html, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import type { Ringing } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import "./ringing.css";

/** ringingPage fills the panel with a call that comes in. */
export function ringingPage(ringing: Ringing, asker: Asker, strings: Strings): TemplateResult {
  const words = strings.ringing;
  return html`<section class="still ringing" data-testid="ringing" aria-label=${words.label}>
    <span class="ringing-bell">${icon("call")}</span>
    <div role="alert">
      <h2 class="name">${words.title(ringing.from)}</h2>
      <p>${words.encryption[ringing.encryption] ?? words.encryption.unknown}</p>
    </div>
    <div class="ringing-answers">${answers(asker, strings)}</div>
  </section>`;
}

function answers(asker: Asker, { ringing: words }: Strings): TemplateResult {
  return html`<wa-button data-testid="answer" variant="brand" appearance="accent" ?loading=${asker.busy("answer")} @click=${() => void asker.ask({ do: "answer" })}>
      <span class="answer">${icon("call")}${words.answer}</span>
    </wa-button>
    <wa-button data-testid="decline" variant="danger" appearance="filled-outlined" ?loading=${asker.busy("decline")} @click=${() => void asker.ask({ do: "decline" })}>
      <span class="answer">${icon("cross")}${words.decline}</span>
    </wa-button>`;
}
