/* Makes charts.min.js: Plotly.js with the kinds of pictures that the pages draw and no others (lines are always there),
   and LICENSE.txt of all that is in it. `make plotly` runs it where the npm packages plotly.js and esbuild are. */
"use strict";

const { readFileSync, readdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const [packages, goal] = process.argv.slice(2);
const { buildSync } = require(join(packages, "node_modules", "esbuild"));
const KINDS = ["bar", "heatmap", "choropleth", "scattergeo"];

const about = (name) => JSON.parse(readFileSync(join(packages, "node_modules", name, "package.json"), "utf-8"));
const version = about("plotly.js").version;
const lines = KINDS.map((kind) => `require("plotly.js/lib/${kind}")`);
const made = buildSync({
  stdin: { contents: `module.exports = require("plotly.js/lib/core"); module.exports.register([${lines}]);`, resolveDir: packages },
  absWorkingDir: packages,
  banner: { js: `/* plotly.js v${version} of ${["scatter", ...KINDS].join(", ")}; MIT licence, see LICENSE.txt */` },
  bundle: true,
  minify: true,
  target: "es2020",
  globalName: "Plotly",
  define: { global: "window" },
  loader: { ".css": "empty" },
  legalComments: "none",
  metafile: true,
  outfile: join(goal, "charts.min.js"),
});

const used = Object.values(made.metafile.outputs)[0].inputs;
const names = Object.keys(used)
  .filter((path) => used[path].bytesInOutput)
  .map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
const told = [...new Set(names.filter(Boolean))].sort().map(function (name) {
  const { version, license, author } = about(name);
  const folder = join(packages, "node_modules", name);
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const by = typeof author === "string" ? author : author?.name || "its authors";
  return `${name} ${version}: ${license}\n\n${file ? readFileSync(join(folder, file), "utf-8").trim() : `Copyright (c) ${by}`}\n`;
});
writeFileSync(join(goal, "LICENSE.txt"), `What charts.min.js is made of.\n\n${told.join(`\n${"-".repeat(80)}\n\n`)}`);
