import type { UsagePoint } from '../model/usage.ts';
import { finite, isRecord, listOf, nullOr, record } from './shapes.ts';

const curveShape = listOf(record({ afterMs: finite, cores: finite, rssBytes: finite, gpuPercent: nullOr(finite) }));

/** What this attempt used over time, in the text of a `juqueue-run.json`; empty when nobody knows. */
export function usageCurve(text: string, attempt: number): readonly UsagePoint[] {
  try {
    const content: unknown = JSON.parse(text);
    const attempts: readonly unknown[] = isRecord(content) && Array.isArray(content['attempts']) ? content['attempts'] : [];
    const entry = attempts.filter(isRecord).find((candidate) => candidate['attempt'] === attempt);
    return entry !== undefined && curveShape(entry['curve'], 'curve') === null ? (entry['curve'] as readonly UsagePoint[]) : [];
  } catch {
    return [];
  }
}
