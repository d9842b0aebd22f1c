import { expect, test } from 'vitest';
import { sendAndFetch } from './send-and-fetch.ts';

test('2 GiB go up, by a resumed upload and at once, and down again, with the hub below 300 MB', async () => {
  const { peakBytes, sentSha256, fetchedSha256, uploadSeconds, downloadSeconds } = await sendAndFetch(2_048);
  console.log(
    `peak ${Math.round(peakBytes / 1e6)} MB, 4 GiB up in ${uploadSeconds.toFixed(0)} s, 2 GiB down in ${downloadSeconds.toFixed(0)} s`,
  );
  expect(fetchedSha256).toBe(sentSha256);
  expect(peakBytes).toBeLessThan(300_000_000);
});
