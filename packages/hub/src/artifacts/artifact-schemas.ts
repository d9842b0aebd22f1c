import { answer, Count, NullableTimeMs, nullableString, TimeMs, words } from '@juqueue/http';
import { Type } from 'typebox';
import { artifactStatuses } from './model.ts';

const Sha256 = Type.String({ pattern: '^[0-9a-fA-F]{64}$' });
const Residence = Type.Union(
  [
    Type.Object({ kind: Type.Literal('hub') }, { additionalProperties: false }),
    Type.Object(
      {
        kind: Type.Literal('path'),
        cluster: nullableString('Null: every cluster has it.'),
        path: Type.String({ description: 'Absolute.' }),
      },
      { additionalProperties: false },
    ),
    Type.Object({ kind: Type.Literal('url'), url: Type.String() }, { additionalProperties: false }),
  ],
  { description: 'Where the bytes lie; what is not `hub` is left in place.' },
);
const Metadata = Type.Record(Type.String(), Type.Unknown());

export const ArtifactSchema = answer('Artifact', {
  id: Type.String(),
  owner: Type.String(),
  job: nullableString('The job that made it.'),
  name: nullableString('For people.'),
  type: nullableString('Free word, such as log.'),
  residence: Residence,
  metadata: Metadata,
  status: words(artifactStatuses),
  treeSha256: nullableString('Of one file its SHA-256, of several the SHA-256 over `path:sha256` of each in the order of their paths.'),
  fileCount: Count,
  sizeBytes: Count,
  createdAtMs: TimeMs,
  committedAtMs: NullableTimeMs,
});
export const ArtifactListSchema = answer('ArtifactList', {
  artifacts: Type.Array(ArtifactSchema),
  nextBefore: nullableString('`before` of the next page; null on the last.'),
});
export const NewArtifactBody = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 500 })),
    type: Type.Optional(Type.String({ maxLength: 100 })),
    residence: Type.Optional(Residence),
    metadata: Type.Optional(Metadata),
  },
  { title: 'NewArtifact', additionalProperties: false },
);
export const CommitBody = Type.Object(
  { sha256: Type.Optional(Sha256), sizeBytes: Type.Optional(Count) },
  { title: 'CommitArtifact', additionalProperties: false, description: 'What the sender thinks the artifact is; refused when it is not.' },
);

export const ArtifactFileSchema = answer('ArtifactFile', {
  path: Type.String(),
  sha256: nullableString('Null for a file of a reference whose hash nobody has told.'),
  sizeBytes: Count,
  contentType: Type.String(),
});
export const ArtifactFileListSchema = answer('ArtifactFileList', {
  files: Type.Array(ArtifactFileSchema),
  totalCount: Count,
  nextAfter: nullableString('`after` of the next page; null on the last.'),
});
export const NoteFilesBody = Type.Object(
  {
    files: Type.Array(
      Type.Object(
        {
          path: Type.String(),
          sha256: Type.Optional(Sha256),
          sizeBytes: Count,
          contentType: Type.Optional(Type.String({ maxLength: 200 })),
        },
        { additionalProperties: false },
      ),
      { maxItems: 1_000 },
    ),
  },
  { title: 'NoteFiles', additionalProperties: false },
);

export const NewUploadBody = Type.Object({ sizeBytes: Type.Optional(Count) }, { title: 'NewUpload', additionalProperties: false });
export const UploadSchema = answer('Upload', {
  id: Type.String(),
  sizeBytes: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
  offsetBytes: Count,
  createdAtMs: TimeMs,
});

export const ArtifactParams = Type.Object({ artifact: Type.String() });
export const FileParams = Type.Object({ artifact: Type.String(), '*': Type.String() });
export const UploadParams = Type.Object({ upload: Type.String() });
