import { LitElement } from "lit";

/**
 * PageElement renders into the page itself, not into a shadow: labels may point at each other across components, one
 * style sheet per component suffices, and checks find everything with plain selectors.
 */
export abstract class PageElement extends LitElement {
  protected override createRenderRoot(): this {
    return this;
  }
}
