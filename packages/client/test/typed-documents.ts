/** The descriptions below `packages/` that types of the client are written from. */
export const typedDocuments = [
  { document: 'server/public/openapi.json', types: 'api-types.ts' },
  { document: 'hub/openapi.json', types: 'hub-types.ts' },
] as const;
