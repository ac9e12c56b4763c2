/** A headless Chromium over its debugging pipe: no package, no port. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The browser's program; null if there is none. */
export function found() {
  const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].filter((name) => name !== undefined);
  return names.find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
}

export class Browser {
  #next = 1;
  #waiting = new Map();
  #rest = '';
  /** @type {((message: any) => void)[]} */
  heard = [];

  /** @param {string} program */
  constructor(program) {
    this.profile = mkdtempSync(join(tmpdir(), 'quittance-page-'));
    const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--remote-debugging-pipe', `--user-data-dir=${this.profile}`, 'about:blank'];
    this.process = spawn(program, options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((done) => this.process.once('exit', done));
    this.process.stdio[4].on('data', (bytes) => this.#hear(bytes.toString()));
  }

  #hear(text) {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop();
    for (const message of messages.map((line) => JSON.parse(line))) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (waiting === undefined) this.heard.forEach((listener) => listener(message));
      else if (message.error) waiting.fail(new Error(message.error.message));
      else waiting.done(message.result);
    }
  }

  /** @param {string} method @param {any} [params] @param {string} [sessionId] @returns {Promise<any>} */
  ask(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((done, fail) => this.#waiting.set(id, { done, fail }));
  }

  /** A tab that is offline and shows a file. @param {string} path @param {{script?: boolean, at?: string}} [how] `at` follows its address */
  async open(path, { script = true, at = '' } = {}) {
    const { targetId } = await this.ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.ask('Target.attachToTarget', { targetId, flatten: true });
    const tab = new Tab(this, targetId, sessionId);
    this.heard.push((message) => message.sessionId === sessionId && tab.hear(message));
    for (const domain of ['Page', 'Runtime', 'Network', 'Log', 'DOM']) await tab.ask(`${domain}.enable`);
    await tab.ask('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
    // Keys go to the page that is looked at.
    await tab.ask('Page.bringToFront');
    await tab.ask('Emulation.setFocusEmulationEnabled', { enabled: true });
    if (!script) await tab.ask('Emulation.setScriptExecutionDisabled', { value: true });
    const loaded = new Promise((done) => (tab.loaded = done));
    await tab.ask('Page.navigate', { url: `${pathToFileURL(path).href}${at}` });
    await loaded;
    return tab;
  }

  async close() {
    await this.ask('Browser.close').catch(() => {});
    await this.ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Tab {
  /** @type {string[]} what went wrong, and what was asked of a network */
  wrong = [];
  loaded = () => {};

  constructor(browser, targetId, sessionId) {
    Object.assign(this, { browser, targetId, sessionId });
  }

  hear({ method, params }) {
    if (method === 'Page.loadEventFired') this.loaded();
    if (method === 'Runtime.exceptionThrown') this.wrong.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') this.wrong.push(params.entry.text);
    if (method === 'Network.requestWillBeSent' && !/^(file|data|blob|about):/.test(params.request.url)) this.wrong.push(`asked for ${params.request.url}`);
    if (method === 'Page.javascriptDialogOpening') this.wrong.push('a dialog opened');
  }

  ask(method, params) {
    return this.browser.ask(method, params, this.sessionId);
  }

  /** The value of an expression in the page. @param {string} expression */
  async value(expression) {
    const { result, exceptionDetails } = await this.ask('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** Gives files to the page, as its own button does, and waits for the answer. @param {string[]} paths */
  async bring(...paths) {
    const { root } = await this.ask('DOM.getDocument');
    const { nodeId } = await this.ask('DOM.querySelector', { nodeId: root.nodeId, selector: '#files' });
    await this.value("document.getElementById('result').dataset.state = 'asked'");
    await this.ask('DOM.setFileInputFiles', { nodeId, files: paths });
    return this.answer();
  }

  /** Types into the page, with keys. @param {string} selector @param {string} text */
  async type(selector, text) {
    await this.value(`document.querySelector('details:has(${selector})').open = true; document.querySelector('${selector}').focus(); document.getElementById('result').dataset.state = 'asked'`);
    await this.ask('Input.insertText', { text });
    return this.answer();
  }

  /** A click where an element is. @param {string} selector */
  async click(selector) {
    const { x, y } = await this.value(`(() => { const e = document.querySelector('${selector}'); e.scrollIntoView({ block: 'center', behavior: 'instant' }); const { left, top, width, height } = e.getBoundingClientRect(); return { x: left + width / 2, y: top + height / 2 } })()`);
    for (const type of ['mousePressed', 'mouseReleased']) await this.ask('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
  }

  /** What the page answers once it has checked. */
  answer() {
    return this.value(`new Promise((done) => { const result = document.getElementById('result'); const look = () => (result.dataset.state === 'done' ? done({
      word: result.querySelector('.word')?.textContent ?? null, ms: Number(result.dataset.ms),
      kind: result.querySelector('.verdict')?.className ?? null, text: result.innerText,
      checks: [...result.querySelectorAll('.checks li')].map((line) => [line.className, line.querySelector('strong').textContent, line.querySelector('.said').textContent]) })
      : setTimeout(look, 10)); look(); })`);
  }

  /** Whether the page is wider than a screen of this width. @param {number} width */
  async overflows(width) {
    await this.ask('Emulation.setDeviceMetricsOverride', { width, height: 800, deviceScaleFactor: 1, mobile: true });
    const { cssContentSize } = await this.ask('Page.getLayoutMetrics');
    return cssContentSize.width > width;
  }

  /** A picture of the whole page. @param {string} file @param {{width?: number, dark?: boolean}} [how] */
  async picture(file, { width = 1000, dark = false } = {}) {
    await this.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    await this.ask('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 });
    const { cssContentSize } = await this.ask('Page.getLayoutMetrics');
    const clip = { x: 0, y: 0, width, height: cssContentSize.height, scale: 1 };
    const { data } = await this.ask('Page.captureScreenshot', { captureBeyondViewport: true, clip });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }

  /** The page as it prints. @param {string} file */
  async print(file) {
    const { data } = await this.ask('Page.printToPDF', { printBackground: true, preferCSSPageSize: true });
    writeFileSync(file, Buffer.from(data, 'base64'));
  }

  close() {
    return this.browser.ask('Target.closeTarget', { targetId: this.targetId });
  }
}
