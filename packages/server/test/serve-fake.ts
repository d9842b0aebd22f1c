import { fileURLToPath } from 'node:url';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { buildServer } from '../src/app/build-server.ts';
import { AccessTokens } from '../src/auth/access-tokens.ts';
import type { ServerContext } from '../src/app/server-context.ts';
import type { FakeManager } from './fake-manager.ts';

/** Small files in the place of the public pages. */
const publicFolder = fileURLToPath(new URL('./public', import.meta.url));

export const testToken = 'test-token';
export const testReadOnlyToken = 'test-read-only-token';

/** A server in front of a fake manager; requests carry the token unless they bring headers of their own. */
export interface TestServer extends AsyncDisposable {
  readonly app: FastifyInstance;
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
  send(
    method: 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
}

export async function serveFake(
  manager: FakeManager,
  changes: Partial<Pick<ServerContext, 'isReadOnly' | 'clock'>> = {},
): Promise<TestServer> {
  const app = await buildServer(
    { ...manager.context(changes), tokens: new AccessTokens(async () => undefined, { full: testToken, readOnly: testReadOnlyToken }) },
    { allowedHosts: ['jupyter.example.org'], listen: '127.0.0.1' },
    [publicFolder],
  );
  const request = (options: InjectOptions, headers: Readonly<Record<string, string>>): Promise<LightMyRequestResponse> =>
    app.inject({ ...options, headers: { host: 'localhost:51234', authorization: `Bearer ${testToken}`, ...headers } });
  return {
    app,
    get: (url, headers = {}) => request({ method: 'GET', url }, headers),
    send: (method, url, body, headers = {}) =>
      request({ method, url, ...(body === undefined ? {} : { payload: body as object }) }, headers),
    [Symbol.asyncDispose]: async () => {
      await app.close();
    },
  };
}
