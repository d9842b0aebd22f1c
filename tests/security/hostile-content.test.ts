import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { inBrowser, launch, openPage } from '../../packages/ui/test/browser.ts';
import { plainRequest } from './plain-request.ts';

const patienceMs = 120_000;
const html = '<img src=x onerror="document.title=\'pwned\'"><script>document.title="pwned"</script>';
/** Each would do something in a shell, a page, a terminal, a spreadsheet or an option parser. */
const parameters = {
  shell: '$(touch PWNED); `touch PWNED` & touch PWNED | cat > PWNED',
  quotes: `'"\\`,
  lines: 'a\nb',
  html,
  option: '--help',
  formula: '=HYPERLINK("http://evil.example")',
  terminal: '\u001b]0;pwned\u0007',
  star: '*',
  tilde: '~',
};
const words = [
  '\u001b]52;c;cHduZWQ=\u0007',
  '\u001b]0;pwned\u0007',
  '\u001b[2J\u001b[H',
  '\u001b[31mred\u001b[0m',
  html,
  '\u009b2J',
  'failed\rfinished',
].join(' ');

/** What a real terminal is sent by a command. */
function onTerminal(folder: TestFolder, ...args: readonly string[]): string {
  const program = join(import.meta.dirname, '../../packages/cli/bin/juqueue.js');
  const quoted = [process.execPath, program, ...args, '--work-dir', folder.workDir].map((word) => `'${word}'`).join(' ');
  return execFileSync('script', ['-qc', quoted, '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm-256color', FORCE_COLOR: undefined },
  });
}

/** Without colours and the line ends of terminals. */
function commandsOf(text: string): readonly string[] {
  return text.replace(/\u001b\[[0-9;]*m|\r\n/g, '').match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g) ?? [];
}

