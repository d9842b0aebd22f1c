import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { silentLog } from '@juqueue/core';
import { addProblemResponses, createValidatorCompiler, systemClock } from '@juqueue/http';
import type { TypeBoxProvider } from '@juqueue/http';
import { addArtifactRoutes } from '../src/artifacts/artifact-routes.ts';
import { openArtifacts } from '../src/artifacts/artifacts.ts';

/** A program that serves artifacts alone, so that its memory can be measured. Prints its port. */
const { artifacts } = await openArtifacts(
  process.argv[2] ?? '',
  systemClock,
  { maxFileBytes: 8 * 1024 ** 3, neededBy: async () => null },
  () => undefined,
);
const app = Fastify({ requestTimeout: 0 });
app.setValidatorCompiler(createValidatorCompiler());
addProblemResponses(app, silentLog, '');
await app.register(async (v1) =>
  addArtifactRoutes(v1.withTypeProvider<TypeBoxProvider>(), { artifacts, reachOf: () => ({ owner: 'ada', seesAll: false, job: null }) }),
);
await app.listen({ port: 0, host: '127.0.0.1' });
console.log((app.server.address() as AddressInfo).port);
