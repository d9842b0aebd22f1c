import { Type } from 'typebox';
import { answer, words } from '@juqueue/http';

export const ExplanationSchema = answer('Explanation', {
  kind: words(['run', 'node', 'cluster']),
  id: Type.String(),
  code: Type.String({ description: 'The reason for programs, such as NO_ROOM_ELSEWHERE.' }),
  sentence: Type.String({ description: 'The reason for people, with the numbers.' }),
  numbers: Type.Record(Type.String(), Type.Number(), { description: 'The numbers by name, with their unit.' }),
});
