import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { constants, brotliCompressSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

// The hub serves dist-guest/guest.html as /guest/ and the rest of dist-guest below it. The program of the meeting core is
// built before, into var/guest.wasm.
const core = await readFile("var/guest.wasm").catch(() => {
  throw new Error("var/guest.wasm is missing: run `make web` in the folder above");
});

const sha384 = async (path: string): Promise<string> => createHash("sha384").update(await readFile(path)).digest("base64");

/** sealWorker writes the hash of the worker's script into the page's, which starts it (guest/start-worker.ts). */
async function sealWorker(dir: string): Promise<void> {
  const files = await readdir(`${dir}/assets`);
  const [worker, ...others] = files.filter((file) => /^worker-.*\.js$/.test(file));
  if (!worker || others.length) throw new Error("the guest page has to have one worker script");
  const hash = await sha384(`${dir}/assets/${worker}`);
  let places = 0;
  for (const file of files.filter((name) => /^guest-.*\.js$/.test(name))) {
    const script = await readFile(`${dir}/assets/${file}`, "utf8");
    places += script.split(placeholder).length - 1;
    await writeFile(`${dir}/assets/${file}`, script.replaceAll(placeholder, hash));
  }
  if (places !== 1) throw new Error(`the page's script names the worker's hash ${places} times, and should once`);
}

/** integrity has the browser refuse a script or a style sheet that is not the one that the page was built with. */
function integrity(): Plugin {
  return {
    name: "integrity",
    enforce: "post",
    async writeBundle({ dir = "dist-guest" }) {
      await sealWorker(dir);
      const page = `${dir}/guest.html`;
      let html = await readFile(page, "utf8");
      for (const [whole, path = ""] of [...html.matchAll(/(?:src|href)="\/guest\/(assets\/[^"]+\.(?:js|css))"/g)]) {
        html = html.replace(whole, `${whole} integrity="sha384-${await sha384(`${dir}/${path}`)}"`);
      }
      await writeFile(page, html);
      await writeFile(`${dir}/.gitkeep`, ""); // the folder is there before the first build
    },
  };
}

const placeholder = "@worker-integrity@";

/** compressed writes what browsers get of the large files: they all take Brotli over HTTPS. */
function compressed(): Plugin {
  return {
    name: "compressed",
    enforce: "post",
    async writeBundle({ dir = "dist-guest" }) {
      for (const file of await readdir(`${dir}/assets`)) {
        if (!/\.(wasm|js|css)$/.test(file)) continue;
        const content = await readFile(`${dir}/assets/${file}`);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        await writeFile(`${dir}/assets/${file}.br`, brotliCompressSync(content, { params }));
      }
    },
  };
}

const define = { __CORE_SHA256__: JSON.stringify(createHash("sha256").update(core).digest("base64")) };

export default defineConfig({
  base: "/guest/",
  publicDir: "public/assets",
  define,
  build: {
    outDir: "dist-guest",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    license: { fileName: "assets/licenses.md" },
    chunkSizeWarningLimit: 2000,
    rolldownOptions: { input: { guest: "guest.html" } },
  },
  worker: { format: "es", rolldownOptions: { output: { entryFileNames: "assets/worker-[hash].js" } } },
  plugins: [integrity(), compressed()],
});
