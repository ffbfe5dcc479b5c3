import { LitElement, type PropertyDeclaration } from "lit";

/** given is a property that a parent hands down. */
export const given: PropertyDeclaration = { attribute: false };

/** givenMutable is one whose object changes in place: handing it down again draws the child again. */
export const givenMutable: PropertyDeclaration = { attribute: false, hasChanged: () => true };

/**
 * PageElement renders into the page itself, not into a shadow: labels may point at each other across components, one
 * style sheet per component suffices, and checks find everything with plain selectors.
 */
export abstract class PageElement extends LitElement {
  protected override createRenderRoot(): this {
    return this;
  }
}
