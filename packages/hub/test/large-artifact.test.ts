import { expect, test } from 'vitest';
import { sendAndFetch } from './send-and-fetch.ts';

test(
  'a file larger than the memory that the hub may have goes up and down in pieces: 384 MiB within 300 MB',
  { timeout: 120_000 },
  async () => {
    const { peakBytes, sentSha256, fetchedSha256 } = await sendAndFetch(384);
    expect(fetchedSha256).toBe(sentSha256);
    expect(peakBytes).toBeLessThan(300_000_000);
  },
);
