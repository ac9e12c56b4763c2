/**
 * How long a page takes to verify its bundle in Chromium, on its own clock: `node cli/page/report/test/measure.js PAGE MARKET.VKEY [RUNS]`.
 * Each run is a new browser; milliseconds of the first verification, and of a second in the same page.
 */
import { Browser, found } from './chromium.js';

const [page, key, runs = '7'] = process.argv.slice(2);
const [first, again] = [[], []];
for (let run = 0; run < Number(runs); run += 1) {
  const browser = new Browser(found());
  const tab = await browser.open(page);
  first.push((await tab.bring(key)).ms);
  again.push((await tab.bring(key)).ms);
  await browser.close();
}
const sorted = (list) => list.sort((a, b) => a - b);
const middle = (list) => sorted(list)[Math.floor(list.length / 2)];
console.log(`first: ${sorted(first).join(' ')}, median ${middle(first)} ms; again: ${sorted(again).join(' ')}, median ${middle(again)} ms`);
