// A large ensemble in the background: begun, followed by the events the server sends, fetched when done.

import { get, post, remove, url } from "./api";
import type { Answer } from "./types";
import { whole } from "./whole";

export interface JobState { id: string; state: string; done: number; of: number; detail?: string }

/** Run a study as a job. An aborted signal calls the job off. */
export async function byJob(study: string, body: unknown, signal: AbortSignal, told: (state: JobState) => void): Promise<Answer> {
  const { id } = await post<JobState>(`jobs/${study}`, body, signal);
  const events = new EventSource(url(`jobs/${id}/events`));
  try {
    await new Promise<void>((resolve, reject) => {
      const read = (event: Event): JobState => JSON.parse((event as MessageEvent<string>).data) as JobState;
      events.addEventListener("progress", (event) => told(read(event)));
      events.addEventListener("result", () => resolve());
      for (const name of ["failed", "cancelled"]) events.addEventListener(name, (event) => reject(new Error(read(event).detail ?? name)));
      signal.addEventListener("abort", () => {
        void remove(`jobs/${id}`);
        reject(new DOMException("called off", "AbortError"));
      });
    });
  } finally {
    events.close();
  }
  return whole(await get<Answer>(`jobs/${id}/result`));
}
