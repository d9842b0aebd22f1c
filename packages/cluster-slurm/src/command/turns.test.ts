import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('commands take turns', () => {
  it('one at a time, urgent ones before the others, equals in their order', async () => {
    const turns = new Turns();
    const log: string[] = [];
    let atOnce = 0;
    const command = (name: string) => async (): Promise<void> => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(name);
      atOnce -= 1;
    };
    await Promise.all([
      turns.take(false, command('poll-1')),
      turns.take(false, command('poll-2')),
      turns.take(true, command('sbatch-1')),
      turns.take(true, command('sbatch-2')),
    ]);
    await turns.take(false, command('poll-3'));
    expect(log).toEqual(['poll-1', 'sbatch-1', 'sbatch-2', 'poll-2', 'poll-3']);
  });

  it('and one that fails does not keep the next from its turn', async () => {
    const turns = new Turns();
    const failing = turns.take(false, () => Promise.reject(new Error('no')));
    const next = turns.take(false, async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });
});
