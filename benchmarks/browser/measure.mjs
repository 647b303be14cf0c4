// Measures the dashboard of a running server, as a browser sees it. Usage: node measure.mjs URL ROUNDS
import { chromium } from 'playwright-core';
import lighthouse from 'lighthouse';

const [url, rounds] = [process.argv[2], Number(process.argv[3] ?? 5)];
const port = 20_000 + Math.floor(Math.random() * 10_000);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', `--remote-debugging-port=${port}`] });
const menu = (page, name) => page.locator('#navigation').getByRole('link', { name });
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const spread = (values, digits = 0) => `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}, n = ${values.length})`;

// The overview is usable when its figures stand there and nothing waits any more.
const usable = () => document.querySelector('[data-testid="tile-success"] .tile-figure') && document.querySelector('[data-testid="over-time"]') && !document.querySelector('[data-testid="skeleton"]');

async function countBytes(page) {
  const session = await page.context().newCDPSession(page);
  const counted = { bytes: 0 };
  session.on('Network.loadingFinished', (event) => { counted.bytes += event.encodedDataLength; });
  await session.send('Network.enable');
  return counted;
}

async function view(page, act) {
  const counted = await countBytes(page);
  const began = performance.now();
  await act(page);
  await page.waitForFunction(usable, null, { polling: 'raf' });
  return { ms: performance.now() - began, bytes: counted.bytes };
}

const [first, again, within] = [[], [], []];
for (let i = 0; i < rounds; i++) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  first.push(await view(await context.newPage(), (page) => page.goto(url, { waitUntil: 'commit' })));
  const page = await context.newPage();
  again.push(await view(page, () => page.goto(url, { waitUntil: 'commit' })));
  await menu(page, 'Learnings').click();
  await page.getByRole('heading', { name: 'Learnings', level: 1 }).waitFor();
  within.push(await view(page, () => menu(page, 'Overview').click()));
  await context.close();
}
console.log(`first view, cold cache: usable after ${spread(first.map((v) => v.ms))} ms, ${spread(first.map((v) => v.bytes / 1e6), 2)} MB over the wire`);
console.log(`opened again, warm cache: ${spread(again.map((v) => v.ms))} ms, ${spread(again.map((v) => v.bytes / 1e3), 1)} KB`);
console.log(`come back to from another page: ${spread(within.map((v) => v.ms))} ms, ${spread(within.map((v) => v.bytes / 1e3), 1)} KB`);

// From an input to the paint after it, as the browser's event timing has it (in steps of 8 ms; what is below 16 it does not tell).
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
const slow = [];
async function interact(name, act, ready) {
  await page.evaluate(() => { window.timings = []; new PerformanceObserver((list) => window.timings.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'event', durationThreshold: 16 }); });
  await act();
  await ready();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100))));
  slow.push([name, Math.max(16, ...await page.evaluate(() => window.timings))]);
}
const heading = (name) => () => page.getByRole('heading', { name, level: 1 }).waitFor();
const rows = (id) => () => page.waitForFunction((test) => document.querySelectorAll(`[data-testid="${test}"] tbody tr`).length > 0, id);
await page.goto(url);
await page.waitForFunction(usable);
await interact('menu: auto-fixes', () => menu(page, 'Auto-fixes').click(), rows('fixes'));
await interact('filter by success', async () => { await page.getByTestId('filter-success').focus(); await page.keyboard.press('ArrowDown'); }, rows('fixes'));
await interact('search', async () => { await page.getByTestId('filter-q').fill('django'); await page.keyboard.press('Enter'); }, rows('fixes'));
await interact('next page', () => page.getByTestId('next').click(), rows('fixes'));
await interact('open a fix', () => page.getByTestId('fixes').getByRole('link').first().click(), () => page.getByTestId('fix').waitFor());
await interact('menu: agents', () => menu(page, 'Agents').click(), rows('agents'));
await interact('open an agent', () => page.getByTestId('agents').getByRole('link').first().click(), () => page.getByTestId('agent').waitFor());
await interact('menu: judgement', () => menu(page, 'Judgement').click(), () => page.getByTestId('threshold').waitFor());
await interact('move the threshold', async () => { await page.getByTestId('threshold').focus(); for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft'); }, heading('Judgement'));
await interact('another model', () => page.getByTestId('models').getByRole('link').first().click(), () => page.getByTestId('threshold').waitFor());
await interact('menu: operations', () => menu(page, 'Operations').click(), rows('dependencies'));
await interact('dark theme', async () => { await page.getByTestId('theme').focus(); await page.keyboard.press('ArrowDown'); await page.keyboard.press('ArrowDown'); }, heading('Operations'));
console.log(`input to paint, at most: ${slow.map(([name, ms]) => `${name} ${ms} ms`).join(', ')}`);

const { lhr } = await lighthouse(url, { port, output: 'json', logLevel: 'error', onlyCategories: ['accessibility', 'best-practices', 'performance'] });
console.log(`Lighthouse: ${Object.values(lhr.categories).map((category) => `${category.title} ${Math.round(category.score * 100)}`).join(', ')}; layout shift ${lhr.audits['cumulative-layout-shift'].numericValue.toFixed(3)}`);
for (const audit of Object.values(lhr.audits).filter((a) => a.score !== null && a.score < 0.9 && a.scoreDisplayMode === 'binary'))
  console.log(`  not passed: ${audit.title}`);
await browser.close();
