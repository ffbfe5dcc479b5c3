import { registerIconLibrary } from "@awesome.me/webawesome/dist/components/icon/library.js";
import "@awesome.me/webawesome/dist/components/button/button.js";

// Web Awesome's own icon libraries fetch from a CDN and from data: addresses. The pages ask nobody for anything and bring
// their own icons (icons.ts), so both libraries are replaced by empty ones.
for (const library of ["default", "system"]) {
  registerIconLibrary(library, { resolver: () => "" });
}
