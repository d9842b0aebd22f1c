/** One accelerator as its tool reports it. `names` are all by which a list of devices may mean it. */
export interface GpuReading {
  readonly names: readonly string[];
  readonly percent: number;
  readonly memoryBytes: number;
}

export const nvidiaArguments = ['--query-gpu=index,uuid,utilization.gpu,memory.used', '--format=csv,noheader,nounits'] as const;

/** Lines such as `0, GPU-5f…, 87, 10240`; memory in MiB. A value that a device does not report is `[N/A]`. */
export function parseNvidia(output: string): readonly GpuReading[] {
  return output.split('\n').flatMap((line) => {
    const [index, uuid, percent, memory] = line.split(',').map((field) => field.trim());
    if (index === undefined || uuid === undefined || !/^\d+$/.test(index)) return [];
    return [{ names: [index, uuid], percent: numberOf(percent), memoryBytes: numberOf(memory) * 1024 ** 2 }];
  });
}

export const rocmArguments = ['--showuse', '--showmeminfo', 'vram', '--showuniqueid', '--json'] as const;

/** An object by `card0`, `card1`, … with values as text. */
export function parseRocm(output: string): readonly GpuReading[] {
  let cards: unknown;
  try {
    cards = JSON.parse(output);
  } catch {
    return [];
  }
  if (typeof cards !== 'object' || cards === null) return [];
  return Object.entries(cards as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>).flatMap(([card, values]) => {
    const index = /^card(\d+)$/.exec(card)?.[1];
    if (index === undefined || values === undefined) return [];
    const unique = values['Unique ID'];
    return [
      {
        names: [index, ...(unique === undefined ? [] : [`GPU-${unique.replace(/^0x/, '')}`])],
        percent: numberOf(values['GPU use (%)']),
        memoryBytes: numberOf(values['VRAM Total Used Memory (B)']),
      },
    ];
  });
}

function numberOf(text: string | undefined): number {
  const number = Number(text);
  return Number.isFinite(number) ? number : 0;
}
