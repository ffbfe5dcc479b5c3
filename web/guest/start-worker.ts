import workerURL from "./worker/main.ts?worker&url";

// The build puts SHA-384 of the worker's script here (vite.guest.config.ts). A worker can't be given an integrity as a
// script element can, so the script is fetched with it, and the worker is started from what came.
const integrity = "sha384-@worker-integrity@";

/** startWorker starts the worker with all that is secret. Errors: its script did not come, or is not the one that the page was built with. */
export async function startWorker(): Promise<Worker> {
  const answer = await fetch(workerURL, { integrity });
  if (!answer.ok) throw new Error(`the worker's script was not found (${answer.status})`);
  const script = URL.createObjectURL(new Blob([await answer.arrayBuffer()], { type: "text/javascript" }));
  try {
    return new Worker(script, { type: "module" });
  } finally {
    // The browser has taken hold of the script by then.
    URL.revokeObjectURL(script);
  }
}
