import { answer, nullableInteger, NullableTimeMs, nullableString, TimeMs, words } from '@juqueue/http';
import { Type } from 'typebox';
import { roles } from './model.ts';

const Label = Type.String({ maxLength: 200, description: 'What it is for; for people.' });
const LifetimeMs = Type.Integer({ minimum: 1_000, description: 'Ends this many milliseconds from now; without it, when it is revoked.' });
export const RoleWord = words(
  roles,
  'Each may what those before it may: viewer reads, editor submits, manager administers and sees what others own.',
);
const StatusWord = words(['active', 'expired', 'revoked'] as const);

export const UserSchema = answer('User', { name: Type.String(), role: RoleWord, isDisabled: Type.Boolean(), createdAtMs: TimeMs });
export const UserListSchema = answer('UserList', { users: Type.Array(UserSchema) });
export const NewUserBody = Type.Object({ name: Type.String(), role: RoleWord }, { title: 'NewUser', additionalProperties: false });
export const ChangeUserBody = Type.Object(
  { role: Type.Optional(RoleWord), isDisabled: Type.Optional(Type.Boolean()) },
  { title: 'ChangeUser', additionalProperties: false },
);

const keyFields = {
  id: Type.String({ description: 'Stands in the key.' }),
  user: Type.String(),
  label: Label,
  status: StatusWord,
  createdAtMs: TimeMs,
  expiresAtMs: NullableTimeMs,
  lastUsedAtMs: NullableTimeMs,
};
export const KeySchema = answer('ApiKey', keyFields);
export const KeyListSchema = answer('ApiKeyList', { keys: Type.Array(KeySchema) });
export const IssuedKeySchema = answer('IssuedApiKey', {
  ...keyFields,
  key: Type.String({ description: 'The key itself. It is shown this once.' }),
});
export const NewKeyBody = Type.Object(
  {
    user: Type.Optional(Type.String({ description: 'Whose; without it your own.' })),
    label: Type.Optional(Label),
    lifetimeMs: Type.Optional(LifetimeMs),
  },
  { title: 'NewApiKey', additionalProperties: false },
);

const credentialFields = {
  id: Type.String(),
  agent: Type.String(),
  label: Label,
  status: StatusWord,
  createdAtMs: TimeMs,
  expiresAtMs: NullableTimeMs,
  lastUsedAtMs: NullableTimeMs,
};
export const CredentialSchema = answer('Credential', credentialFields);
export const CredentialListSchema = answer('CredentialList', { credentials: Type.Array(CredentialSchema) });
export const IssuedCredentialSchema = answer('IssuedCredential', {
  ...credentialFields,
  secret: Type.String({ description: 'With which the agent signs. It is shown this once.' }),
});
export const NewCredentialBody = Type.Object(
  { label: Type.Optional(Label), lifetimeMs: Type.Optional(LifetimeMs) },
  { title: 'NewCredential', additionalProperties: false },
);
export const RotateCredentialBody = Type.Object(
  {
    label: Type.Optional(Label),
    lifetimeMs: Type.Optional(LifetimeMs),
    overlapMs: Type.Optional(Type.Integer({ minimum: 0, default: 86_400_000, description: 'How long the present one still holds.' })),
  },
  { title: 'RotateCredential', additionalProperties: false },
);

export const SwitchSchema = answer('Switch', {
  isClosed: Type.Boolean({ description: 'Jobs are neither accepted nor offered.' }),
  reason: nullableString('For those who are refused.'),
  by: Type.String(),
  atMs: TimeMs,
});
export const SwitchBody = Type.Object(
  { isClosed: Type.Boolean(), reason: Type.Optional(nullableString('For those who are refused.')) },
  { title: 'SetSwitch', additionalProperties: false },
);

export const WhoamiSchema = answer('Whoami', {
  name: Type.String(),
  role: RoleWord,
  key: Type.String({ description: 'The id of the key.' }),
});

export const AuditSchema = answer('Audit', {
  entries: Type.Array(
    answer('AuditEntry', {
      seq: Type.Integer(),
      atMs: TimeMs,
      actor: Type.String({ description: '`user:NAME`, `agent:NAME` or `hub`.' }),
      action: Type.String(),
      target: Type.String(),
      detail: Type.Record(Type.String(), Type.Unknown()),
    }),
  ),
  nextBefore: nullableInteger('`before` of the next page; null on the last.'),
});
