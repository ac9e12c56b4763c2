/**
 * Writes the scripts of pages, each with what it needs of the verifier in one file: `cli/page/report.js` of report pages,
 * `cli/page/site.js` of a ledger's site.
 *
 *   node cli/page/report/build.js [FOLDER]
 *
 * The same sources and packages give the same bytes, which `scripts/test-page` compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const here = import.meta.dirname;
const { build } = createRequire(join(here, '../verify/package.json'))('esbuild');
const { minify } = createRequire(join(here, '../verify/package.json'))('terser');

/**
 * Libraries explain their errors to programmers. Nobody sees that here: the verifier refuses in words of its own, so a
 * page goes without theirs. What is thrown, and when, stays.
 */
const quietLibraries = {
  name: 'quiet-libraries',
  /** @param {any} build */
  setup(build) {
    build.onLoad({ filter: /node_modules.@noble.*\.js$/ }, (/** @type {{path: string}} */ { path }) => ({
      contents: readFileSync(path, 'utf8').replace(/throw new (\w*Error)\((?:'[^'\n]*'|"[^"\n]*"|`[^`\n$]*`|[^()'"`\n]|\([^()\n]*\))*\);/g, 'throw new $1();'),
      loader: 'js',
    }));
  },
};

/** @param {string} name */
async function write(name) {
  const bundled = await build({
    entryPoints: [join(here, '..', name, 'main.js')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    nodePaths: [join(here, '../verify/node_modules')],
    plugins: [quietLibraries],
    write: false,
  });
  const { code } = await minify(bundled.outputFiles[0].text, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, ecma: 2022, pure_getters: true, unsafe_arrows: true, keep_fargs: false },
    mangle: true,
    // The bytes of a report page are hashed into its policy: no end of a script, no comment of HTML may stand in them.
    format: { comments: false, inline_script: true, ascii_only: false },
  });
  // A page's script is no module; in a block of its own nothing of it becomes a global.
  writeFileSync(join(process.argv[2] ?? join(here, '..'), `${name}.js`), `'use strict';{${code}}\n`);
}

for (const name of ['report', 'site']) await write(name);
