import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestManager } from '@juqueue/testkit';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The Chromium of this machine; null without one. Tests download none. */
export const chromiumPath =
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file)) ?? null;

/** What a suite is called and whether it is left out. */
export function inBrowser(title: string): { readonly title: string; readonly skip: boolean } {
  return chromiumPath === null ? { title: `${title} (skipped: no Chromium is on PATH)`, skip: true } : { title, skip: false };
}

/** Containers and root users have no sandbox to offer. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Where a page is opened, and with which token. */
export type Served = Pick<TestManager, 'url' | 'token'>;

export type Theme = 'light' | 'dark';

/** A page of the program, opened by its link. `faults` gathers what a person would find in the console. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly faults: string[];
  /** Requests to anybody but the program. */
  readonly foreign: string[];
}

export async function openPage(
  browser: Browser,
  served: Served,
  hash = '#/',
  { width = 1280, theme = 'light' as Theme } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 720 : 860 },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(served.url) && !request.url().startsWith('data:')) foreign.push(request.url());
  });
  await page.goto(`${served.url}/#token=${served.token}&to=${hash.replace(/^#/, '')}`);
  return { page, context, faults, foreign, [Symbol.asyncDispose]: () => context.close() };
}
