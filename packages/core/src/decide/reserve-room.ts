import type { Run } from '../model/run.ts';
import type { ClusterRooms, Room } from './rooms.ts';
import { compareIds } from '../model/ids.ts';
import { fitsInto, needOf } from './fit.ts';

/**
 * Keeps a room for a run that needs more than any has free, so that smaller runs do not take every slot that frees before
 * it: the room with the most free slots that could ever hold it. Nothing else is placed there in this plan. Null when there
 * is none.
 */
export function reserveRoom(rooms: ClusterRooms, run: Run): Room | null {
  let best: Room | null = null;
  for (const room of rooms.withFree(1)) {
    if (!fitsInto(needOf(run.definition, rooms.cluster), room.total)) continue;
    if (
      best === null ||
      room.freeSlots.length > best.freeSlots.length ||
      (room.freeSlots.length === best.freeSlots.length && compareIds(room.id, best.id) < 0)
    )
      best = room;
  }
  if (best !== null) rooms.remove(best);
  return best;
}
