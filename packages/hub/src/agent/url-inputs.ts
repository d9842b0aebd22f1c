import { readFile } from 'node:fs/promises';
import { lookup } from 'node:dns';
import type { Agent, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import type { HubDefinition } from '@juqueue/core';
import { addressObjection, allowedAddress, isPrivateAddress } from '../addresses/address-policy.ts';
import type { AddressPolicy } from '../addresses/address-policy.ts';
import { StagingFailed } from './staging-failed.ts';

const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http');

/** What a job may still have fetched; it shrinks with every byte. */
export interface Allowance {
  leftBytes: number;
}

/** A server that says nothing for so long is given up. */
const idleMs = 60_000;
/** Stores of data send their readers on, each time to a host that is looked at like the first. */
const mostRedirects = 5;

/**
 * Fetches inputs that stay at an address: from hosts that the agent's owner lists, by HTTP or HTTPS, through the proxy where there is
 * one. A name that leads to a private address is refused unless its owner allows that; behind a proxy, which looks names up
 * itself, the list of hosts is what counts.
 */
export class UrlInputs implements Disposable {
  readonly #policy: AddressPolicy;
  readonly #agents: { readonly http: Agent; readonly https: HttpsAgent };

  private constructor(policy: AddressPolicy, agents: { readonly http: Agent; readonly https: HttpsAgent }) {
    this.#policy = policy;
    this.#agents = agents;
  }

  static async open(
    { inputHosts, allowsPrivateInputs, caFile, proxy }: Pick<HubDefinition, 'inputHosts' | 'allowsPrivateInputs' | 'caFile' | 'proxy'>,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<UrlInputs> {
    const common = { proxyEnv: proxy === null ? { ...env } : { HTTPS_PROXY: proxy, HTTP_PROXY: proxy } };
    const ca = [...getCACertificates('default'), ...(caFile === null ? [] : [await readFile(caFile, 'utf8')])];
    return new UrlInputs(
      { hosts: inputHosts, allowsPrivate: allowsPrivateInputs },
      { http: new HttpAgent(common), https: new HttpsAgent({ ...common, ca }) },
    );
  }

  [Symbol.dispose](): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** The bytes at this address, as they come. Throws StagingFailed, also while they are read. */
  async open(address: string, allowance: Allowance): Promise<AsyncIterable<Uint8Array>> {
    let url = address;
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const answer = await this.#ask(url);
      const status = answer.statusCode ?? 0;
      if (status === 200) return limited(answer, url, allowance);
      answer.resume();
      const { location } = answer.headers;
      if (status < 300 || status >= 400 || location === undefined || !URL.canParse(location, url))
        throw new StagingFailed(`${url} answered ${status}, expected 200`);
      url = new URL(location, url).href;
    }
    throw new StagingFailed(`${address} leads on more than ${mostRedirects} times`);
  }

  #ask(address: string): Promise<IncomingMessage> {
    const objection = addressObjection(address, this.#policy);
    if (objection !== null) throw new StagingFailed(`the input ${address} is not fetched: ${objection}`);
    const url = new URL(address);
    // Nobody looks up what is an address already.
    const bare = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(bare) !== 0 && !this.#policy.allowsPrivate && isPrivateAddress(bare))
      throw new StagingFailed(`the input ${address} is not fetched: ${bare} is a private address`);
    const isSecure = url.protocol === 'https:';
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = (isSecure ? httpsRequest : httpRequest)(
      url,
      { agent: isSecure ? this.#agents.https : this.#agents.http, lookup: this.#lookup(url.hostname) },
      resolve,
    );
    request.setTimeout(idleMs, () => request.destroy(new Error(`nothing came for ${idleMs / 1_000} s`)));
    request.on('error', (error) => reject(new StagingFailed(`the input ${address} could not be fetched: ${error.message}`)));
    request.end();
    return promise;
  }

  /** The connection goes to the very address that was looked at; the proxy is its owner's, wherever it is. */
  #lookup(target: string): LookupFunction {
    return (hostname, options, done) => {
      if (hostname !== target) return lookup(hostname, options, done);
      allowedAddress(hostname, this.#policy).then(
        ({ address, family }) => (options.all === true ? done(null, [{ address, family }]) : done(null, address, family)),
        (error: NodeJS.ErrnoException) => done(error, ''),
      );
    };
  }
}

/** A file of what stays at an address; without a name the address is the file. */
export function fileAddress(base: string, file: string | null): string {
  if (file === null) return base;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${file.split('/').map(encodeURIComponent).join('/')}`;
  return url.href;
}

async function* limited(answer: IncomingMessage, url: string, allowance: Allowance): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of answer as AsyncIterable<Uint8Array>) {
      allowance.leftBytes -= bytes.length;
      if (allowance.leftBytes < 0)
        throw new StagingFailed(`the inputs of the job are larger than this agent fetches (max_input); it ended at ${url}`);
      yield bytes;
    }
  } catch (error) {
    throw error instanceof StagingFailed
      ? error
      : new StagingFailed(`the input ${url} broke off: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    answer.destroy();
  }
}
