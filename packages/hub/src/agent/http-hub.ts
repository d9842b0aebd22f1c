import type {
  AgentMessage,
  ClaimAnswer,
  CompletionReport,
  InfrastructureReport,
  ProgressReport,
  PullAnswer,
  PullRequest,
  Registration,
  RenewAnswer,
  RenewRequest,
  StartedReport,
} from '../agent-protocol/messages.ts';
import type { AgentArtifact, ArtifactFile, ArtifactPlace, Held, HubPort, NewArtifact } from './hub-port.ts';
import { HubUnreachable } from './hub-port.ts';
import type { HubRequests } from './hub-requests.ts';

/** Parts of a large file: little is sent twice when a connection breaks. */
const partBytes = 8 * 1024 * 1024;
/** How long after its own waiting an answer to a pull may come. */
const pullGraceMs = 15_000;

interface FilePage {
  readonly files: readonly { readonly path: string; readonly sha256: string | null; readonly sizeBytes: number }[];
  readonly nextAfter: string | null;
}

/** The hub over `/agent/v1`. */
export class HttpHub implements HubPort {
  readonly #requests: HubRequests;

  constructor(requests: HubRequests) {
    this.#requests = requests;
  }

  async register(registration: Registration): Promise<void> {
    await this.#requests.json('POST', '/agent/v1/register', registration);
  }

  async pull(request: PullRequest, signal: AbortSignal): Promise<readonly AgentMessage[]> {
    const { messages } = await this.#requests.json<PullAnswer>('POST', '/agent/v1/messages/pull', request, {
      timeoutMs: request.waitMs + pullGraceMs,
      signal,
    });
    return messages;
  }

  async acknowledge(ids: readonly string[]): Promise<void> {
    await this.#requests.json('POST', '/agent/v1/messages/ack', { ids });
  }

  async claim(held: Held): Promise<ClaimAnswer> {
    return this.#requests.json('POST', `${below(held)}/claim`, {});
  }

  async decline(held: Held, reason: string): Promise<void> {
    await this.#requests.json('POST', `${below(held)}/decline`, { reason });
  }

  async renew(request: RenewRequest): Promise<RenewAnswer> {
    return this.#requests.json('POST', '/agent/v1/leases/renew', request);
  }

  async started(held: Held, report: StartedReport): Promise<void> {
    await this.#requests.json('POST', `${below(held)}/started`, report);
  }

  async progress(held: Held, report: ProgressReport): Promise<void> {
    await this.#requests.json('POST', `${below(held)}/progress`, report);
  }

  async appendLog(held: Held, stream: 'stdout' | 'stderr', offset: number, bytes: Uint8Array): Promise<number> {
    const { size } = await this.#requests.bytes<{ readonly size: number }>('PUT', `${below(held)}/logs/${stream}?offset=${offset}`, bytes);
    return size;
  }

  async complete(held: Held, report: CompletionReport): Promise<void> {
    await this.#requests.json('POST', `${below(held)}/complete`, report);
  }

  async reportInfrastructureError(held: Held, report: InfrastructureReport): Promise<void> {
    await this.#requests.json('POST', `${below(held)}/infrastructure-error`, report);
  }

  async artifact(held: Held, id: string): Promise<AgentArtifact> {
    const { residence, status } = await this.#requests.json<{ readonly residence: ArtifactPlace; readonly status: string }>(
      'GET',
      `${below(held)}/artifacts/${encodeURIComponent(id)}`,
    );
    const files: ArtifactFile[] = [];
    let after: string | null = '';
    while (after !== null) {
      const page: FilePage = await this.#requests.json(
        'GET',
        `${below(held)}/artifacts/${encodeURIComponent(id)}/files?limit=1000&after=${encodeURIComponent(after)}`,
      );
      for (const { path, sha256, sizeBytes } of page.files) files.push({ path, sha256: sha256 ?? '', sizeBytes });
      after = page.nextAfter;
    }
    return { id, residence, isCommitted: status === 'committed', files };
  }

  async download(held: Held, artifact: string, path: string): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#requests.send({ method: 'GET', path: fileAddress(held, artifact, path) });
    return body as AsyncIterable<Uint8Array>;
  }

  async createArtifact(held: Held, artifact: NewArtifact): Promise<string> {
    return (await this.#requests.json<{ readonly id: string }>('POST', `${below(held)}/artifacts`, artifact)).id;
  }

  async noteFiles(held: Held, artifact: string, files: readonly ArtifactFile[]): Promise<void> {
    for (let from = 0; from < files.length; from += 1_000) {
      await this.#requests.json('POST', `${below(held)}/artifacts/${encodeURIComponent(artifact)}/files`, {
        files: files.slice(from, from + 1_000),
      });
    }
  }

  async uploadFile(held: Held, artifact: string, path: string, _sha256: string, bytes: Uint8Array): Promise<void> {
    await this.#requests.bytes('PUT', fileAddress(held, artifact, path), bytes);
  }

  async uploadLargeFile(
    held: Held,
    artifact: string,
    file: ArtifactFile,
    read: (offset: number, sizeBytes: number) => Promise<Uint8Array>,
  ): Promise<void> {
    const { id } = await this.#requests.json<{ readonly id: string }>('POST', `${below(held)}/uploads`, { sizeBytes: file.sizeBytes });
    const address = `${below(held)}/uploads/${encodeURIComponent(id)}`;
    let offset = 0;
    while (offset < file.sizeBytes) {
      const body = await read(offset, Math.min(partBytes, file.sizeBytes - offset));
      try {
        await this.#requests.bytes('PATCH', address, body, { 'upload-offset': String(offset) });
        offset += body.length;
      } catch (error) {
        if (!(error instanceof HubUnreachable)) throw error;
        offset = (await this.#requests.json<{ readonly offsetBytes: number }>('GET', address)).offsetBytes;
      }
    }
    await this.#requests.json('PUT', `${fileAddress(held, artifact, file.path)}?upload=${encodeURIComponent(id)}`);
  }

  async commitArtifact(held: Held, artifact: string, treeSha256: string, sizeBytes: number): Promise<void> {
    await this.#requests.json('POST', `${below(held)}/artifacts/${encodeURIComponent(artifact)}/commit`, { sha256: treeSha256, sizeBytes });
  }
}

function below({ job, attempt }: Held): string {
  return `/agent/v1/jobs/${encodeURIComponent(job)}/attempts/${attempt}`;
}

function fileAddress(held: Held, artifact: string, path: string): string {
  return `${below(held)}/artifacts/${encodeURIComponent(artifact)}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
}
