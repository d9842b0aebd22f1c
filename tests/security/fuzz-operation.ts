import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { requestsOf } from './openapi-arbitraries.ts';
import type { OpenApiDocument, Operation, Request } from './openapi-arbitraries.ts';
import type { PlainAnswer } from './plain-request.ts';

const numRuns = 40;

/** Asks a server what its own document says that it can be asked, well and badly, and holds its answers against the document. */
export class OperationFuzz {
  readonly #openApi: OpenApiDocument;
  readonly #ask: (request: Request) => Promise<PlainAnswer>;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(openApi: OpenApiDocument, ask: (request: Request) => Promise<PlainAnswer>) {
    this.#openApi = openApi;
    this.#ask = ask;
    this.#ajv.addSchema({ $id: 'openapi', ...openApi });
  }

  /** `known` are names that exist there. Rejects with the request whose answer was late, a mistake, or of another form. */
  async run(operation: Operation, known: readonly string[]): Promise<void> {
    await fc.assert(
      fc.asyncProperty(requestsOf(this.#openApi, operation, known), async (request) => {
        const { method, url, body } = request;
        let answer = await this.#ask(request);
        for (; answer.status === 429; answer = await this.#ask(request)) await sleep(500);
        const { type, text } = answer;
        expect([answer.status, text.slice(0, 300)], `${method} ${url} ${body ?? ''}`).toEqual([
          expect.toSatisfy((status: number) => status < 500),
          expect.anything(),
        ]);
        const validator = this.#validatorOf(operation, answer.status, type);
        if (validator === null)
          expect([answer.status, type], `${method} ${url}`).toEqual([
            expect.toSatisfy((status: number) => [200, 204, 404].includes(status)),
            expect.any(String),
          ]);
        else if (type.endsWith('json') && text !== '')
          expect([validator(JSON.parse(text)), validator.errors], `${method} ${url} answered ${text.slice(0, 500)}`).toEqual([true, null]);
      }),
      { numRuns, endOnFailure: true },
    );
  }

  /** What the document says of answers with this status and type; null when it says nothing. */
  #validatorOf({ path, method, definition }: Operation, status: number, type: string): ValidateFunction | null {
    const key = [String(status), `${Math.floor(status / 100)}XX`].find((each) => definition.responses[each]?.content?.[type] !== undefined);
    if (key === undefined) return null;
    const pointer = ['paths', path, method.toLowerCase(), 'responses', key, 'content', type, 'schema']
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validator = this.#validators.get(pointer) ?? this.#ajv.compile({ $ref: `openapi#/${pointer}` });
    this.#validators.set(pointer, validator);
    return validator;
  }
}
