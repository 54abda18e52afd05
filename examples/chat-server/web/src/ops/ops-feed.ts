/** What the server tells of itself: names of parts, each with its numbers. */
export interface OpsSnapshot {
  /** Milliseconds since 1970, of the server's clock. */
  readonly at: number;
  readonly instance: string;
  readonly parts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export type OpsLink = "connecting" | "live" | "lost" | "denied";

const RETRY_MS = 2_000;
/** Two minutes at one a second. */
const MAX_KEPT = 120;

/** Follows `/api/ops` until `close`, over reconnects. `EventSource` could not send the token. */
export class OpsFeed {
  readonly #onChange: () => void;
  readonly #token: string;
  readonly #ending = new AbortController();
  #link: OpsLink = "connecting";
  #snapshots: readonly OpsSnapshot[] = [];

  constructor(token: string, onChange: () => void) {
    this.#token = token;
    this.#onChange = onChange;
    void this.#follow();
  }

  get link(): OpsLink {
    return this.#link;
  }

  /** The last two minutes, oldest first. */
  get snapshots(): readonly OpsSnapshot[] {
    return this.#snapshots;
  }

  close(): void {
    this.#ending.abort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted && this.#link !== "denied") {
      try {
        await this.#read(signal);
      } catch {
        // The connection is lost, which the page shows: another try follows.
      }
      if (signal.aborted || this.#isDenied()) return;
      this.#set("lost");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #isDenied(): boolean {
    return this.#link === "denied";
  }

  async #read(signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> = this.#token === "" ? {} : { Authorization: `Bearer ${this.#token}` };
    const response = await fetch("/api/ops", { headers, signal, cache: "no-store" });
    if (response.status === 404) return this.#set("denied");
    if (!response.ok || response.body === null) return;
    let rest = "";
    for await (const text of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
      const events = (rest + text).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) this.#take(event);
    }
  }

  #take(event: string): void {
    const { at, instance, ...parts } = JSON.parse(event.replace(/^data: /, "")) as OpsSnapshot & OpsSnapshot["parts"];
    const known = this.#snapshots.at(-1)?.instance === instance ? this.#snapshots : [];
    this.#snapshots = [...known.slice(1 - MAX_KEPT), { at, instance, parts }];
    this.#set("live");
  }

  #set(link: OpsLink): void {
    this.#link = link;
    this.#onChange();
  }
}

/** Safari has no iterator of streams. */
async function* chunks(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}
