import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { chromiumPath, inBrowser } from '../../packages/ui/test/browser.ts';

const { title, skip } = inBrowser('a web page in the browser of the owner');
const patienceMs = 90_000;

/** What a page of somebody else tries from the browser, each by what browsers let pages do; answers what it read or did. */
const attempts = (url: string, token: string | null): string => `
  (async () => {
    const results = {};
    const attempt = async (name, act) => { try { results[name] = String(await act()); } catch (error) { results[name] = 'refused'; } };
    const headers = ${token === null ? '{}' : `{ authorization: 'Bearer ${token}' }`};
    await attempt('read', async () => (await (await fetch('${url}/api/v1/runs', { headers })).text()).slice(0, 200));
    await attempt('readPublic', async () => (await (await fetch('${url}/healthz')).text()).slice(0, 200));
    await attempt('blindPut', async () => { await fetch('${url}/juqueue/stop', { method: 'PUT', mode: 'no-cors' }); return 'sent'; });
    await attempt('blindPost', async () => { await fetch('${url}/api/v1/server:stop', { method: 'POST', mode: 'no-cors', body: '{"release":true}' }); return 'sent'; });
    await attempt('beacon', async () => navigator.sendBeacon('${url}/api/v1/server:stop', '{"release":true}'));
    await attempt('socket', () => new Promise((resolve) => { const socket = new WebSocket('${url.replace('http', 'ws')}/ws'${token === null ? '' : `, ['juqueue.v1', 'juqueue.bearer.${token}']`}); socket.onopen = () => resolve('open'); socket.onerror = () => resolve('refused'); }));
    await attempt('frame', () => new Promise((resolve) => { const frame = document.createElement('iframe'); frame.src = '${url}/'; frame.onload = () => { try { resolve(frame.contentDocument === null ? 'closed' : frame.contentDocument.title); } catch { resolve('closed'); } }; document.body.append(frame); setTimeout(() => resolve('closed'), 3000); }));
    await attempt('script', () => new Promise((resolve) => { const script = document.createElement('script'); script.src = '${url}/openapi.json'; script.onload = () => resolve('loaded'); script.onerror = () => resolve('refused'); document.body.append(script); }));
    const form = document.createElement('form'); form.method = 'POST'; form.action = '${url}/api/v1/server:stop'; form.target = 'elsewhere'; document.body.append(form); form.submit();
    return results;
  })()`;

describe.skipIf(skip)(title, { timeout: patienceMs }, () => {
  let folder: TestFolder;
  let manager: TestManager;
  let stranger: Server;
  let browser: Browser;

  beforeAll(async () => {
    folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n',
      'experiments/secret-sweep.yaml': 'name: secret-sweep\nruns: [{ id: r, cmd: ["true"], cluster: local }]\n',
    });
    manager = await TestManager.start(folder);
    stranger = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>theirs</title><body></body>'),
    ).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    // Names of a stranger that lead to this machine: what DNS rebinding comes down to. Newer browsers refuse by themselves, which is not what is tried here.
    browser = await chromium.launch({
      executablePath: chromiumPath ?? '',
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--host-resolver-rules=MAP evil.example 127.0.0.1',
        '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
      ],
    });
  }, patienceMs);
  afterAll(async () => {
    await browser.close();
    stranger.close();
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const port = (): number => Number(new URL(manager.url).port);
  const theirPort = (): number => (stranger.address() as AddressInfo).port;
  const visit = async (url: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    return page;
  };
  const lives = async (): Promise<void> => {
    expect(manager.process.exitCode).toBeNull();
    expect((await manager.request('/api/v1/health')).status).toBe(200);
  };

  test.each([
    ['of another site', () => `http://evil.example:${theirPort()}/`, null],
    ['of another port of this machine, such as a colleague’s that is forwarded', () => `http://localhost:${theirPort()}/`, null],
    ['that has got hold of the token', () => `http://localhost:${theirPort()}/`, 'token'],
  ])('a page %s reads nothing, changes nothing, opens no channel and frames nothing', async (_whose, address, known) => {
    const page = await visit(address());
    const results = (await page.evaluate(attempts(manager.url, known === null ? null : manager.token))) as Readonly<Record<string, string>>;
    expect(results).toMatchObject({ read: 'refused', readPublic: 'refused', socket: 'refused', frame: 'closed', script: 'refused' });
    expect(JSON.stringify(results)).not.toContain('secret-sweep');
    await lives();
    await page.context().close();
  });

  test('a name of a stranger that leads here (DNS rebinding) is answered 421, and its page is of the same origin in vain', async () => {
    const refused = await visit(`http://evil.example:${port()}/`);
    expect(await refused.content()).toContain('JQ_HOST_NOT_ALLOWED');
    await refused.context().close();
    // Its own server gave the page before the name was made to lead here.
    const page = await (await browser.newContext()).newPage();
    await page.route(`http://evil.example:${port()}/`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>theirs</title>' }),
    );
    await page.goto(`http://evil.example:${port()}/`);
    const results = (await page.evaluate(
      `(async () => { const answer = await fetch('/api/v1/runs', { headers: { authorization: 'Bearer ${manager.token}' } }); return [answer.status, await answer.text()]; })()`,
    )) as readonly [number, string];
    expect(results).toEqual([421, expect.not.stringContaining('secret-sweep')]);
    await lives();
    await page.context().close();
  });

  test('who squats our port while we are down gets a token that opens nothing after our next start', async () => {
    const page = await visit(`${manager.url}/#token=${manager.token}`);
    await page.getByRole('heading', { name: 'Experiments' }).waitFor();
    const [ownPort, before] = [port(), manager.token];
    await manager.end();
    let asked = '';
    const squatter = createServer((request, response) => {
      asked += `${request.url ?? ''} ${JSON.stringify(request.headers)}`;
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>theirs</title>');
    }).listen(ownPort, '127.0.0.1');
    await once(squatter, 'listening');
    await page.goto(`http://localhost:${ownPort}/`);
    const stolen = String(
      await page
        .evaluate('Object.values(sessionStorage).join(" ") + asked', null)
        .catch(() => page.evaluate('Object.values(sessionStorage).join(" ")')),
    );
    expect(`${stolen}${asked}`).toContain(before);
    manager = await TestManager.start(folder, ['--port', String(ownPort)]);
    expect(port()).not.toBe(ownPort);
    expect(manager.output).toContain(`Port ${ownPort} is taken by another program`);
    expect(manager.token).not.toBe(before);
    expect((await manager.request('/api/v1/runs', { headers: { authorization: `Bearer ${before}` } })).status).toBe(401);
    squatter.close();
    await page.context().close();
  });
});