describe('hostile content of runs', { timeout: patienceMs }, () => {
  let folder: TestFolder;
  let manager: TestManager;
  const secret = (): string => join(folder.path, 'precious.txt');

  beforeAll(async () => {
    folder = new TestFolder({ 'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 4 }\n' });
    writeFileSync(secret(), 'precious');
    const speak = `const fs = require('node:fs');
      fs.writeFileSync(process.env.JUQUEUE_ERROR_FILE, ${JSON.stringify(words)});
      fs.writeFileSync(process.env.JUQUEUE_PROGRESS_FILE, '0.5 ' + ${JSON.stringify(words)});
      process.stdout.write(${JSON.stringify(`${words}\n`)}); process.stderr.write(${JSON.stringify(`${words}\n`)}); process.exit(1);`;
    const links = `ln -sf ${secret()} logs/stderr.log; mkfifo logs/error-1; sleep 0.2`;
    folder.define(
      'experiments/hostile.yaml',
      JSON.stringify({
        name: 'hostile',
        autostart: true,
        defaults: { cluster: 'local', checkpoint: 'none' },
        runs: [
          { id: 'speaks', cmd: [process.execPath, '-e', speak, '--'], parameters: { note: html } },
          { id: 'takes', cmd: [process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--'], parameters },
          { id: 'links', cmd: ['bash', '-c', links] },
        ],
      }),
    );
    manager = await TestManager.start(folder);
    expect(manager.output).toContain('hostile: 3 new');
    const over = ({ status }: { status: string }): boolean => status === 'finished' || status === 'failed';
    for (const id of ['speaks', 'takes', 'links']) await manager.until(`/api/v1/runs/hostile@${id}`, over);
  }, patienceMs);
  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('parameters arrive to the letter as arguments, and in the script that repeats a run by hand', async () => {
    const said = folder.read('hostile/takes/logs/stdout.log').trim().split('\n').at(-1) ?? '';
    const argv = JSON.parse(said) as readonly string[];
    for (const [name, value] of Object.entries(parameters)) expect(argv[argv.indexOf(`--${name}`) + 1]).toBe(value);
    const { out } = await juqueue(['show', 'hostile@takes', '--script', '--work-dir', folder.workDir]);
    const byHand = execFileSync('bash', ['-c', out], { encoding: 'utf8', cwd: folder.path });
    expect(byHand.trim().split('\n').at(-1)).toBe(said);
    expect(existsSync(join(folder.workDir, 'hostile/takes/PWNED')) || existsSync(join(folder.path, 'PWNED'))).toBe(false);
  });

  test.each([
    ['logs', 'hostile@speaks'],
    ['logs', 'hostile@speaks', '--grep', 'red'],
    ['show', 'hostile@speaks'],
    ['show', 'hostile@takes'],
    ['runs'],
    ['runs', '-o', 'wide'],
    ['failures'],
    ['events'],
    ['progress', '--once'],
    ['status'],
    ['explain', 'hostile@speaks'],
  ])('a terminal is sent nothing that it would obey by: juqueue %s %s', (...args) => {
    const sent = onTerminal(folder, ...args);
    expect(sent.length).toBeGreaterThan(20);
    // The progress of a window in its task bar and its title are our own.
    expect(
      commandsOf(args[0] === 'progress' ? sent.replace(/\u001b\](9;4;[\d;]*|2;juqueue \d+%)\u0007|\u001b\[\d*[AK]|\u0007$/g, '') : sent),
    ).toEqual([]);
  });

  test('a pipe gets every byte of a log as the run wrote it', async () => {
    expect((await juqueue(['logs', 'hostile@speaks', '--stderr', '--raw', '--work-dir', folder.workDir])).err).toContain(words);
  });

  test('logs that a run has turned into links, pipes and folders show nothing of elsewhere and hang nobody', async () => {
    const answer = await manager.request('/api/v1/runs/hostile@links/logs/stderr');
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect((await manager.request('/api/v1/runs/hostile@links/logs/stderr/search?text=precious')).status).toBe(200);
    expect(readFileSync(secret(), 'utf8')).toBe('precious');
  });

  test.each([
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e',
    'hostile@..',
    '..@..',
    'hostile@speaks%2f..%2f..',
    'hostile@%00',
    'hostile%40..%2f..%2f.juqueue%2ftoken',
  ])('no route leads out of its folder: %s', async (id) => {
    const paths = [
      `/api/v1/runs/${id}`,
      `/api/v1/runs/${id}/logs/stdout`,
      `/api/v1/runs/${id}/logs/stdout/search?text=a`,
      `/api/v1/runs/${id}/script`,
      `/api/v1/runs/${id}/attempts`,
      `/api/v1/nodes/${id}`,
      `/api/v1/explain/${id}`,
      `/assets/${id}`,
      `/docs/${id}`,
    ];
    for (const path of paths) {
      const answer = await plainRequest(manager, { method: 'GET', url: path });
      expect([path, answer.status]).toEqual([path, expect.toSatisfy((status: number) => status >= 400 && status < 500)]);
      expect(answer.text).not.toMatch(/root:|precious/);
    }
    for (const stream of ['stdout.log', '..%2fjuqueue-run.json', '%2e%2e%2f%2e%2e%2f%2e%2e%2f.juqueue%2ftoken']) {
      expect(
        (await plainRequest(manager, { method: 'GET', url: `/api/v1/runs/hostile@speaks/logs/${stream}` })).status,
      ).toBeGreaterThanOrEqual(400);
    }
  });

  test('a report is a page in which nothing of a run is more than text', async () => {
    const file = join(folder.path, 'report.html');
    expect((await juqueue(['report', '--html', file, '--work-dir', folder.workDir])).code).toBe(0);
    const page = readFileSync(file, 'utf8');
    expect(page).not.toContain('<img src=x');
    expect(page).not.toContain('onerror="document');
  });

  const browsers = inBrowser('in a browser');
  test.skipIf(browsers.skip)(`the web interface shows logs, parameters and errors as text (${browsers.title})`, async () => {
    const browser = await launch();
    try {
      for (const [place, heading] of [
        ['#/run/hostile@speaks', 'Attempts'],
        ['#/run/hostile@takes', 'Attempts'],
        ['#/', 'Experiments'],
      ] as const) {
        await using opened = await openPage(browser, manager, place);
        await opened.page.getByRole('heading', { name: heading }).waitFor();
        await opened.page.waitForTimeout(500);
        expect(await opened.page.title()).not.toContain('pwned');
        expect(await opened.page.locator('img[src="x"]').count()).toBe(0);
        expect([opened.foreign, opened.faults]).toEqual([[], []]);
      }
    } finally {
      await browser.close();
    }
  });
});
