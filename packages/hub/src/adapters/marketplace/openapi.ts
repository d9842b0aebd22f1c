const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
const filename = { name: 'filename', in: 'query', required: true, schema: { type: 'string' } };
const ok = (description: string) => ({ 200: { description }, 401: { description: 'The token is missing or none of the hub.' } });
const json = (properties: object) => ({ content: { 'application/json': { schema: { type: 'object', properties } } } });

/** What this adapter offers, in the words of MarketPlace's capabilities. */
export const marketplaceDocument = {
  openapi: '3.0.0',
  info: { title: 'HPC gateway', version: '2.0.0', 'x-api-version': '0.3.0', description: 'Jobs in two phases with the files of their folder.' },
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  security: [{ bearer: [] }],
  paths: {
    '/heartbeat': { get: { operationId: 'heartbeat', security: [], responses: { 200: { description: 'The application runs.' } } } },
    '/api/v1/user/create': { put: { operationId: 'createOrUpdateCollection', responses: ok('The user has a home.') } },
    '/api/v1/job/create': {
      post: {
        operationId: 'newTransformation',
        requestBody: json({ job_name: { type: 'string' }, ntasks_per_node: { type: 'integer' }, partition: { type: 'string', enum: ['debug', 'normal'] }, image: { type: 'string' }, executable_cmd: { type: 'string' } }),
        responses: ok('The id of the new job.'),
      },
    },
    '/api/v1/job/launch/{id}': { patch: { operationId: 'updateTransformation', parameters: [id], responses: ok('The job waits for a node.') } },
    '/api/v1/job/state/{id}': { get: { operationId: 'getTransformationState', parameters: [id], responses: ok('Its state and its files.') } },
    '/api/v1/job/cancel/{id}': { delete: { operationId: 'deleteTransformation', parameters: [id], responses: ok('The job is asked to end.') } },
    '/api/v1/file/download/{id}': { get: { operationId: 'getDataset', parameters: [id, filename], responses: ok('The bytes of the file.') } },
    '/api/v1/file/upload/{id}': { put: { operationId: 'createDataset', parameters: [id, { ...filename, required: false }], requestBody: { content: { 'multipart/form-data': { schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } } } } }, responses: ok('The file is in the folder.') } },
    '/api/v1/file/delete/{id}': { delete: { operationId: 'deleteDataset', parameters: [id, filename], responses: ok('The file is gone.') } },
  },
} as const;
