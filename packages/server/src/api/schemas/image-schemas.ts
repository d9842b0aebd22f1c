import { Type } from 'typebox';
import { answer, nullableInteger, nullableString, NullableTimeMs, words } from '@juqueue/http';

export const ImageListSchema = answer('ImageList', {
  images: Type.Array(
    answer('Image', {
      name: Type.String({ description: 'The runtime and the image, such as `apptainer docker://debian:12`.' }),
      state: words(['ready', 'pulling', 'failed'], 'Runs start only from images that are ready.'),
      pulledAtMs: NullableTimeMs,
      bytes: nullableInteger('Size of its file; null for a folder.'),
      trouble: nullableString('Why it cannot be pulled; of a ready one, why it could not be refreshed.'),
    }),
  ),
});
