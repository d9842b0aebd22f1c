const jobid = { name: 'jobid', in: 'path', required: true, schema: { type: 'string' } };
const filename = { name: 'filename', in: 'query', required: true, schema: { type: 'string' } };
const ok = (description: string) => ({ 200: { description }, 401: { description: 'The token is missing or none of the hub.' } });
const okOfJob = (description: string) => ({
  ...ok(description),
  400: { description: 'What is asked for cannot be.' },
  404: { description: 'There is no such job of yours, or no such file.' },
  409: { description: 'The job is not in a state in which this can be.' },
});
const json = (properties: object) => ({ content: { 'application/json': { schema: { type: 'object', properties } } } });

/** What this adapter offers, in the words of MarketPlace's capabilities. */
export const marketplaceDocument = {
  openapi: '3.0.0',
  info: {
    title: 'HPC gateway',
    version: '2.0.0',
    'x-application-name': 'HPC gateway',
    'x-api-version': '0.3.0',
    'x-products': [{ name: 'HPC gateway' }],
    description: 'Jobs in two phases with the files of their folder.',
  },
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  security: [{ bearer: [] }],
  paths: {
    '/heartbeat': { get: { operationId: 'heartbeat', security: [], responses: { 200: { description: 'The application runs.' } } } },
    '/api/v1/user/create': { put: { operationId: 'createOrUpdateCollection', responses: ok('The user has a home.') } },
    '/api/v1/job/create': {
      post: {
        operationId: 'newTransformation',
        requestBody: json({
          job_name: { type: 'string' },
          ntasks_per_node: { type: 'integer' },
          partition: { type: 'string', enum: ['debug', 'normal'] },
          image: { type: 'string' },
          executable_cmd: { type: 'string' },
        }),
        responses: ok('The id of the new job.'),
      },
    },
    '/api/v1/job/launch/{jobid}': {
      patch: { operationId: 'updateTransformation', parameters: [jobid], responses: okOfJob('The job waits for a node.') },
    },
    '/api/v1/job/state/{jobid}': {
      get: { operationId: 'getTransformationState', parameters: [jobid], responses: okOfJob('Its state and its files.') },
    },
    '/api/v1/job/cancel/{jobid}': {
      delete: { operationId: 'deleteTransformation', parameters: [jobid], responses: okOfJob('The job is asked to end.') },
    },
    '/api/v1/file/download/{jobid}': {
      get: { operationId: 'getDataset', parameters: [jobid, filename], responses: okOfJob('The bytes of the file.') },
    },
    '/api/v1/file/upload/{jobid}': {
      put: {
        operationId: 'createDataset',
        parameters: [jobid, { ...filename, required: false }],
        requestBody: {
          content: { 'multipart/form-data': { schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } } } },
        },
        responses: okOfJob('The file is in the folder.'),
      },
    },
    '/api/v1/file/delete/{jobid}': {
      delete: { operationId: 'deleteDataset', parameters: [jobid, filename], responses: okOfJob('The file is gone.') },
    },
  },
} as const;

/** The names of what it can do, as the platform lists them. */
export const capabilities: readonly string[] = Object.values(marketplaceDocument.paths).flatMap((path) =>
  Object.values(path).map(({ operationId }: { readonly operationId: string }) => operationId),
);
