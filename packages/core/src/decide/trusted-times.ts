/**
 * What are these declared times, in ms, really likely to be, when declared times are wrong by `error` (the deviation of the
 * logarithm of taken over declared)? Each is drawn towards their middle by the part of their spread that is error: the
 * longest of many is mostly an overestimate, and a sweep that is planned to end with it ends too late.
 */
export function trustedTimes(declaredMs: readonly number[], error: number): readonly number[] {
  if (error === 0 || declaredMs.length < 2) return declaredMs;
  const logs = declaredMs.map((ms) => Math.log(Math.max(1, ms)));
  const middle = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const spread = logs.reduce((sum, log) => sum + (log - middle) ** 2, 0) / logs.length;
  const trust = spread === 0 ? 1 : Math.max(0, 1 - error ** 2 / spread);
  return logs.map((log) => Math.exp(middle + trust * (log - middle)));
}
