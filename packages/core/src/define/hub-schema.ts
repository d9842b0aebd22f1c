import Type from 'typebox';
import { containerRuntimes } from '../model/definition.ts';
import { checkpoint } from './experiment-schema.ts';
import { duration, mapping, name, oneOf, resourceMapping, scalar, size, text, texts, wholeNumber } from './schema-parts.ts';

const clusters = Type.Union([text, Type.Array(text, { minItems: 1 })], {
  expects: 'the name of a cluster, or a list of names in the order of preference',
});

/** What jobs of one kind have in common, by profile or by image. */
const execution = {
  runtime: Type.Optional(oneOf([...containerRuntimes])),
  network: Type.Optional(oneOf(['none', 'host'])),
  bind: Type.Optional(texts),
  gpu: Type.Optional(oneOf(['nvidia', 'rocm'])),
  slots: Type.Optional(wholeNumber(1)),
  resources: Type.Optional(resourceMapping({})),
  cluster: Type.Optional(clusters),
  time: Type.Optional(duration),
  time_limit: Type.Optional(duration),
  checkpoint: Type.Optional(checkpoint),
  max_jobs: Type.Optional(wholeNumber(1)),
};

export const hubProfileSchema = mapping({
  image: Type.Optional(text),
  entrypoint: Type.Optional(Type.Array(scalar, { minItems: 1, expects: 'a list that begins with a program of the image' })),
  host_entrypoint: Type.Optional(Type.Array(scalar, { minItems: 1, expects: 'a list that begins with a program of the cluster' })),
  ...execution,
  env: Type.Optional(Type.Record(Type.String({ pattern: '^[^=\\u0000]+$' }), scalar)),
  outputs: Type.Optional(oneOf(['hub', 'cluster'])),
});

export const hubImagesSchema = mapping({ ...execution, runtime: oneOf([...containerRuntimes]) });

export const hubSchema = mapping({
  url: Type.String({
    pattern: '^(https://[^\\s?#]+|http://(localhost|127(\\.\\d{1,3}){3}|\\[::1\\])(:\\d+)?(/[^\\s?#]*)?)$',
    expects: 'an address that begins with https://, or http:// of this machine',
  }),
  agent: name,
  protocol: Type.Optional(oneOf(['hub', 'emx2'])),
  secret_file: text,
  ca_file: Type.Optional(text),
  proxy: Type.Optional(Type.String({ pattern: '^https?://[^\\s?#]+$', expects: 'an address such as http://proxy:3128' })),
  cluster: clusters,
  max_jobs: Type.Optional(wholeNumber(1)),
  profiles: Type.Optional(
    Type.Record(Type.String({ pattern: '^[^\\s/]+/[^\\s/]+$' }), hubProfileSchema, {
      expects: 'a mapping of processor/profile to what it is',
    }),
  ),
  images: Type.Optional(hubImagesSchema),
  build_from: Type.Optional(
    Type.Array(Type.String({ pattern: '^(https?://[^\\s?#/]+/|file:///)[^\\s?#]*$' }), {
      expects: 'a list of addresses of repositories, such as https://git.example.org/lab/',
    }),
  ),
  host_users: Type.Optional(texts),
  roots: Type.Optional(Type.Array(Type.String({ pattern: '^/' }), { expects: 'a list of absolute paths' })),
  input_hosts: Type.Optional(
    Type.Array(Type.String({ pattern: '^(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$' }), {
      expects: 'a list of hosts, such as data.example.org or *.example.org',
    }),
  ),
  private_inputs: Type.Optional(Type.Boolean()),
  max_input: Type.Optional(size),
  max_output: Type.Optional(size),
});

export type HubSource = Type.Static<typeof hubSchema>;
export type HubProfileSource = Type.Static<typeof hubProfileSchema>;
