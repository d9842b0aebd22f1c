import { JuqueueError, suggest } from '@juqueue/core';
import { Type } from 'typebox';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { ImageListSchema } from './schemas/image-schemas.ts';

const tags = ['definitions'];

export function addImageRoutes(app: TypedFastify, { images }: ServerContext): void {
  const list = (): Answer<typeof ImageListSchema> => ({ images: images.views.map((view) => ({ ...view })) });

  app.get('/images', {
    schema: {
      operationId: 'listImages',
      tags,
      summary: 'Container images of registries that runs wanted since the manager started',
      response: ok(ImageListSchema),
    },
    handler: async () => list(),
  });

  const Body = Type.Object(
    {
      images: Type.Optional(
        Type.Array(Type.String({ maxLength: 2_000 }), { maxItems: 1_000, description: 'Names as the list gives them; without them all.' }),
      ),
    },
    { title: 'UpdateImages', additionalProperties: false },
  );
  app.post('/images::update', {
    schema: {
      operationId: 'updateImages',
      tags,
      summary: 'Pull images anew; the list says what is under way. Runs go on with the images that are there',
      body: Body,
      response: ok(ImageListSchema),
    },
    handler: async ({ body }) => {
      const known = images.views.map(({ name }) => name);
      const unknown = body.images?.find((name) => !known.includes(name));
      if (unknown !== undefined) {
        const near = suggest(unknown, known);
        throw new JuqueueError(
          'JQ_NOT_FOUND',
          `No run wanted an image '${unknown}' since the manager started.`,
          near === null ? 'List images with `juqueue images`.' : `Did you mean '${near}'?`,
        );
      }
      void images.update(body.images ?? null);
      return list();
    },
  });
}
